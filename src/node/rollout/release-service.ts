import type { ClientReport } from "../../api/client-report.ts";
import type { WatchEvent } from "../../api/key-value.ts";
import type { Yes } from "../../api/release.ts";
import { addressOf } from "../../network/address.ts";
import type { Region } from "../../network/region.ts";
import { byDistance } from "../../network/round-trip.ts";
import type { Denied } from "../../policy/policy.ts";
import type { HealthPart } from "../../rollout/health/part.ts";
import type { Sql } from "../../state/sql.ts";
import { isSystemKey } from "../../state/system-space.ts";
import type { Chore, Propose } from "../learner/chore.ts";
import type { Draft } from "../propose/draft.ts";
import type { NodeContext } from "../rpc/context.ts";
import type { ReleaseAnswer, ReleaseQuestion } from "../rpc/release-call.ts";
import type { WriteRefusal } from "../rpc/write-refusal.ts";
import { Conductor, type Wish } from "./conductor.ts";
import { HealthBook } from "./health-book.ts";
import { ReleaseClocks } from "./release-clocks.ts";
import { ReleaseReader } from "./release-reader.ts";
import { WriteGate, type WriteGatePorts } from "./write-gate.ts";

/** How long another learner's word is waited for: it asks others itself. */
const ASK_MS = 3_000;
const GATHER_MS = 1_500;

export interface ReleaseServicePorts {
  readonly sql: Sql;
  readonly machine: WriteGatePorts["machine"];
  readonly policy: WriteGatePorts["policy"];
  readonly rank: number;
  readonly propose: Propose;
}

/** A learner's part in releases: it conducts them, hears clients, and answers other learners. */
export class ReleaseService implements Chore {
  readonly #conductor: Conductor;
  readonly #context: NodeContext;
  readonly #book: HealthBook;
  readonly #gate: WriteGate;

  constructor(context: NodeContext, { sql, machine, policy, rank, propose }: ReleaseServicePorts) {
    this.#context = context;
    const { host, parts, configuration } = context;
    const reader = new ReleaseReader(machine);
    this.#gate = new WriteGate({ reader, machine, policy });
    this.#book = new HealthBook(
      () => host.now(),
      (id) => reader.firing(id),
    );
    this.#conductor = new Conductor({
      host,
      region: parts.region,
      rank,
      learners: configuration.members.length,
      reader,
      clocks: new ReleaseClocks(sql, () => host.now()),
      book: this.#book,
      propose,
      gather: (id, step) => this.#gather(id, step),
      ask: (id, step, wished) => this.#ask(id, step, wished),
    });
  }

  /** What was applied. */
  applied(events: readonly WatchEvent[]): void {
    if (events.some(({ kv }) => isSystemKey(kv.key))) this.reset();
  }

  /** The state was replaced by another. */
  reset(): void {
    this.#conductor.changed();
    this.#gate.changed();
  }

  /** Whether any plain write may be refused. */
  get isGuarding(): boolean {
    return this.#gate.isGuarding;
  }

  /** Why a plain write is not proposed; undefined when it is. */
  refusal(draft: Draft, override: boolean): Promise<WriteRefusal | Denied | undefined> {
    return this.#gate.refusal(draft, override);
  }

  nextAt(): number | undefined {
    return this.#conductor.nextAt();
  }

  run(): Promise<void> {
    return this.#conductor.run();
  }

  async answer(question: ReleaseQuestion): Promise<ReleaseAnswer> {
    switch (question.kind) {
      case "release-report":
        return { kind: "release-reported", shown: this.#report(question.report) };
      case "release-health":
        return { kind: "release-health", part: this.#book.part(question.id, question.step) };
      case "release-yes": {
        const yes = await this.#conductor.agree(question.id, question.step, question.wished);
        return { kind: "release-yes", ...(yes === undefined ? {} : { yes }) };
      }
      case "release-gate": {
        const outcome = await this.refusal(question.draft, question.override);
        return { kind: "release-gate", ...(outcome === undefined ? {} : { outcome }) };
      }
      case "release-verdicts":
        return { kind: "release-verdicts", ...(await this.#conductor.said(question.id)) };
    }
  }

  #report(report: ClientReport): readonly string[] {
    const { steps } = this.#conductor;
    this.#book.report(report, steps);
    return [...steps.keys()];
  }

  async #gather(id: string, step: number): Promise<readonly HealthPart[]> {
    const answers = await Promise.all(
      this.#others().map((region) => this.#call(region, { kind: "release-health", id, step }, GATHER_MS)),
    );
    return answers.flatMap((answer) => (answer?.kind === "release-health" ? [answer.part] : []));
  }

  /** All at once; the first that agrees is enough. */
  async #ask(id: string, step: number, wished: Wish): Promise<Yes | undefined> {
    const asked = this.#others().map(async (region): Promise<Yes> => {
      const answer = await this.#call(region, { kind: "release-yes", id, step, wished }, ASK_MS);
      if (answer?.kind === "release-yes" && answer.yes !== undefined) return answer.yes;
      throw new Error(`${region} does not agree`);
    });
    return Promise.any(asked).catch(() => undefined);
  }

  #others(): readonly Region[] {
    const { configuration, parts } = this.#context;
    return byDistance(
      parts.region,
      configuration.members.filter((region) => region !== parts.region),
    );
  }

  async #call(region: Region, question: ReleaseQuestion, ms: number): Promise<ReleaseAnswer | undefined> {
    const { parts, configuration } = this.#context;
    const to = addressOf(configuration, "learner", region);
    const outcome = await parts.learners.call(to, { configuration, ...question }, ms);
    if (!outcome.ok || outcome.answer === undefined) return undefined;
    const { answer } = outcome;
    return answer.kind.startsWith("release-") ? (answer as ReleaseAnswer) : undefined;
  }
}
