import { CLOSED, type Slot, type VoteKind } from "../../src/core/log.ts";
import type { AcceptorReply } from "../../src/core/message.ts";
import { Acceptor } from "../../src/node/acceptor/acceptor.ts";
import type { AcceptorAnswer, AcceptorCall } from "../../src/node/rpc/call.ts";
import type { SqlRow, SqlValue } from "../../src/state/sql.ts";
import { type Actor, DurableMachine, type Replacement } from "./durable-machine.ts";
import type { DurablePosition, DurableVote } from "./durable-vote.ts";
import type { Instance } from "./instance.ts";
import { demand } from "./violation.ts";

interface AcceptorRow extends Record<string, SqlValue> {
  promised_n: number;
  promised_proposer: string;
  open_from: number | null;
  chosen_up_to: number;
  first_slot: number;
}

interface LogRow extends SqlRow {
  slot: number;
  ballot_n: number;
  ballot_proposer: string;
  kind: string;
  entry_id: string;
}

const VOTES = "SELECT slot, ballot_n, ballot_proposer, kind, entry_id FROM log WHERE entry_id IS NOT NULL";

interface VotedTurn {
  readonly position: DurablePosition;
  readonly votes: readonly DurableVote[];
}

/** The acceptor of one region. The safety oracle is told what its disk holds, not what it answers. */
export class AcceptorMachine extends DurableMachine<AcceptorCall, AcceptorAnswer> {
  /**
   * What the disk held after each turn that voted, of those that are not durable yet. A later turn may have replaced
   * a vote by then; it counts all the same, since its answer leaves together with the later one's.
   */
  #voted: VotedTurn[] = [];
  #opened = false;

  get index(): number {
    return this.deployment.configuration.members.indexOf(this.region);
  }

  protected actorFor(instance: Instance): Actor<AcceptorCall, AcceptorAnswer> {
    if (this.#opened) this.#checkMemory();
    const acceptor = new Acceptor(
      this.disk,
      instance,
      this.deployment.partsOf(instance),
      (ms) => this.arm(ms),
      this.deployment.limits.node,
    );
    return {
      handle: async (call) => {
        const first = acceptor.handle(call);
        this.#note(call, first);
        if (first.kind !== "silent" || first.why !== "blank") return first;
        await acceptor.enrol(call.configuration);
        const answer = acceptor.handle(call);
        this.#note(call, answer);
        return answer;
      },
      alarm: () => acceptor.alarm(),
    };
  }

  /** Slots above the chosen prefix that hold anything. */
  undecided(): readonly Slot[] {
    if (!this.#opened) return [];
    const rows = this.disk.peek<{ slot: number }>(
      "SELECT slot FROM log WHERE slot > (SELECT chosen_up_to FROM acceptor) ORDER BY slot",
    );
    return rows.map((row) => row.slot);
  }

  chosenUpTo(): Slot {
    return this.#opened ? (this.#position()?.chosenUpTo ?? 0) : 0;
  }

  /** Remembers what the turn was about, and checks what it promised while its state stands still (invariant 16). */
  #note(call: AcceptorCall, answer: AcceptorAnswer): void {
    if (call.kind !== "steps" || answer.kind !== "replies") return;
    this.#noteVotes(answer.replies);
    answer.replies.forEach((reply, index) => {
      const request = call.requests[index];
      if (reply.kind !== "promised" || request?.kind !== "prepare") return;
      const above = Math.max(request.from - 1, reply.position.chosenUpTo);
      const held = this.disk.peek<LogRow>(`${VOTES} AND slot > ? ORDER BY slot`, above).map(voteOf);
      const same =
        held.length === reply.votes.length && held.every((vote, at) => vote.entryId === reply.votes[at]?.entryId);
      demand(same, () => `16: ${this.name} promised with votes that are not those it holds`);
    });
  }

  #noteVotes(replies: readonly AcceptorReply[]): void {
    const position = this.#position();
    const slots = new Set(replies.flatMap((reply) => (reply.kind === "voted" ? [reply.slot] : [])));
    if (position === undefined || slots.size === 0) return;
    const votes = [...slots].flatMap((slot) => this.disk.peek<LogRow>(`${VOTES} AND slot = ?`, slot).map(voteOf));
    this.#voted.push({ position, votes });
  }

  protected override durable(): void {
    const position = this.#position();
    if (position === undefined) return;
    this.#opened = true;
    const { safety } = this.deployment;
    for (const turn of this.#voted) safety.durable(this.index, turn.position, turn.votes);
    this.#voted = [];
    safety.durable(this.index, position, []);
  }

  protected override died(): void {
    this.#voted = [];
  }

  protected override diskReplaced(by: Replacement): void {
    this.environment.tally.add(by === "blank" ? "acceptor lost its disk" : "acceptor went back to an older disk");
    this.#opened = false;
    this.deployment.safety.diskReplaced(this.index);
  }

  #checkMemory(): void {
    const votes = this.disk.peek<LogRow>(VOTES).map(voteOf);
    this.deployment.safety.remembers(this.index, votes, this.#position()?.firstSlot ?? 0);
  }

  #position(): DurablePosition | undefined {
    const row = this.disk.peek<AcceptorRow>("SELECT * FROM acceptor")[0];
    return (
      row && {
        promised: { n: row.promised_n, proposer: row.promised_proposer },
        openFrom: row.open_from ?? CLOSED,
        chosenUpTo: row.chosen_up_to,
        firstSlot: row.first_slot,
      }
    );
  }
}

function voteOf(row: LogRow): DurableVote {
  const ballot = { n: row.ballot_n, proposer: row.ballot_proposer };
  return { slot: row.slot, ballot, kind: row.kind as VoteKind, entryId: row.entry_id };
}
