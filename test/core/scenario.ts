import { acceptorChosen } from "../../src/core/acceptor.ts";
import type { Ballot } from "../../src/core/ballot.ts";
import { chosenByVotes } from "../../src/core/choose.ts";
import { InvariantViolation } from "../../src/core/invariant.ts";
import { ChosenBuffer } from "../../src/core/learner.ts";
import { CLOSED, type Entry, type Slot } from "../../src/core/log.ts";
import type { Promised, VotesReply } from "../../src/core/message.ts";
import { acceptVerdict, fastVerdict, prepareVerdict, recoveryPlan } from "../../src/core/proposer.ts";
import { readPlan } from "../../src/core/read.ts";
import { acceptorText, planText, replyText, verdictText } from "./scenario-print.ts";
import { type Faults, World } from "./scenario-world.ts";

/**
 * Runs a scenario and returns its transcript: the same text, with every indented line made anew.
 *
 *     given 5 acceptors                                          a b c d e, as an epoch begins; forgets what was before
 *     given a learner with room for 2
 *     when p prepares 1.p from 1 to a b c                        "leading from oc" may follow the ballot
 *     when p accepts 1.p slot 1 "X" to a b; lost to c; reply lost from b
 *     when w fast-accepts 0 open from 1 slot 1 "X" to a b c      "open from never": nowhere
 *     when p opens 1.p from 2 to a b
 *     when l tells chosen 1 "X", 2 "Y" to a                      "tells ids": without the bodies
 *     when l tells prefix 3 to a
 *     when a restarts                                            with what it wrote
 *     when learner gets 2 "Y"
 *     then a stands                                              its durable state
 *     then a serves slot 1                                       what it would hand out as chosen
 *     then prepare 1.p counts; given up on d e                   what the proposer makes of the replies so far
 *     then accept 1.p slot 1 "X" counts
 *     then fast-accept 0 slot 1 "X" counts
 *     then 1.p plans from 1 up to 3 with "Z"; by a b c           what a quorum of promises obliges its owner to
 *     then reader asks a b c; applied up to 2
 *     then votes in slot 1 of a b c prove
 *     then learner applies
 *
 * ` *` ends an answer that had to wait for durable storage. `=>` is an onlooker, who sees every vote and knows when
 * an entry is chosen; he stops the scenario when two are chosen in one slot. A message sent twice or late is a
 * command written twice or late.
 */
export function scenarioRun(text: string): string {
  const lines: string[] = [];
  let world = new World(1);
  for (const line of text.split("\n")) {
    if (line.startsWith("  ")) continue;
    lines.push(line);
    if (line === "" || line.startsWith("#")) continue;
    const given = /^given ([1357]) acceptors?$/.exec(line);
    if (given !== null) world = new World(Number(given[1]));
    else lines.push(...commandRun(world, line).map((answer) => `  ${answer}`));
  }
  return lines.join("\n");
}

interface Command {
  readonly pattern: RegExp;
  readonly run: (world: World, words: Readonly<Record<string, string>>, clauses: Clauses) => readonly string[];
}

/** What may follow a command after a semicolon. */
interface Clauses extends Faults {
  readonly givenUp: readonly string[];
  readonly by: readonly string[] | undefined;
  readonly applied: Slot;
}

function commandRun(world: World, line: string): readonly string[] {
  const [head = "", ...tail] = line.split("; ");
  for (const { pattern, run } of COMMANDS) {
    const match = pattern.exec(head);
    if (match === null) continue;
    try {
      return run(world, match.groups ?? {}, clausesParse(tail));
    } catch (error) {
      if (error instanceof InvariantViolation) return [`invariant violated: ${error.message}`];
      throw new Error(`in "${line}"`, { cause: error });
    }
  }
  throw new Error(`unknown command: ${line}`);
}

function clausesParse(texts: readonly string[]): Clauses {
  const clauses = {
    lostTo: [""],
    replyLostFrom: [""],
    givenUp: [""],
    by: undefined as string[] | undefined,
    applied: 0,
  };
  for (const text of texts) {
    const [, name, rest = ""] =
      /^(lost to|reply lost from|given up on|by|applied up to) ([a-g ]+|\d+)$/.exec(text) ?? [];
    if (name === "lost to") clauses.lostTo = names(rest);
    else if (name === "reply lost from") clauses.replyLostFrom = names(rest);
    else if (name === "given up on") clauses.givenUp = names(rest);
    else if (name === "by") clauses.by = names(rest);
    else if (name === "applied up to") clauses.applied = Number(rest);
    else throw new Error(`unknown clause: ${text}`);
  }
  return clauses;
}

