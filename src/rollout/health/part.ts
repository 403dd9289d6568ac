import type { Units } from "./counts.ts";
import { EVIDENCE_NONE, type Evidence, evidenceAdd } from "./e-value.ts";
import { isSetAside, setAsideAbove } from "./set-aside.ts";
import { scaleOf } from "./verdict.ts";
import type { HealthView } from "./view.ts";

/** Counters of one window, exposed first: units and bad ones of each cohort. */
export type WindowCounts = readonly [
  index: number,
  exposed: number,
  exposedBad: number,
  control: number,
  controlBad: number,
];

/** What one learner knows of a release's health, as it tells another. */
export interface HealthPart {
  readonly exposed: number;
  readonly control: number;
  readonly parsed: number;
  readonly refused: number;
  /** Clients that applied the release's step. */
  readonly applied: number;
  readonly reportedAgoMs?: number | undefined;
  readonly metrics: Readonly<Record<string, readonly WindowCounts[]>>;
  /** By metric, each client's windows before the release. */
  readonly baselines: Readonly<
    Record<string, { readonly exposed: readonly Units[]; readonly control: readonly Units[] }>
  >;
  readonly silence: readonly WindowCounts[];
  readonly requests: { readonly count: number; readonly errors: number; readonly p99Ms?: number | undefined };
  readonly firing: Readonly<Record<string, string>>;
}

/** What all parts say together. A learner that does not answer is missing from it, with its clients. */
export function healthView(
  parts: readonly HealthPart[],
  { stagedMs, share }: { readonly stagedMs: number; readonly share?: number | undefined },
): HealthView {
  const sum = (of: (part: HealthPart) => number) => parts.reduce((total, part) => total + of(part), 0);
  const connected = { exposed: sum(({ exposed }) => exposed), control: sum(({ control }) => control) };
  const clients = connected.exposed + connected.control;
  const heard = parts.flatMap(({ reportedAgoMs }) => reportedAgoMs ?? []);
  const baselines = baselinesOf(parts);
  const names = new Set(parts.flatMap(({ metrics }) => Object.keys(metrics)));
  const slowest = parts.flatMap(({ requests }) => requests.p99Ms ?? []);
  return {
    connected,
    ...(share === undefined ? {} : { share }),
    ...(heard.length === 0 ? {} : { reportedAgoMs: Math.min(...heard) }),
    stagedMs,
    metrics: new Map(
      [...names].map((name) => {
        const windows = parts.map(({ metrics }) => metrics[name] ?? []);
        return [name, evidenceOf(windows, baselines.get(name))];
      }),
    ),
    baselines,
    silence: evidenceOf(parts.map(({ silence }) => silence)),
    refusals: sum(({ refused }) => refused),
    parsed: sum(({ parsed }) => parsed),
    requests: {
      count: sum(({ requests }) => requests.count),
      errors: sum(({ requests }) => requests.errors),
      ...(slowest.length === 0 ? {} : { p99Ms: Math.max(...slowest) }),
    },
    firing: new Map(parts.flatMap(({ firing }) => Object.entries(firing))),
    ...(clients === 0 ? {} : { converged: sum(({ applied }) => applied) / clients }),
  };
}

type Baselines = HealthView["baselines"];

/** The cohorts' windows before the release, without the clients that stand out. */
function baselinesOf(parts: readonly HealthPart[]): Baselines {
  const names = new Set(parts.flatMap(({ baselines }) => Object.keys(baselines)));
  return new Map(
    [...names].map((name) => {
      const all = parts.flatMap(({ baselines }) => baselines[name] ?? []);
      const above = setAsideAbove(all.flatMap(({ exposed, control }) => [...exposed, ...control]));
      const total = (units: readonly Units[]) =>
        units
          .filter((one) => !isSetAside(one, above))
          .reduce((sum, one) => ({ units: sum.units + one.units, bad: sum.bad + one.bad }), { units: 0, bad: 0 });
      return [
        name,
        {
          exposed: total(all.flatMap(({ exposed }) => exposed)),
          control: total(all.flatMap(({ control }) => control)),
        },
      ];
    }),
  );
}

/** Where everybody is exposed, the control of a window is what was usual for these clients before. */
function evidenceOf(parts: readonly (readonly WindowCounts[])[], before?: ReturnType<Baselines["get"]>): Evidence {
  const windows = new Map<number, [number, number, number, number]>();
  for (const [index, ...counts] of parts.flat()) {
    const sum = windows.get(index) ?? [0, 0, 0, 0];
    windows.set(index, [sum[0] + counts[0], sum[1] + counts[1], sum[2] + counts[2], sum[3] + counts[3]]);
  }
  const usual =
    before === undefined
      ? 0
      : (before.exposed.bad + before.control.bad) / (before.exposed.units + before.control.units);
  const scale = scaleOf(before);
  return [...windows]
    .toSorted(([a], [b]) => a - b)
    .reduce((evidence, [, [exposed, exposedBad, control, controlBad]]) => {
      const isAlone = control === 0 && before !== undefined && usual > 0;
      const compared = isAlone ? { units: exposed, bad: usual * exposed } : { units: control, bad: controlBad };
      return evidenceAdd(
        evidence,
        { exposed: { units: exposed, bad: exposedBad }, control: compared },
        isAlone ? 1 : scale,
      );
    }, EVIDENCE_NONE);
}
