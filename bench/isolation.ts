/**
 * `npm run bench:isolation`: what a quiet namespace's client notices of attacks on another one, on one server whose heap
 * is as large as an isolate's on Cloudflare: the slowest hundredth of its requests, as a multiple of what it is alone in
 * the same run. About five minutes; `--long`: the attacks in full, half an hour. `--only TEXT`: those whose names have it.
 *
 * On one machine all objects of all regions share one thread; on Cloudflare every object has its own.
 */
import { parseArgs } from "node:util";
import { ATTACKS } from "../test/attack/attacks.ts";
import { attackRun, type Report } from "../test/attack/run.ts";
import { machine } from "./run/machine.ts";
import { main, progress, progressEnd } from "./run/main.ts";
import { digits } from "./run/numbers.ts";
import { report, table } from "./run/report.ts";

const { values } = parseArgs({ options: { long: { type: "boolean" }, only: { type: "string", default: "" } } });

main(async () => {
  const on = machine();
  const reports: Report[] = [];
  for (const attack of ATTACKS) {
    // Whoever starts servers of its own is no neighbour; nor is one whose token the quiet client does not have.
    if (attack.kind !== "served" || attack.env !== undefined || !attack.name.includes(values.only)) continue;
    progress(attack.name);
    reports.push(await attackRun(attack, values.long === true ? "long" : "short"));
  }
  progressEnd();
  const rows = reports.map(({ name, measured, faults }) => [
    name,
    digits(measured?.quietRatio ?? Number.NaN),
    `${digits(measured?.idleMib ?? Number.NaN)} → ${digits(measured?.peakMib ?? Number.NaN)}`,
    `${measured?.quietFailures.length ?? "–"}`,
    faults.length === 0 ? "held" : faults.join("; "),
  ]);
  const head = ["attack on another namespace", "p99, × alone", "MiB resident", "quiet requests that failed", ""];
  report("isolation", on, ["A quiet namespace beside attacks on another:", table(head, rows)], { reports });
});
