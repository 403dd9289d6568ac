/**
 * `npm run bench:throughput`: operations a second of `npm run serve` and of a five-member etcd on this machine, the
 * same HTTP requests from the same load generator, in turn. About 7 minutes; `--quick` about 2, with figures to match.
 *
 * `--rounds 3`, `--seconds 4`: how often and how long each line is measured. `--native`: Synod's own interface too.
 * etcd is Debian's package `etcd-server`; without it only Synod is measured.
 */
import { parseArgs } from "node:util";
import { closedLoop } from "./load/closed-loop.ts";
import { HttpPool } from "./load/http.ts";
import { diskSyncMs } from "./run/disk.ts";
import { machine, usage } from "./run/machine.ts";
import { main, progress, progressEnd } from "./run/main.ts";
import { digits, quantile } from "./run/numbers.ts";
import { report, table } from "./run/report.ts";
import { type Service, serverStart } from "./run/server.ts";
import { etcdStart, etcdVersion } from "./throughput/etcd.ts";
import {
  GATEWAY,
  KEYS,
  NATIVE,
  nextOf,
  READ_SHARE,
  type Requests,
  VALUE_BYTES,
  WORKLOADS,
  type Workload,
} from "./throughput/workload.ts";

const CONNECTIONS = [1, 16, 64, 256];
const WARM_UP_MS = 1_000;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "4" },
    quick: { type: "boolean", default: false },
    native: { type: "boolean", default: false },
  },
});
const rounds = values.quick ? 1 : Number(values.rounds);
const seconds = values.quick ? 2 : Number(values.seconds);

interface System {
  readonly name: string;
  readonly port: number;
  readonly requests: Requests;
  readonly services: readonly Service[];
}

interface Line {
  readonly system: string;
  readonly workload: Workload;
  readonly connections: number;
  operations: number;
  seconds: number;
  processorMs: number;
  readonly latenciesMs: number[];
  readonly failures: Record<string, number>;
}

async function systemsStart(): Promise<readonly System[]> {
  const { service, port } = await serverStart({ dev: false });
  const systems: System[] = [{ name: "Synod", port, requests: GATEWAY, services: [service] }];
  if (values.native) systems.push({ name: "Synod, native", port, requests: NATIVE, services: [service] });
  const version = etcdVersion();
  if (version === undefined) {
    console.log("There is no etcd on this machine (apt-get install etcd-server): Synod alone is measured.");
    return systems;
  }
  const etcd = await etcdStart(version);
  return [...systems, { name: `etcd ${etcd.version}`, port: etcd.port, requests: GATEWAY, services: etcd.services }];
}

