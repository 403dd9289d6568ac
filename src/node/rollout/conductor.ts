import { shareExpected } from "../../api/cohort.ts";
import { type Yes } from "../../api/release.ts";
import { isShown } from "../../api/release-state.ts";
import { type Host, sleep } from "../../network/host.ts";
import type { Region } from "../../network/region.ts";
import { agrees, type Due, dueOf, LOOK_MS } from "../../rollout/conduct.ts";
import type { ReleaseEvent } from "../../rollout/event.ts";
import { type HealthPart, healthView } from "../../rollout/health/part.ts";
import { verdictsOf } from "../../rollout/health/verdict.ts";
import type { HealthView } from "../../rollout/health/view.ts";
import { transitionOp } from "../../rollout/operations.ts";
import { transition } from "../../rollout/transition.ts";
import { letsGoOn, yesNeeded } from "../../rollout/yes.ts";
import type { Chore, Propose } from "../learner/chore.ts";
import type { ReleaseSaid } from "../rpc/release-call.ts";
import * as timing from "../timing.ts";
import { findingsOf } from "./findings.ts";
import type { HealthBook } from "./health-book.ts";
import type { ReleaseClocks } from "./release-clocks.ts";
import type { ActiveRelease, ReleaseReader } from "./release-reader.ts";

export interface ConductorPorts {
  readonly host: Host;
  readonly region: Region;
  readonly rank: number;
  /** Home learners of the namespace. */
  readonly learners: number;
  readonly reader: ReleaseReader;
  readonly clocks: ReleaseClocks;
  readonly book: HealthBook;
  readonly propose: Propose;
  /** What the other learners know of a release's health; those that do not answer are left out. */
  readonly gather: (id: string, step: number) => Promise<readonly HealthPart[]>;
  /** The first other learner that agrees, if any does. */
  readonly ask: (id: string, step: number, wished: Wish) => Promise<Yes | undefined>;
}

/** Steps forward, which two learners agree on. */
export type Wish = "start" | "advance" | "complete";

interface Look {
  readonly due: Due;
  readonly yes: Yes;
  readonly view: HealthView;
}

/**
 * Conducts the releases of a namespace, in a learner's alarms: measures stages by its own clock, judges health by its own
 * view, and proposes what is due. Each learner does so by itself; rank and jitter let one go first, and a proposal that comes
 * second finds the release at another step and does nothing.
 */
export class Conductor implements Chore {
  readonly #ports: ConductorPorts;
  /** When to look at each release again, by this learner's clock. */
  readonly #lookAt = new Map<string, number>();
  #active: readonly ActiveRelease[] | undefined;

  constructor(ports: ConductorPorts) {
    this.#ports = ports;
  }

  /** Documents of releases may have changed. */
  changed(): void {
    this.#active = undefined;
    this.#lookAt.clear();
  }

