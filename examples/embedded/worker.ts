import { createSynod, type ServiceBinding } from "synod";
import synodWorker, { type SynodProps } from "synod/worker";

// The classes of the Durable Objects, under the names that wrangler.toml binds, and the entrypoint for other Workers.
export { AcceptorObject, LeaderObject, LearnerObject, RegisterObject, SynodService } from "synod/worker";

type SynodEnv = Parameters<typeof synodWorker.fetch>[1];

/** What this Worker exports; `wrangler types` says the same of all of it. */
interface Exports {
  SynodService(options: { readonly props: SynodProps }): ServiceBinding;
}

export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    // All that Synod serves, for clients outside; it wants the token that SYNOD_TOKEN is.
    if (pathname.startsWith("/v1/")) return synodWorker.fetch(request, env, ctx);

    // And what your Worker does with it, by a binding to itself: no token, no HTTP.
    const own = ctx.exports as unknown as Exports;
    const binding = own.SynodService({ props: { namespace: "visits", role: "writer" } });
    await using synod = createSynod({ binding }, { namespace: "visits" });
    const { version } = await synod.kv.put(`pages${pathname}`, new Date().toISOString());
    return new Response(`${pathname} was visited ${version} times\n`);
  },
} satisfies ExportedHandler<SynodEnv>;
