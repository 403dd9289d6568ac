import type { Release, Yes } from "../../../src/api/release.ts";
import { agrees, dueOf } from "../../../src/rollout/conduct.ts";
import type { Asker, ReleaseEvent } from "../../../src/rollout/event.ts";
import { yesNeeded } from "../../../src/rollout/yes.ts";
import type { Random } from "../../random.ts";
import { type LearnerPlan, type Plan, planOf, verdictsAt } from "./plan.ts";
import { Store, type Twin } from "./store.ts";

const TICK_MS = 1_000;
/** From here on an operator ends what still stands. */
const PATIENCE_MS = 120_000;
const END_MS = 200_000;
const PEOPLE: Readonly<Record<string, Asker>> = {
  ann: { kind: "person", id: "ann", verbs: new Set(["release:author"]) },
  ben: { kind: "person", id: "ben", verbs: new Set(["release:approve"]) },
  eve: { kind: "person", id: "eve", verbs: new Set(["release:operate"]) },
};

/** A release as one learner has applied it. */
interface Applied {
  readonly release: Release;
  readonly step: number;
  readonly atMs: number;
  readonly moved: string | undefined;
}

/** One release from its draft to its end, among learners with clocks of their own. */
export class World {
  readonly plan: Plan;
  readonly store: Store;
  readonly #random: Random;
  #nowMs = 0;

  constructor(random: Random, twin: Twin) {
    this.#random = random;
    this.plan = planOf(random);
    this.store = new Store(this.plan.release, twin);
  }

  run(): void {
    this.#ask("ann", { kind: "validate", findings: [] });
    if (this.plan.release.strategy.approvals > 0) this.#ask("ben", { kind: "approve", digest: "d" });
    if (this.#random.oneIn(4)) this.#ask("ann", { kind: "schedule", startAtMs: this.#random.below(20_000) });
    for (; this.#nowMs < END_MS && !this.store.isEnded; this.#nowMs += TICK_MS) this.#tick();
  }

  #tick(): void {
    const { writeAtMs, learners, release } = this.plan;
    const { state } = this.store.release;
    if (writeAtMs !== undefined && writeAtMs >= this.#nowMs && writeAtMs < this.#nowMs + TICK_MS) {
      this.store.write(this.#random.pick(release.changes).key, this.#nowMs);
    }
    if (state === "validated" || state === "approved") this.#ask("ann", { kind: "start", findings: this.#findings() });
    if (state === "paused" && this.#random.oneIn(10)) this.#ask("eve", { kind: "resume" });
    if (this.#random.oneIn(200)) this.#ask("eve", { kind: "advance", findings: this.#findings() });
    if (this.#nowMs >= PATIENCE_MS) this.#ask("eve", { kind: this.#isShown() ? "rollback" : "cancel" });
    // All look before any of them is heard: what they propose races.
    const looks = this.#random.shuffled(learners).map((learner) => ({ learner, seen: this.#applied(learner) }));
    for (const { learner, seen } of looks) if (this.#isUp(learner)) this.#conduct(learner, seen);
  }

  #isShown(): boolean {
    return ["staging", "paused", "baking"].includes(this.store.release.state);
  }

  #isUp({ down }: LearnerPlan): boolean {
    return down === undefined || this.#nowMs < down.fromMs || this.#nowMs >= down.toMs;
  }

  /** The last step that has reached the learner. */
  #applied({ delayMs }: LearnerPlan): Applied {
    const heard = this.store.history.findLast(({ atMs }) => atMs + delayMs <= this.#nowMs) ?? this.store.history[0];
    if (heard === undefined) throw new Error("a release begins with its draft");
    const { release, step, atMs } = heard;
    return { release, step, atMs: atMs + delayMs, moved: this.store.movedAt(this.#nowMs - delayMs) };
  }

  #due(learner: LearnerPlan, seen: Applied) {
    const stagedMs = (this.#nowMs - seen.atMs) * learner.rate;
    const verdicts = verdictsAt(this.plan, learner, this.#nowMs, this.#random);
    const due = dueOf(seen.release, verdicts, { stagedMs, nowMs: this.#nowMs * learner.rate }, 1);
    const yes: Yes = {
      region: learner.region,
      step: seen.step,
      dwelt_ms: Math.round(stagedMs),
      verdicts: [...verdicts],
    };
    return { due, yes };
  }

  #conduct(learner: LearnerPlan, seen: Applied): void {
    const { due, yes } = this.#due(learner, seen);
    if (due.kind === "wait") return;
    const asker: Asker = { kind: "learner", region: learner.region };
    if (due.kind === "pause" || due.kind === "rollback") return void this.#propose(seen, { ...due, yes: [yes] }, asker);
    if (seen.moved !== undefined) return void this.#propose(seen, { kind: "conflict", key: seen.moved }, asker);
    const wished = due.kind;
    const others = this.plan.learners.filter((one) => one.region !== learner.region && this.#isUp(one));
    const second = others.flatMap((one) => {
      const other = this.#applied(one);
      const said = this.#due(one, other);
      return other.step === seen.step && agrees(said.due, wished) ? [said.yes] : [];
    });
    const all = [yes, ...second.slice(0, yesNeeded(this.plan.learners.length) - 1)];
    const event = { kind: wished, findings: this.#findings(), yes: all } as const;
    if (this.#propose(seen, event, asker)) return;
    if (event.findings.length > 0) this.#propose(seen, { kind: "pause", reason: "validation" }, asker);
  }

  #findings() {
    const { invalidFromMs } = this.plan;
    if (invalidFromMs === undefined || this.#nowMs < invalidFromMs) return [];
    return [{ severity: "error", code: "schema", detail: "the schema changed" } as const];
  }

  #ask(name: string, event: ReleaseEvent): void {
    const asker = PEOPLE[name];
    const { release, step } = this.store;
    const moved = this.store.movedAt(this.#nowMs);
    if (asker !== undefined) this.#propose({ release, step, moved, atMs: this.#nowMs }, event, asker);
  }

  #propose(seen: Applied, event: ReleaseEvent, asker: Asker): boolean {
    const { freezes, learners } = this.plan;
    const around = { nowMs: this.#nowMs, atMs: this.#nowMs, freezes, learners: learners.length };
    return this.store.propose(seen, event, asker, around);
  }
}
