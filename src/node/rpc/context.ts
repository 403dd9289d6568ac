import type { Configuration } from "../../network/address.ts";
import type { Host } from "../../network/host.ts";
import type { NodeLimits } from "../limits.ts";
import type { Meter } from "../metrics/meter.ts";
import type { Parts } from "./call.ts";
import type { Health } from "./health.ts";

/** Where a part runs, which other parts it reaches, and its bounds. */
export interface NodeContext {
  readonly host: Host;
  readonly parts: Parts;
  readonly configuration: Configuration;
  /** Which regions answered last time. */
  readonly health: Health;
  readonly limits: NodeLimits;
  /** Counts what is done here, where somebody asks for it. */
  readonly meter?: Meter | undefined;
}
