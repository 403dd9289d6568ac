/**
 * `npm run bench:profile`: where the processor time of one operation goes in workerd, by the
 * sampling profiler of its inspector. About a minute.
 *
 * `--workload writes|reads|mixed`, `--connections 1`, `--seconds 8`, `--leader` (every write through a leader); writes
 * `bench/results/NAME.cpuprofile`, which Chrome's DevTools and speedscope read.
 */
import { parseArgs } from "node:util";
import { freePort } from "../test/free-port.ts";
import { Inspector } from "./instrument/inspector.ts";
import { type Profile, profileRows } from "./instrument/profile.ts";
import { control, instrumentedStart } from "./instrument/start.ts";
import { closedLoop } from "./load/closed-loop.ts";
import { machine, usage } from "./run/machine.ts";
import { main } from "./run/main.ts";
import { digits } from "./run/numbers.ts";
import { report, save, table } from "./run/report.ts";
import { GATEWAY, nextOf, type Workload } from "./throughput/workload.ts";

const WORKLOADS: Readonly<Record<string, Workload>> = {
  writes: "writes",
  reads: "linearizable reads",
  mixed: "mixed",
};
const WARM_UP_MS = 2_000;
const ROWS_MAX = 40;

const { values } = parseArgs({
  options: {
    workload: { type: "string", default: "writes" },
    connections: { type: "string", default: "1" },
    seconds: { type: "string", default: "8" },
    leader: { type: "boolean", default: false },
  },
});

main(async () => {
  const workload = WORKLOADS[values.workload];
  if (workload === undefined) throw new Error(`--workload is one of ${Object.keys(WORKLOADS).join(", ")}`);
  const on = machine();
  const inspectorPort = await freePort();
  const server = await instrumentedStart(false, inspectorPort);
  await control(server, { steering: values.leader ? "leader" : "as-shipped" });
  const load = {
    port: server.port,
    connections: Number(values.connections),
    next: nextOf(GATEWAY, workload),
  };
  await closedLoop({ ...load, next: nextOf(GATEWAY, "writes"), warmUpMs: 0, durationMs: WARM_UP_MS });
  const inspector = await Inspector.connect(inspectorPort);
  await inspector.call("Profiler.enable");
  await inspector.call("Profiler.setSamplingInterval", { interval: 200 });
  await inspector.call("Profiler.start");
  const before = usage([server.pid]);
  const loaded = await closedLoop({ ...load, warmUpMs: 0, durationMs: Number(values.seconds) * 1_000 });
  const spentMs = usage([server.pid]).processorMs - before.processorMs;
  const { profile } = (await inspector.call("Profiler.stop")) as { readonly profile: Profile };
  inspector.close();
  await server.service.stop();

  const name = `profile-${values.workload}-${values.connections}${values.leader ? "-leader" : ""}`;
  const { rows, sampledMs } = profileRows(profile);
  const perOperation = (ms: number): string => digits((ms * 1_000) / loaded.operations);
  const sections = [
    `${workload}, ${values.connections} connections: ${loaded.operations} operations, ${digits(loaded.perSecond)} a second, ` +
      `${perOperation(spentMs)} µs of processor time each; the profiler saw ${perOperation(sampledMs)} µs each outside of idle.`,
    table(
      ["function", "self µs per operation", "with callees µs", "self share"],
      rows
        .slice(0, ROWS_MAX)
        .map((row) => [
          row.name,
          perOperation(row.selfMs),
          perOperation(row.totalMs),
          `${((row.selfMs / sampledMs) * 100).toFixed(1)} %`,
        ]),
    ),
  ];
  report(name, on, sections, { operations: loaded.operations, spentMs, sampledMs, rows });
  save(`${name}.cpuprofile`, JSON.stringify(profile));
});
