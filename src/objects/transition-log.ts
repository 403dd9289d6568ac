import type { Address } from "../network/address.ts";
import type { TellTransition } from "../node/transition.ts";

/** Tells of a part's transitions in the Worker's log, a line of JSON each. */
export function transitionLog({ role, namespace, epoch, region }: Address): TellTransition {
  return ({ event, ...more }) => {
    const at = new Date().toISOString();
    console.log(JSON.stringify({ level: "info", event, role, namespace, epoch, region, ...more, at }));
  };
}