  /** The steps of the releases that are shown. */
  get steps(): ReadonlyMap<string, number> {
    return new Map(this.#all().flatMap(({ release, step }) => (isShown(release) ? [[release.id, step]] : [])));
  }

  nextAt(): number | undefined {
    const times = this.#all().map(({ release }) => this.#lookAt.get(release.id) ?? this.#ports.host.now());
    const next = Math.min(Number.POSITIVE_INFINITY, ...times);
    return Number.isFinite(next) ? next : undefined;
  }

  async run(): Promise<void> {
    const now = this.#ports.host.now();
    const due = this.#all().filter(({ release }) => (this.#lookAt.get(release.id) ?? now) <= now);
    for (const { release } of due) this.#lookAt.set(release.id, now + LOOK_MS);
    await Promise.all(due.map((one) => this.#conduct(one)));
  }

  /** This learner's own yes to another's wish; undefined when it does not agree, or is not at that step. */
  async agree(id: string, step: number, wished: Wish): Promise<Yes | undefined> {
    const active = this.#all().find(({ release }) => release.id === id);
    if (active === undefined || active.step !== step) return undefined;
    const { due, yes } = await this.#look(active);
    return agrees(due, wished) ? yes : undefined;
  }

  /** What its guards say of a release, with all that can be gathered. */
  async said(id: string): Promise<ReleaseSaid> {
    const active = this.#ports.reader.find(id);
    if (active === undefined || !isShown(active.release)) return { verdicts: [] };
    const { yes, view } = await this.#look(active);
    const { connected, refusals, parsed, converged } = view;
    return { verdicts: yes.verdicts, clients: { ...connected, refused: refusals, parsed, converged } };
  }

  #all(): readonly ActiveRelease[] {
    if (this.#active !== undefined) return this.#active;
    const active = this.#ports.reader.active();
    const ids = new Set(active.map(({ release }) => release.id));
    this.#ports.book.keep(ids);
    this.#ports.clocks.keep(ids);
    // A stage begins when it is applied, and not when it is first looked at.
    for (const { release, step } of active) this.#ports.clocks.stagedMs(release.id, step);
    this.#active = active;
    return active;
  }

  async #look({ release, step }: ActiveRelease): Promise<Look> {
    const { host, region, clocks, book, gather } = this.#ports;
    const { id } = release;
    const stagedMs = clocks.stagedMs(id, step);
    const parts = isShown(release) ? [book.part(id, step), ...(await gather(id, step))] : [];
    const view = healthView(parts, { stagedMs, share: shareExpected(release) });
    const verdicts = isShown(release) ? verdictsOf(release.strategy, view) : [];
    const due = dueOf(release, verdicts, { stagedMs, nowMs: host.now() }, view.parsed);
    return { due, view, yes: { region, step, dwelt_ms: Math.round(stagedMs), verdicts: [...verdicts] } };
  }

  async #conduct(active: ActiveRelease): Promise<void> {
    const { id } = active.release;
    const { due, yes } = await this.#look(active);
    if (due.kind === "wait") {
      if (Number.isFinite(due.forMs))
        this.#lookAt.set(id, this.#ports.host.now() + Math.max(timing.ALARM_MS_MIN, due.forMs));
      else this.#lookAt.set(id, Number.POSITIVE_INFINITY);
      return;
    }
    await this.#turn();
    // Another learner may have been first.
    const now = this.#ports.reader.find(id);
    if (now === undefined || now.step !== active.step) return;
    if (due.kind === "pause" || due.kind === "rollback") return this.#make(now, { ...due, yes: [yes] });
    const moved = this.#ports.reader.moved(now.release);
    if (moved !== undefined)
      return this.#make(now, { kind: "conflict", key: moved, reason: `somebody wrote ${moved}` });
    await this.#forward(now, due.kind, yes);
  }

  /** Learners take turns, so that the first one's proposal is known before the second makes its own. */
  #turn(): Promise<void> {
    const { host, rank } = this.#ports;
    return sleep(host, (rank + host.random()) * timing.EXPIRY_RANK_MS);
  }

  async #forward(active: ActiveRelease, kind: Wish, yes: Yes): Promise<void> {
    const { reader, learners, ask } = this.#ports;
    const { id } = active.release;
    const second = yesNeeded(learners) > 1 ? await ask(id, active.step, kind) : undefined;
    const all = second === undefined ? [yes] : [yes, second];
    if (all.length < yesNeeded(learners) || !all.every(({ verdicts }) => verdicts.every(letsGoOn))) return;
    const findings = await findingsOf(reader.schemas(), reader.changes(id));
    const error = findings.find(({ severity }) => severity === "error");
    if (error === undefined) return this.#make(active, { kind, findings, yes: all });
    if (isShown(active.release)) await this.#make(active, { kind: "pause", reason: error.detail, yes: [yes] });
  }

  async #make(active: ActiveRelease, event: ReleaseEvent): Promise<void> {
    const { host, region, reader, learners, propose } = this.#ports;
    const around = { nowMs: host.now(), step: active.step, freezes: reader.freezes(), learners };
    const outcome = transition(active.release, event, { kind: "learner", region }, around);
    // In a freeze window, say: it is looked at again soon.
    if (outcome.kind === "refused") return;
    const staged = outcome.effect === "write-keys" ? reader.staged(active.release.id) : [];
    await propose(transitionOp(active.step, outcome, staged));
  }
}