const BALLOT = "(?<ballot>\\d+(?:\\.\\w+)?)";
const LEADER = "(?: leading from (?<leader>\\w+))?";
const FROM = "from (?<from>\\d+|never)";
const SLOT = "slot (?<slot>\\d+)";
const ENTRY = '"(?<entry>[^"]+)"';
const TO = "to (?<to>[a-g ]+)";

function command(pattern: string, run: Command["run"]): Command {
  return { pattern: new RegExp(`^${pattern}$`), run };
}

const COMMANDS: readonly Command[] = [
  command(`when \\w+ prepares ${BALLOT}${LEADER} ${FROM} ${TO}`, (world, words, clauses) => {
    const ballot = ballotParse(words["ballot"]);
    const request = { kind: "prepare", ballot, from: slotParse(words["from"]), leader: words["leader"] } as const;
    return world.send(`prepare ${words["ballot"]}`, request, names(words["to"]), clauses);
  }),
  command(`when \\w+ accepts ${BALLOT}${LEADER} ${SLOT} ${ENTRY} ${TO}`, (world, words, clauses) => {
    const { ballot, slot, entry } = voteParse(words);
    const request = { kind: "accept", ballot, slot, entry, leader: words["leader"] } as const;
    return world.send(`accept ${words["ballot"]} ${slot} ${entry.id}`, request, names(words["to"]), clauses);
  }),
  command(`when \\w+ fast-accepts ${BALLOT} open ${FROM} ${SLOT} ${ENTRY} ${TO}`, (world, words, clauses) => {
    const { ballot, slot, entry } = voteParse(words);
    const request = { kind: "fast-accept", ballot, openFrom: slotParse(words["from"]), slot, entry } as const;
    return world.send(`fast ${words["ballot"]} ${slot} ${entry.id}`, request, names(words["to"]), clauses);
  }),
  command(`when \\w+ opens ${BALLOT} ${FROM} ${TO}`, (world, words, clauses) => {
    const request = { kind: "open", ballot: ballotParse(words["ballot"]), from: slotParse(words["from"]) } as const;
    return world.send(`open ${words["ballot"]}`, request, names(words["to"]), clauses);
  }),
  command(
    `when \\w+ tells (?<what>chosen|ids) (?<refs>\\d+ "[^"]+"(?:, \\d+ "[^"]+")*) ${TO}`,
    (world, words, clauses) => {
      const chosen = [...(words["refs"] ?? "").matchAll(/(\d+) "([^"]+)"/g)].map(([, slot, id]) => {
        const entry = entryParse(id);
        return { slot: slotParse(slot), entryId: entry.id, entry: words["what"] === "chosen" ? entry : undefined };
      });
      return world.send("learn", { kind: "learn", chosen }, names(words["to"]), clauses);
    },
  ),
  command(`when \\w+ tells prefix (?<slot>\\d+) ${TO}`, (world, words, clauses) =>
    world.send("prefix", { kind: "prefix", upTo: slotParse(words["slot"]) }, names(words["to"]), clauses),
  ),
  command("when (?<name>[a-g]) restarts", (world, words) => {
    world.restart(words["name"] ?? "");
    return [];
  }),
  command("then (?<name>[a-g]) stands", (world, words) => acceptorText(world.acceptor(words["name"] ?? ""))),
  command(`then (?<name>[a-g]) serves ${SLOT}`, (world, words) => {
    const served = acceptorChosen(world.acceptor(words["name"] ?? ""), slotParse(words["slot"]));
    return [served === undefined ? "nothing" : `"${served.id}"`];
  }),
  command(`then prepare ${BALLOT} counts`, (world, words, { givenUp }) => {
    const replies = world.replies(`prepare ${words["ballot"]}`, givenUp);
    return [verdictText(prepareVerdict(world.quorums, ballotParse(words["ballot"]), replies))];
  }),
  command(`then accept ${BALLOT} ${SLOT} ${ENTRY} counts`, (world, words, { givenUp }) => {
    const { ballot, slot, entry } = voteParse(words);
    const replies = world.replies(`accept ${words["ballot"]} ${slot} ${entry.id}`, givenUp);
    return [verdictText(acceptVerdict(world.quorums, { ballot, slot, entryId: entry.id }, replies))];
  }),
  command(`then fast-accept ${BALLOT} ${SLOT} ${ENTRY} counts`, (world, words, { givenUp }) => {
    const { ballot, slot, entry } = voteParse(words);
    const replies = world.replies(`fast ${words["ballot"]} ${slot} ${entry.id}`, givenUp);
    return [verdictText(fastVerdict(world.quorums, { ballot, slot, entryId: entry.id }, replies))];
  }),
  command(`then ${BALLOT} plans ${FROM}(?: up to (?<upTo>\\d+))?(?: with ${ENTRY})?`, (world, words, { by }) => {
    const promises = promisesOf(world, words["ballot"] ?? "", by);
    const wants = { from: slotParse(words["from"]), upTo: slotParse(words["upTo"] ?? "0"), own: words["entry"] };
    return planText(recoveryPlan(world.quorums, promises, wants), wants.own);
  }),
  command("then reader asks (?<of>[a-g ]+)", (world, words, { applied }) => {
    const asked = names(words["of"]);
    const replies = asked.map((name) => votesOf(world, name));
    const plan = readPlan(world.quorums, replies, applied);
    const said = replies.map((reply, index) => `${asked[index]}: ${replyText(reply)}`);
    return [...said, `must reflect slot ${plan.slot}, chosen for certain up to ${plan.provenUpTo}`];
  }),
  command(`then votes in ${SLOT} of (?<of>[a-g ]+) prove`, (world, words) => {
    const all = names(words["of"]).flatMap((name) => votesOf(world, name).votes);
    const chosen = chosenByVotes(
      world.quorums,
      all.filter((vote) => vote.slot === slotParse(words["slot"])),
    );
    return [chosen === undefined ? "nothing" : `"${chosen}"`];
  }),
  command("given a learner with room for (?<room>\\d+)", (world, words) => {
    world.learner = new ChosenBuffer(Number(words["room"]));
    world.appliedUpTo = 0;
    return [];
  }),
  command(`when learner gets (?<slot>\\d+) ${ENTRY}`, (world, words) => [
    world.learner.add(slotParse(words["slot"]), entryParse(words["entry"])) ? "kept" : "no room",
  ]),
  command("then learner applies", (world) => {
    const applied: string[] = [];
    for (let next = world.learner.take(world.appliedUpTo); next !== undefined; ) {
      world.appliedUpTo++;
      applied.push(`slot ${world.appliedUpTo}: "${next.id}"`);
      next = world.learner.take(world.appliedUpTo);
    }
    return applied.length === 0 ? ["nothing"] : applied;
  }),
];

