import type { Address } from "../network/address.ts";
import type { Alarm } from "../node/alarms.ts";

/** Tells of a part's alarms in the Worker's log, a line of JSON each. */
export function alarmLog({ role, namespace, epoch, region }: Address): (alarm: Alarm) => void {
  return ({ kind, detail, atMs }) => {
    const at = new Date(atMs).toISOString();
    console.error(JSON.stringify({ level: "error", event: "alarm", kind, role, namespace, epoch, region, detail, at }));
  };
}
