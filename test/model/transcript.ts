import { ballotText, replyText } from "../core/scenario-print.ts";
import type { Plan } from "./plan.ts";
import type { Action, Search, SearchResult } from "./search.ts";
import type { World } from "./world.ts";

/** The shortest way to the violation, as a scenario that `test/core/scenario.ts` runs. Empty when there is none. */
export function transcript(search: Search, result: SearchResult): string {
  const { violation } = result;
  if (violation === undefined) return "";
  const { world } = search.space;
  const path = [violation.state];
  while (path[0] !== 0) path.unshift(search.parentOf(path[0] as number));

  const lines = [`# ${violation.rule}`, `given ${search.members} acceptors`];
  // Who stands in which place: acceptors change places whenever a state is put in its canonical order.
  let names = Array.from({ length: search.members }, (_, index) => "abcdefg"[index] as string);
  for (let step = 1; step < path.length; step++) {
    const to = search.state(path[step] as number);
    const { action, words } = search.actionBetween(path[step - 1] as number, to);
    lines.push(...actionText(search, world, action, names));
    const order = names.map((name, index) => ({ name, word: words[index + 1] as number }));
    names = order.sort((a, b) => a.word - b.word).map(({ name }) => name);
  }
  lines.push(...actionText(search, world, violation.action, names), `  violated: ${violation.rule}`);
  return lines.join("\n");
}

function actionText(search: Search, world: World, action: Action, names: readonly string[]): string[] {
  switch (action.kind) {
    case "deliver": {
      const name = names[action.place - 1];
      const line = `${search.space.messages[action.message]?.text} ${name}`;
      if (action.delivery === undefined) return [line];
      const { reply, wrote } = action.delivery.step;
      return [line, `  ${name}: ${replyText(reply)}${wrote ? " *" : ""}`];
    }
    case "plan": {
      const { attempt, from, upTo, own, places, plan } = action;
      const ballot = ballotText(world.ballots[world.attemptBallot[attempt] as number] ?? { n: 0, proposer: "" });
      const height = upTo === 0 ? "" : ` up to ${upTo}`;
      const entry = own === undefined ? "" : ` with "${world.entries[own]?.id}"`;
      const by = places.map((place) => names[place - 1]).sort();
      const line = `then ${ballot} plans from ${from}${height}${entry}; by ${by.join(" ")}`;
      return plan === undefined ? [line] : [line, ...planText(world, plan)];
    }
    case "own":
      return [`# ${"pqrs"[action.attempt]} ${action.what}`];
  }
}

function planText(world: World, plan: Plan): string[] {
  const slots = plan.assigned.map((code, at) => `slot ${at + 1} ${code === 0 ? "-" : `"${world.entries[code - 1]?.id}"`}`);
  return [`  chosen up to ${plan.chosenUpTo}; gives ${slots.join(", ")}; open from ${plan.openFrom}`];
}
