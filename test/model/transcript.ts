import { ballotText, replyText } from "../core/scenario-print.ts";
import type { Cause } from "./cause.ts";
import type { Plan } from "./plan.ts";
import type { Search, SearchResult } from "./search.ts";
import type { World } from "./world.ts";

/** A shortest way to the violation, in the words that `test/core/scenario.ts` runs. Empty when there is none. */
export function transcript(search: Search, { violation }: SearchResult): string {
  if (violation === undefined) return "";
  const lines = [`# ${violation.rule}`, `given ${search.members} acceptors`];
  const path = search.path(violation.state);
  // Who stands in which place: acceptors change places whenever a state is put in its canonical order.
  let names = "abcdefg".slice(0, search.members).split("");
  for (let step = 1; step < path.length; step++) {
    const { words, cause, places } = search.wayBetween(path[step - 1] as Uint32Array, path[step] as Uint32Array);
    lines.push(...causeText(search, cause, namesOf(names, places)));
    const moved = names.map((name, index) => ({ name, word: words[index + 1] as number }));
    names = moved.sort((a, b) => a.word - b.word).map(({ name }) => name);
  }
  lines.push(...causeText(search, violation.cause, namesOf(names, violation.places)), `  violated: ${violation.rule}`);
  return lines.join("\n");
}

function namesOf(names: readonly string[], places: readonly number[]): string {
  const named = places.map((place) => names[place - 1] ?? "");
  return named.sort().join(" ");
}

function causeText(search: Search, cause: Cause, names: string): string[] {
  const { world, messages } = search.space;
  switch (cause.kind) {
    case "delivery": {
      const { step } = cause;
      const line = (messages[cause.message]?.text ?? "").replace("NAME", names);
      if (step?.reply === undefined) return [line];
      return [line, `  ${names}: ${replyText(step.reply)}${step.wrote ? " *" : ""}`];
    }
    case "plan":
      return planText(world, cause, names);
    case "own":
      return [`# ${"pqrs"[cause.attempt]} ${cause.what}${names === "" ? "" : ` by ${names}`}`];
  }
}

function planText(world: World, { attempt, from, wants, assigned, chosenUpTo, openFrom }: Plan, by: string): string[] {
  const ballot = ballotText(world.ballots[world.attemptBallot[attempt] as number] ?? { n: 0, proposer: "" });
  const height = wants.upTo === 0 ? "" : ` up to ${wants.upTo}`;
  const own = wants.own === undefined ? "" : ` with "${world.entries[wants.own]?.id}"`;
  const given = assigned.flatMap((code, at) =>
    code === 0 ? [] : [`slot ${at + 1}: "${world.entries[code - 1]?.id}"; `],
  );
  return [
    `then ${ballot} plans from ${from}${height}${own}; by ${by}`,
    `  chosen up to ${chosenUpTo}; ${given.join("")}open from ${openFrom}`,
  ];
}
