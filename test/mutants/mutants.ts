import { ACCEPTOR_MUTANTS } from "./acceptor.ts";
import type { Mutant } from "./mutant.ts";
import { PROPOSER_MUTANTS } from "./proposer.ts";
import { READER_MUTANTS } from "./reader.ts";

export const MUTANTS: readonly Mutant[] = [...ACCEPTOR_MUTANTS, ...PROPOSER_MUTANTS, ...READER_MUTANTS];