function promisesOf(world: World, ballot: string, by: readonly string[] | undefined): Promised[] {
  const replies = world.replies(`prepare ${ballot}`, []);
  const wanted = by === undefined ? replies : by.map((name) => replies["abcdefg".indexOf(name)]);
  return wanted.filter((reply) => typeof reply === "object").filter((reply) => reply.kind === "promised");
}

function votesOf(world: World, name: string): VotesReply {
  const { reply } = world.acceptor(name).deliver({ kind: "votes" });
  if (reply.kind !== "votes") throw new Error(`asked for votes, got ${reply.kind}`);
  return reply;
}

function voteParse(words: Readonly<Record<string, string>>): { ballot: Ballot; slot: Slot; entry: Entry } {
  return { ballot: ballotParse(words["ballot"]), slot: slotParse(words["slot"]), entry: entryParse(words["entry"]) };
}

function names(text: string | undefined): string[] {
  return (text ?? "").split(" ");
}

function slotParse(text: string | undefined): Slot {
  return text === "never" ? CLOSED : Number(text);
}

function ballotParse(text = ""): Ballot {
  const [n, proposer = ""] = text.split(".");
  return { n: Number(n), proposer };
}

/** In a scenario an entry is its name. */
function entryParse(text = ""): Entry {
  return { id: text, body: new TextEncoder().encode(text) };
}
