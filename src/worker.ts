import { appOf } from "./app-of.ts";
import type { Env } from "./objects/env.ts";
import { serveControl } from "./objects/serve-control.ts";

export { Flags } from "./flags-service.ts";
export { AcceptorObject } from "./objects/acceptor.ts";
export { LeaderObject } from "./objects/leader.ts";
export { LearnerObject } from "./objects/learner.ts";
export { RegisterObject } from "./objects/register.ts";
export { type SynodProps, SynodService } from "./service.ts";

export default {
  fetch(request, env, ctx) {
    return serveControl(request, env) ?? appOf(env).fetch(request, env, ctx);
  },
} satisfies ExportedHandler<Env>;
