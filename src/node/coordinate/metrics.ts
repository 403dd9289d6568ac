import type { Labels, MetricFamily, MetricValue, Sample } from "../../api/exposition.ts";
import { quorumsFor } from "../../core/quorum.ts";
import { addressOf } from "../../network/address.ts";
import type { Region } from "../../network/region.ts";
import {
  COUNTED,
  type CountedName,
  ETCD_TWINS,
  GAUGES,
  type GaugeName,
  type MetricKind,
} from "../metrics/catalogue.ts";
import type { Reading } from "../metrics/meter.ts";
import { REQUEST_DOLLARS, ROW_WRITTEN_DOLLARS } from "../metrics/price.ts";
import type { LearnerAnswer } from "../rpc/call.ts";
import type { NodeContext } from "../rpc/context.ts";
import type { AcceptorStatus } from "./coordinator.ts";
import { acceptorStatus } from "./status.ts";

type LearnerMetrics = Extract<LearnerAnswer, { readonly kind: "metrics" }>;

/** What the parts of a namespace counted, and where they stand. A part that does not answer is left out. */
export async function namespaceMetrics(context: NodeContext): Promise<readonly MetricFamily[]> {
  const { members, namespace } = context.configuration;
  const families = new Families({ namespace });
  const regions = await Promise.all(members.map((region) => regionMetrics(context, region)));
  for (const one of regions) addRegion(families, one);
  addNamespace(
    families,
    regions.map(({ acceptor }) => acceptor),
  );
  return families.all;
}

interface RegionMetrics {
  readonly region: Region;
  readonly acceptor: AcceptorStatus;
  readonly counted: AcceptorMetrics | undefined;
  readonly learner: LearnerMetrics | undefined;
}

interface AcceptorMetrics {
  readonly readings: readonly Reading[];
  readonly storedBytes?: number | undefined;
}

async function regionMetrics(context: NodeContext, region: Region): Promise<RegionMetrics> {
  const [acceptor, counted, learner] = await Promise.all([
    acceptorStatus(context, region),
    acceptorMetrics(context, region),
    learnerMetrics(context, region),
  ]);
  return { region, acceptor, counted, learner };
}

async function acceptorMetrics(
  { parts, configuration, health }: NodeContext,
  region: Region,
): Promise<AcceptorMetrics | undefined> {
  const to = addressOf(configuration, "acceptor", region);
  const lives = health.news.lives(configuration.namespace);
  const call = { kind: "metrics", configuration, lives } as const;
  const outcome = await parts.acceptors.call(to, call, health.timeoutMs(region));
  return outcome.ok && outcome.answer?.kind === "metrics" ? outcome.answer : undefined;
}

async function learnerMetrics(
  { parts, configuration, health }: NodeContext,
  region: Region,
): Promise<LearnerMetrics | undefined> {
  const to = addressOf(configuration, "learner", region);
  const outcome = await parts.learners.call(to, { kind: "metrics", configuration }, health.timeoutMs(region));
  return outcome.ok && outcome.answer?.kind === "metrics" ? outcome.answer : undefined;
}

function addRegion(families: Families, { region, acceptor, counted, learner }: RegionMetrics): void {
  families.gauge("acceptorUp", acceptor.reachable ? 1 : 0, { region });
  if (acceptor.chosenUpTo !== undefined) {
    families.gauge("chosenSlot", acceptor.chosenUpTo, { region });
    families.gauge("etcdPending", Math.max(0, (acceptor.lastSlot ?? 0) - acceptor.chosenUpTo), { region });
  }
  const readings = [...(counted?.readings ?? []), ...(learner?.readings ?? [])];
  for (const reading of readings) families.count(reading, region);
  families.gauge("costDollars", dollarsOf(readings), { region });
  if (counted?.storedBytes !== undefined) families.gauge("storageBytes", counted.storedBytes, { region, kind: "log" });
  if (learner === undefined) return;
  for (const [name, value] of Object.entries(learner.gauges) as [GaugeName, number][]) {
    families.gauge(name, value, { region, ...(name === "storageBytes" ? { kind: "state" } : {}) });
  }
  const { level, buildLevel } = learner.levels;
  families.gauge("build", 1, { region, level: `${level}`, build_level: `${buildLevel}` });
}

function dollarsOf(readings: readonly Reading[]): number {
  const sum = (of: CountedName) =>
    readings.reduce((all, one) => (one.of === of && typeof one.value === "number" ? all + one.value : all), 0);
  return sum("objectRequests") * REQUEST_DOLLARS + sum("rowsWritten") * ROW_WRITTEN_DOLLARS;
}

function addNamespace(families: Families, acceptors: readonly AcceptorStatus[]): void {
  const up = acceptors.filter(({ reachable }) => reachable);
  const margin = up.length - quorumsFor(acceptors.length).classic;
  families.gauge("quorumMargin", margin, {});
  families.gauge("etcdHasLeader", margin < 0 ? 0 : 1, {});
  const newest = up.reduce<AcceptorStatus | undefined>(
    (best, one) => ((one.promised?.n ?? -1) > (best?.promised?.n ?? -1) ? one : best),
    undefined,
  );
  if (newest?.leader !== undefined) families.gauge("leader", 1, { region: newest.leader });
}

/** Families in the order of the catalogue, whatever order their samples come in. */
class Families {
  readonly #common: Labels;
  readonly #samples = new Map<MetricKind, Sample[]>();

  constructor(common: Labels) {
    this.#common = common;
    const twins = Object.values(ETCD_TWINS);
    for (const kind of [...Object.values(GAUGES), ...Object.values(COUNTED), ...twins]) this.#samples.set(kind, []);
  }

  gauge(name: GaugeName, value: number, labels: Labels): void {
    this.#add(GAUGES[name], value, labels);
  }

  count({ of, labels, value }: Reading, region: Region): void {
    // A part of another build may count what this one does not know.
    const known: MetricKind | undefined = COUNTED[of as CountedName];
    for (const kind of [known, ETCD_TWINS[of]]) {
      if (kind === undefined) continue;
      const own = Object.fromEntries(kind.labels.map((name, index) => [name, labels[index] ?? ""]));
      this.#add(kind, value, { region, ...own });
    }
  }

  #add(kind: MetricKind, value: MetricValue, labels: Labels): void {
    this.#samples.get(kind)?.push({ labels: { ...this.#common, ...labels }, value });
  }

  get all(): readonly MetricFamily[] {
    return [...this.#samples].map(([{ name, type, help, bounds }, samples]) => ({ name, type, help, bounds, samples }));
  }
}
