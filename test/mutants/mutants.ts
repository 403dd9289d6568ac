import { ACCEPTOR_MUTANTS } from "./acceptor.ts";
import type { Mutant } from "./mutant.ts";
import { ALARM_MUTANTS } from "./node/alarm.ts";
import { LEADER_MUTANTS } from "./node/leader.ts";
import { LEARNER_MUTANTS } from "./node/learner.ts";
import { LIVES_MUTANTS } from "./node/lives.ts";
import { PROPOSE_MUTANTS } from "./node/propose.ts";
import { READ_MUTANTS } from "./node/read.ts";
import { WATCH_MUTANTS } from "./node/watch.ts";
import { POLICY_MUTANTS } from "./policy.ts";
import { PROPOSER_MUTANTS } from "./proposer.ts";
import { READER_MUTANTS } from "./reader.ts";
import { STATE_MUTANTS } from "./state.ts";
import { STORAGE_MUTANTS } from "./storage.ts";

const CORE_MUTANTS: readonly Mutant[] = [...ACCEPTOR_MUTANTS, ...PROPOSER_MUTANTS, ...READER_MUTANTS];

/** Of the core, and dangerous enough that the whole system has to show the damage too. */
const SEEN_IN_THE_WHOLE: ReadonlySet<string> = new Set([
  "any fast vote wins",
  "a read ignores a lone classic vote",
  "accept does not raise the promise",
  "own value always",
]);

const WHOLE_MUTANTS = CORE_MUTANTS.filter(({ name }) => SEEN_IN_THE_WHOLE.has(name)).map(
  (mutant): Mutant => ({
    ...mutant,
    name: `${mutant.name}, in the whole system`,
    layers: ["simulation"],
    fast: false,
  }),
);

/** By the part of the system that they break. */
export const MUTANT_GROUPS: Readonly<Record<string, readonly Mutant[]>> = {
  core: [...CORE_MUTANTS, ...WHOLE_MUTANTS],
  propose: PROPOSE_MUTANTS,
  read: READ_MUTANTS,
  alarm: ALARM_MUTANTS,
  leader: LEADER_MUTANTS,
  learner: LEARNER_MUTANTS,
  policy: POLICY_MUTANTS,
  lives: LIVES_MUTANTS,
  storage: STORAGE_MUTANTS,
  state: STATE_MUTANTS,
  watch: WATCH_MUTANTS,
};

export const MUTANTS: readonly Mutant[] = Object.values(MUTANT_GROUPS).flat();
