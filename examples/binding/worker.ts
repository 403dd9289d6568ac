import { createSynod, type ServiceBinding } from "synod";

interface Env {
  /** Bound with `props`: they are what this Worker may do, and nobody else can set them. */
  readonly SYNOD: ServiceBinding;
}

export default {
  async fetch(request, env) {
    await using synod = createSynod({ binding: env.SYNOD }, { namespace: "shop" });
    const key = new URL(request.url).pathname.slice(1) || "greeting";
    if (request.method === "PUT") {
      const { revision } = await synod.kv.put(key, await request.text());
      return Response.json({ revision });
    }
    const entry = await synod.kv.get(key, { as: "text" });
    return entry === null ? new Response("there is none\n", { status: 404 }) : new Response(`${entry.value}\n`);
  },
} satisfies ExportedHandler<Env>;
