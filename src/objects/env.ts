import { z } from "zod";
import { quorumsFor } from "../core/quorum.ts";
import type { Configuration } from "../network/address.ts";
import { isRegion, type Region, regionHosts } from "../network/region.ts";
import type { Retention } from "../node/learner/retention.ts";
import type {
  AcceptorAnswer,
  AcceptorCall,
  LeaderAnswer,
  LeaderCall,
  LearnerAnswer,
  LearnerCall,
} from "../node/rpc/call.ts";

/** The RPC interface of an object. */
interface PartObject<Call, Answer> extends Rpc.DurableObjectBranded {
  handle(call: Call): Promise<Answer>;
}

/** Bindings and variables of wrangler.toml. */
export interface Env {
  readonly ACCEPTOR: DurableObjectNamespace<PartObject<AcceptorCall, AcceptorAnswer>>;
  readonly LEADER: DurableObjectNamespace<PartObject<LeaderCall, LeaderAnswer>>;
  readonly LEARNER: DurableObjectNamespace<PartObject<LearnerCall, LearnerAnswer>>;
  /** Comma-separated regions of a namespace's acceptors: 1, 3, 5 or 7. */
  readonly SYNOD_REGIONS: string;
  /**
   * How much history namespaces keep, as JSON by name, `*` for all others:
   * `{"*": {"revisions": 100000}, "flags": {"seconds": 604800}}`. Absent: everything, until somebody compacts.
   */
  readonly SYNOD_RETENTION?: string;
  /** Set by `npm start` only: the dev network and the `synod-region` header. */
  readonly SYNOD_DEV?: string;
  /** A secret: when set, `/v1` wants it as a bearer token. */
  readonly SYNOD_TOKEN?: string;
}

/** The only epoch there is until membership can change. */
const EPOCH = 1;

/** The configuration every namespace of this deployment has. Throws when the variable makes no sense. */
export function configurationOf(env: Pick<Env, "SYNOD_REGIONS">, namespace: string): Configuration {
  const names = env.SYNOD_REGIONS.split(",").map((name) => name.trim());
  const members = names.filter((name): name is Region => isRegion(name) && regionHosts(name));
  if (members.length !== names.length || new Set(members).size !== members.length) {
    throw new Error(`SYNOD_REGIONS names distinct regions that host objects, not "${env.SYNOD_REGIONS}"`);
  }
  quorumsFor(members.length);
  return { namespace, epoch: EPOCH, members };
}

const RetentionJson = z.record(
  z.string(),
  z.strictObject({
    revisions: z.int().positive().optional(),
    seconds: z.number().positive().optional(),
  }),
);

/** How much history a namespace of this deployment keeps. Throws when the variable makes no sense. */
export function retentionOf(env: Pick<Env, "SYNOD_RETENTION">, namespace: string): Retention {
  const byName = RetentionJson.parse(JSON.parse(env.SYNOD_RETENTION ?? "{}"));
  return byName[namespace] ?? byName["*"] ?? {};
}