/** Every key has a value before anything is read. */
async function fill({ name, port, requests }: System): Promise<void> {
  let patience = 100;
  const pool = new HttpPool(port);
  const todo = [...requests.put];
  const worker = async (): Promise<void> => {
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      const reply = await pool.ask(next).catch((error: Error) => error);
      if (!(reply instanceof Error) && reply.status < 300) continue;
      if (--patience < 0)
        throw new Error(`${name}: ${reply instanceof Error ? reply.message : reply.body.toString("utf8")}`);
      todo.push(next);
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  pool.close();
}

async function measure(system: System, line: Line): Promise<void> {
  const pids = system.services.map(({ pid }) => pid);
  const before = usage(pids);
  const loaded = await closedLoop({
    port: system.port,
    connections: line.connections,
    warmUpMs: WARM_UP_MS,
    durationMs: seconds * 1_000,
    next: nextOf(system.requests, line.workload),
  });
  // The warm-up has its part in the processor time, and as much of the operations.
  const share = (seconds * 1_000) / (seconds * 1_000 + WARM_UP_MS);
  line.processorMs += (usage(pids).processorMs - before.processorMs) * share;
  line.operations += loaded.operations;
  line.seconds += loaded.seconds;
  for (const ms of loaded.latenciesMs) line.latenciesMs.push(ms);
  for (const [name, count] of Object.entries(loaded.failures)) line.failures[name] = (line.failures[name] ?? 0) + count;
}

function perSecond({ operations, seconds: time }: Line): number {
  return operations / time;
}

function sectionOf(workload: Workload, systems: readonly System[], lines: readonly Line[]): string {
  const [first, ...others] = systems;
  const find = (system: System | undefined, connections: number): Line | undefined =>
    lines.find((one) => one.system === system?.name && one.workload === workload && one.connections === connections);
  const rows = CONNECTIONS.map((connections) => {
    const own = find(first, connections);
    const rate = own === undefined ? Number.NaN : perSecond(own);
    const ratio = (other: System): string => {
      const rival = find(other, connections);
      return rival === undefined ? "–" : `${(rate / perSecond(rival)).toFixed(2)} ×`;
    };
    const all = systems.map((system) => find(system, connections)).filter((one) => one !== undefined);
    return [
      `${connections}`,
      ...all.map((one) => digits(perSecond(one))),
      ...others.map(ratio),
      ...all.map((one) => `${digits(quantile(one.latenciesMs, 0.5))} / ${digits(quantile(one.latenciesMs, 0.99))}`),
      ...all.map((one) => digits(one.processorMs / one.operations)),
    ];
  });
  const head = [
    "connections",
    ...systems.map(({ name }) => `${name} /s`),
    ...others.map(({ name }) => `of ${name}`),
    ...systems.map(({ name }) => `${name} p50 / p99 ms`),
    ...systems.map(({ name }) => `${name} CPU ms`),
  ];
  return table(head, rows);
}

main(async () => {
  const on = machine();
  const sync = diskSyncMs();
  const systems = await systemsStart();
  for (const system of systems) await fill(system);
  const lines: Line[] = WORKLOADS.flatMap((workload) =>
    CONNECTIONS.flatMap((connections) =>
      systems.map(({ name }) => ({
        system: name,
        workload,
        connections,
        operations: 0,
        seconds: 0,
        processorMs: 0,
        latenciesMs: [],
        failures: {},
      })),
    ),
  );
  for (let round = 0; round < rounds; round++) {
    for (const workload of WORKLOADS) {
      for (const connections of CONNECTIONS) {
        // Who goes first changes: what a load leaves behind (dirty pages, heat) is not always the same one's burden.
        for (const system of round % 2 === 0 ? systems : systems.toReversed()) {
          progress(`round ${round + 1} of ${rounds}: ${workload}, ${connections} connections, ${system.name}`);
          const line = lines.find(
            (one) => one.system === system.name && one.workload === workload && one.connections === connections,
          );
          if (line !== undefined) await measure(system, line);
        }
      }
    }
  }
  progressEnd();
  const [synod] = systems;
  const memory = systems.map(
    ({ name, services }) => `${name} ${digits(usage(services.map(({ pid }) => pid)).residentMiB)} MiB`,
  );
  for (const { services } of systems) await Promise.all(services.map((service) => service.stop()));

  const failed = lines.flatMap((one) =>
    Object.entries(one.failures).map(
      ([why, count]) => `${one.system}, ${one.workload}, ${one.connections}: ${count} × ${why}`,
    ),
  );
  const sections = [
    `Operations a second: ${synod?.name ?? ""} (\`npm run serve\`: five acceptors, five learners, one workerd) beside ` +
      `etcd (five processes, all requests to the leader), ${KEYS} keys, values of ${VALUE_BYTES} bytes, the same requests ` +
      `through etcd's JSON gateway, ${rounds} × ${seconds} s for each figure. CPU: processor time for one operation, all ` +
      `processes of the system.`,
    ...WORKLOADS.flatMap((workload) => [
      workload === "mixed"
        ? `**mixed** (${READ_SHARE * 100} % linearizable reads, the rest writes)`
        : `**${workload}**`,
      sectionOf(workload, systems, lines),
    ]),
    `Memory at the end: ${memory.join(", ")}. Appending 4 KiB and syncing takes ${digits(sync.p50)} ms here (p99 ${digits(sync.p99)}).`,
    ...(failed.length === 0 ? [] : [`Failed:\n\n${failed.map((one) => `- ${one}`).join("\n")}`]),
  ];
  const data = lines.map(({ latenciesMs, ...line }) => ({
    ...line,
    perSecond: perSecond(line as Line),
    p50: quantile(latenciesMs, 0.5),
    p99: quantile(latenciesMs, 0.99),
  }));
  report("throughput", on, sections, { rounds, seconds, syncMs: sync, lines: data });
});
