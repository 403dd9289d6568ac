import { digits, mean } from "../run/numbers.ts";
import { table } from "../run/report.ts";
import type { Contended } from "./contended.ts";
import { leaderBest, leaderMs, oneObjectMs, twoPhaseMs } from "./limit.ts";
import type { Lone, LoneResult } from "./lone.ts";
import type { WanResult } from "./result.ts";
import type { WatchDelay } from "./watch.ts";

const ms = (value: number): string => (Number.isFinite(value) ? value.toFixed(value < 9.95 ? 1 : 0) : "–");
const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;

export function sections(result: WanResult): string[] {
  return [
    ...(result.lone === undefined ? [] : loneSections(result.lone)),
    ...(result.watch === undefined ? [] : [watchSection(result.watch)]),
    ...(result.contended.length === 0 ? [] : [contendedSection(result.contended)]),
  ];
}

const MEASURED = ["region", "limit", "local", "median", "p99", "by limit", "by limit + local", "in one trip"];

function measured(one: Lone): string[] {
  return [
    one.region,
    ms(one.limitMs),
    ms(one.overheadMs),
    ms(one.p50),
    ms(one.p99),
    `${(one.p50 / one.limitMs).toFixed(2)} ×`,
    `${one.ratio.toFixed(2)} ×`,
    percent(one.asMeant),
  ];
}

/** The last line: means over the regions. */
function meansOf(all: readonly Lone[]): string[] {
  const of = (pick: (one: Lone) => number) => mean(all.map(pick));
  return measured({
    region: "**mean**" as Lone["region"],
    limitMs: of((one) => one.limitMs),
    overheadMs: of((one) => one.overheadMs),
    p50: of((one) => one.p50),
    p99: of((one) => one.p99),
    max: of((one) => one.max),
    count: of((one) => one.count),
    ratio: of((one) => one.ratio),
    asMeant: of((one) => one.asMeant),
  });
}

function loneSections({ write, read, local, turns }: LoneResult): string[] {
  const leader = leaderBest();
  const rivals = (one: Lone): number[] => [
    twoPhaseMs(one.region),
    leaderMs(one.region, leader),
    oneObjectMs(one.region),
  ];
  const rivalsMean = (all: readonly Lone[]) => [0, 1, 2].map((at) => mean(all.map((one) => rivals(one)[at] ?? 0)));
  const beside = ["two-phase Paxos", `leader in ${leader}`, "one object in enam"];
  const [, ...besideReads] = beside;
  return [
    `Lone writes, ms, ${write[0]?.count ?? 0} from each region. Limit: the round trip to the fourth-nearest acceptor. ` +
      `Local: the same call without distances. The last three: what the same table gives others.`,
    table(
      [...MEASURED, ...beside],
      [
        ...write.map((one) => [...measured(one), ...rivals(one).map(ms)]),
        [...meansOf(write), ...rivalsMean(write).map(ms)],
      ],
    ),
    "Lone linearizable reads, ms. Limit: the round trip to the third-nearest acceptor.",
    table(
      [...MEASURED, ...besideReads],
      [
        ...read.map((one) => [...measured(one), ...rivals(one).slice(1).map(ms)]),
        [...meansOf(read), ...rivalsMean(read).slice(1).map(ms)],
      ],
    ),
    "Local reads, ms. Limit: the round trip to the nearest learner.",
    table(
      MEASURED.slice(0, -1),
      local.map((one) => measured(one).slice(0, -1)),
    ),
    "Writers of all regions take turns on one log, ms, each when all have heard of the write before.",
    table(MEASURED, [...turns.map(measured), meansOf(turns)]),
  ];
}

function watchSection(delays: readonly WatchDelay[]): string {
  return [
    "Watch delay, ms: from the writer's answer to the watcher's event, writers of all regions in turn. Limit: half the " +
      "round trip from the writer to the watcher's learner, the median over the same writes; beyond: each event's " +
      "delay less its own limit. The way from the learner to the watcher is not simulated.\n",
    table(
      ["region", "limit", "median", "p99", "beyond, median", "beyond, p99", "missing"],
      delays.map((one) => [
        one.region,
        ms(one.limitMs),
        ms(one.p50),
        ms(one.p99),
        ms(one.beyondP50),
        ms(one.beyondP99),
        `${one.missing}`,
      ]),
    ),
  ].join("\n");
}

function contendedSection(all: readonly Contended[]): string {
  return [
    "Contended: writes of all ten regions on one log, arriving at random (Poisson). Missed: not decided on the fast " +
      "path in one round trip.\n",
    table(
      ["mode", "writes/s", "writes", "missed", "median ms", "p99 ms", "max ms", "trips", "decided", "failed"],
      all.map((one) => [
        one.mode,
        `${one.rate}`,
        `${one.writes}`,
        percent(one.missRate),
        ms(one.p50),
        ms(one.p99),
        ms(one.max),
        digits(one.tripsMean),
        counted(one.paths),
        counted(one.failures),
      ]),
    ),
  ].join("\n");
}

function counted(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts);
  return entries.length === 0 ? "0" : entries.map(([name, count]) => `${count} ${name}`).join(", ");
}
