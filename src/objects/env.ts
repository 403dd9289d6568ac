import type { Configuration } from "../network/address.ts";
import { regionsParse, retentionParse, type Setting } from "../network/deployment.ts";
import type { Retention } from "../node/learner/retention.ts";
import type { RegisterAnswer, RegisterCall } from "../node/register/register-call.ts";
import type { AcceptorAnswer, AcceptorCall, LearnerAnswer, LearnerCall } from "../node/rpc/call.ts";
import type { LeaderAnswer, LeaderCall } from "../node/rpc/leader-call.ts";

/** The RPC interface of an object. */
interface PartObject<Call, Answer> extends Rpc.DurableObjectBranded {
  handle(call: Call): Promise<Answer>;
}

interface LearnerPart extends PartObject<LearnerCall, LearnerAnswer> {
  /** Closes every watch, since this server stops. */
  leave(): Promise<void>;
}

/** Bindings and variables of wrangler.toml. */
export interface Env {
  readonly ACCEPTOR: DurableObjectNamespace<PartObject<AcceptorCall, AcceptorAnswer>>;
  readonly LEADER: DurableObjectNamespace<PartObject<LeaderCall, LeaderAnswer>>;
  readonly REGISTER: DurableObjectNamespace<PartObject<RegisterCall, RegisterAnswer>>;
  readonly LEARNER: DurableObjectNamespace<LearnerPart>;
  /** The files of the dashboard; absent where it is not deployed. */
  readonly ASSETS?: Fetcher;
  /** Comma-separated regions of a namespace's acceptors: 1, 3, 5 or 7. */
  readonly SYNOD_REGIONS: string;
  /**
   * How much history namespaces keep, as JSON by name, `*` for all others:
   * `{"*": {"revisions": 100000}, "flags": {"seconds": 604800}}`. Absent: everything, until somebody compacts.
   */
  readonly SYNOD_RETENTION?: string;
  /** `1` under `npm start` only: the dev network and the `synod-region` header. Anything else is off. */
  readonly SYNOD_DEV?: string;
  /** Development only: comma-separated names, besides the loopback's, under which the server may be reached. */
  readonly SYNOD_HOSTS?: string;
  /** Bounds that tests set, as JSON; read under `SYNOD_DEV=1` only (`development-limits.ts`). */
  readonly SYNOD_LIMITS?: string;
  /** A secret of one local server's run, by which its supervisor knows it and drains it. */
  readonly SYNOD_CONTROL?: string;
  /** A secret: the bearer token of root, or two of them, comma-separated, while one is being replaced. */
  readonly SYNOD_ROOT_TOKEN?: string;
  /** The old name of `SYNOD_ROOT_TOKEN`, which wins. */
  readonly SYNOD_TOKEN?: string;
  /** `1` under `npm run serve` on a loopback address without a root token: everybody on this machine is root. */
  readonly SYNOD_OPEN?: string;
  /** Another issuer of signed tokens (RFC 7519): its name, the audience that it names, where its keys are. */
  readonly SYNOD_JWT_ISSUER?: string;
  readonly SYNOD_JWT_AUDIENCE?: string;
  readonly SYNOD_JWT_JWKS?: string;
}

/** The only epoch there is until membership can change. */
const EPOCH = 1;

/** The configuration every namespace of this deployment has. Throws when the variable makes no sense. */
export function configurationOf(env: Pick<Env, "SYNOD_REGIONS">, namespace: string): Configuration {
  return { namespace, epoch: EPOCH, members: valid(regionsParse(env.SYNOD_REGIONS)) };
}

/** How much history a namespace of this deployment keeps. Throws when the variable makes no sense. */
export function retentionOf(env: Pick<Env, "SYNOD_RETENTION">, namespace: string): Retention {
  const byName = valid(retentionParse(env.SYNOD_RETENTION ?? "{}"));
  // A namespace may be called like a member that every object inherits.
  const own = Object.hasOwn(byName, namespace) ? byName[namespace] : byName["*"];
  return own ?? {};
}

function valid<T>(setting: Setting<T>): T {
  if (setting.kind === "fault") throw new Error(setting.detail);
  return setting.value;
}
