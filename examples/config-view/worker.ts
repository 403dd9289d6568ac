import { waitUntil } from "cloudflare:workers";
import { createSynod, type View } from "synod";

interface Env {
  readonly SYNOD_URL: string;
}

interface Limits {
  readonly perPage: number;
}

/** What requests are answered from may be so many milliseconds old. */
const AGE_MS_MAX = 1_000;

/** One view for all requests that this isolate answers. */
let opened: Promise<View> | undefined;

async function shopConfig(env: Env): Promise<View> {
  opened ??= createSynod({ url: env.SYNOD_URL }, { namespace: "shop" }).config.view("config/", {
    maxAgeMs: AGE_MS_MAX,
    // Reading anew goes on after the answer has left: no request waits for it.
    waitUntil,
  });
  try {
    return await opened;
  } catch (error) {
    opened = undefined;
    throw error;
  }
}

export default {
  async fetch(_request, env) {
    // One revision for the whole request, whatever is written meanwhile.
    const config = (await shopConfig(env)).at();
    return Response.json({
      greeting: config.get("config/greeting", "text") ?? "Hello",
      perPage: config.get<Limits>("config/limits")?.perPage ?? 10,
      revision: config.revision,
    });
  },
} satisfies ExportedHandler<Env>;
