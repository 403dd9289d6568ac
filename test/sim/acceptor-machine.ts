import { ballotCompare } from "../../src/core/ballot.ts";
import type { Witness } from "../../src/core/identity.ts";
import { type Identity, livesOf } from "../../src/core/identity.ts";
import { CLOSED, type Slot, type VoteKind } from "../../src/core/log.ts";
import type { AcceptorReply } from "../../src/core/message.ts";
import { Acceptor, callEnrols } from "../../src/node/acceptor/acceptor.ts";
import type { AcceptorAnswer, AcceptorCall } from "../../src/node/rpc/call.ts";
import type { SqlRow, SqlValue } from "../../src/state/sql.ts";
import { type Actor, DurableMachine, type Replacement } from "./durable-machine.ts";
import type { DurableIdentity, DurablePosition, DurableVote } from "./durable-vote.ts";
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
  readonly identity: DurableIdentity;
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
  #backup: { readonly identity: DurableIdentity; readonly position: DurablePosition } | undefined;
  /** Its disk is an older copy, and its home learner, which knows better, did not speak to it yet. */
  #isUnseen = false;
  #isAway = false;

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
        if (!callEnrols(call, first)) return first;
        const others = await acceptor.enrol(call.configuration);
        demand(others === undefined, () => `${this.name} is told of other members: ${others?.join()}`);
        const answer = acceptor.handle(call);
        this.#note(call, answer);
        return answer;
      },
      alarm: () => acceptor.alarm(),
    };
  }

  /** It has another disk than it had, and did not come back by the rules yet. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /** Whether its home learner, which may be told nothing more meanwhile, is one that an older copy is waiting for. */
  get isUnseen(): boolean {
    return this.#isUnseen;
  }

  override backUp(): void {
    const identity = this.disk.dirty || this.isAway ? undefined : this.#identity();
    const position = identity && this.#position();
    if (identity === undefined || position === undefined) return;
    super.backUp();
    this.#backup = { identity, position };
  }

  /** Whether the home learner was told more, durably, than the last copy of the disk holds. */
  get isCopySeen(): boolean {
    const told = this.deployment.witness(this.region);
    return told !== undefined && this.#isAbove(told);
  }

  #isAbove({ life, promised }: Pick<Witness, "life" | "promised">): boolean {
    if (this.#backup === undefined) return false;
    const { identity, position } = this.#backup;
    // What is chosen it would find out by itself, and then nobody could tell.
    return life > identity.life || (life === identity.life && ballotCompare(promised, position.promised) > 0);
  }

  /**
   * An older copy is noticed by what the home learner repeats to it, and not before: what it does until then is beyond
   * what the protocol promises. So the home learner is the first to reach it here.
   */
  override receive(call: AcceptorCall, reply: (answer: AcceptorAnswer) => void, broken: () => void): void {
    if (!this.#isUnseen) return super.receive(call, reply, broken);
    const witness = call.kind === "steps" ? call.witness : undefined;
    if (witness === undefined || !this.#isAbove(witness)) return broken();
    super.receive(call, reply, broken);
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
    const isAnswered = answer.kind === "replies" || answer.kind === "log" || answer.kind === "bodies";
    const identity = this.#identity();
    demand(!isAnswered || identity !== undefined, () => `12: ${this.name} answers ${call.kind} and is not enrolled`);
    const isNoticed = answer.kind === "silent" && answer.why === "older-copy";
    demand(!this.#isUnseen || isNoticed, () => `12: ${this.name} is told that its disk is an older copy, and goes on`);
    if (call.kind !== "steps" || answer.kind !== "replies" || identity === undefined) return;
    this.#noteVotes(identity, answer.replies);
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

  #noteVotes(identity: DurableIdentity, replies: readonly AcceptorReply[]): void {
    const position = this.#position();
    const slots = new Set(replies.flatMap((reply) => (reply.kind === "voted" ? [reply.slot] : [])));
    if (position === undefined || slots.size === 0) return;
    const votes = [...slots].flatMap((slot) => this.disk.peek<LogRow>(`${VOTES} AND slot = ?`, slot).map(voteOf));
    this.#voted.push({ identity, position, votes });
  }

  protected override durable(): void {
    const identity = this.#identity();
    const position = identity && this.#position();
    const voted = this.#voted;
    this.#voted = [];
    // A crash may take its silence with it, until that is durable.
    if (identity === undefined) this.#isUnseen = false;
    if (position === undefined || identity === undefined || this.#isUnseen) return;
    this.#opened = true;
    this.#isAway = false;
    const { safety } = this.deployment;
    for (const turn of voted) safety.durable(this.index, turn.identity, turn.position, turn.votes);
    safety.durable(this.index, identity, position, []);
  }

  protected override died(): void {
    this.#voted = [];
  }

  protected override diskReplaced(by: Replacement): void {
    this.environment.tally.add(by === "blank" ? "acceptor lost its disk" : "acceptor went back to an older disk");
    this.#opened = false;
    this.#isAway = true;
    this.#isUnseen = by === "older copy";
    this.deployment.safety.diskReplaced(this.index);
  }

  #checkMemory(): void {
    const votes = this.disk.peek<LogRow>(VOTES).map(voteOf);
    this.deployment.safety.remembers(this.index, votes, this.#position()?.firstSlot ?? 0);
  }

  /** Who it is; undefined while it takes no part. */
  #identity(): DurableIdentity | undefined {
    const tables = this.disk.peek("SELECT 1 FROM sqlite_master WHERE name = 'identity'");
    const row = tables.length === 0 ? undefined : this.disk.peek<{ document: string }>("SELECT * FROM identity")[0];
    if (row === undefined) return undefined;
    const { identity } = JSON.parse(row.document) as { identity: Identity };
    return identity.standing === "enrolled"
      ? { life: identity.life, lives: livesOf(identity, this.region) }
      : undefined;
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
