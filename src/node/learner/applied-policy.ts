import type { LeaseId } from "../../api/key-value.ts";
import type { Host } from "../../network/host.ts";
import type { Caller } from "../../policy/caller.ts";
import type { Need } from "../../policy/need.ts";
import { type Decision, Policy, type PolicyDocuments } from "../../policy/policy.ts";
import type { Query, QueryResult } from "../../state/queries.ts";
import { POLICY_PATH, systemPath, systemRange } from "../../state/system-space.ts";

/** A lease with more keys than this is decided as if it had all. */
const LEASE_KEYS_MAX = 1_000;
const CONFIRM_MS = 1_000;

export interface AppliedPolicyPorts {
  readonly host: Pick<Host, "now">;
  readonly machine: { readonly policyRevision: number; query(query: Query): QueryResult };
  /** Has everything applied that was chosen before it was called, as far as a quorum can be asked. */
  readonly catchUp: () => Promise<void>;
}

/** The policy documents that a learner has applied: read once for each policy revision (protocol, "Policy"). */
export class AppliedPolicy {
  readonly #ports: AppliedPolicyPorts;
  #documents: PolicyDocuments | undefined;
  #policy: Policy | undefined;
  #confirmedAt = Number.NEGATIVE_INFINITY;

  constructor(ports: AppliedPolicyPorts) {
    this.#ports = ports;
  }

  get documents(): PolicyDocuments {
    const { machine } = this.#ports;
    const revision = machine.policyRevision;
    if (this.#documents?.revision === revision) return this.#documents;
    const found = machine.query({ kind: "range", ...systemRange(POLICY_PATH) });
    const kvs = found.kind === "range" ? found.kvs : [];
    const documents = kvs.map(({ key, value }) => ({ path: systemPath(key), text: new TextDecoder().decode(value) }));
    this.#documents = { revision, documents };
    return this.#documents;
  }

  get policy(): Policy {
    const { documents } = this;
    if (this.#policy?.revision !== documents.revision) this.#policy = new Policy(documents);
    return this.#policy;
  }

  decide(caller: Caller, needs: readonly Need[]): Decision {
    return this.policy.decide(caller, needs, this.#ports.host.now(), (lease) => this.#leaseKeys(lease));
  }

  /**
   * The same, but that a denial is repeated once on documents that are confirmed to be the newest, lest what was just
   * granted elsewhere be denied here. At most once in `CONFIRM_MS`, whoever is denied.
   */
  async decideConfirmed(caller: Caller, needs: readonly Need[]): Promise<Decision> {
    const first = this.decide(caller, needs);
    const now = this.#ports.host.now();
    if (first.kind === "allowed" || now - this.#confirmedAt < CONFIRM_MS) return first;
    this.#confirmedAt = now;
    await this.#ports.catchUp();
    return this.decide(caller, needs);
  }

  #leaseKeys(lease: LeaseId): readonly Uint8Array[] | undefined {
    const found = this.#ports.machine.query({ kind: "lease", lease, keys: { limit: LEASE_KEYS_MAX } });
    if (found.kind !== "lease") return [];
    return found.more ? undefined : found.keys;
  }
}
