import type { Witness } from "../../src/core/identity.ts";
import type { Configuration } from "../../src/network/address.ts";
import type { Region } from "../../src/network/region.ts";
import type { Parts } from "../../src/node/rpc/call.ts";
import type { AlarmOracle } from "./alarm-oracle.ts";
import type { Environment } from "./environment.ts";
import type { Instance } from "./instance.ts";
import type { KvModel } from "./kv-model.ts";
import type { Limits } from "./limits.ts";
import type { Plan } from "./plan.ts";
import type { SafetyOracle } from "./safety-oracle.ts";

/** What a machine knows of the deployment that it is part of, and the oracles that it reports to. */
export interface Deployment {
  readonly environment: Environment;
  readonly configuration: Configuration;
  readonly plan: Plan;
  readonly limits: Limits;
  readonly safety: SafetyOracle;
  readonly model: KvModel;
  readonly alarms: AlarmOracle;

  /** What the acceptor of a region told its home learner, as that learner holds it durably. */
  witness(region: Region): Pick<Witness, "life" | "promised"> | undefined;

  /** The network as one instance of a machine sees it. */
  partsOf(instance: Instance): Parts;
}
