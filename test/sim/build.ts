import { BUILD_LEVEL } from "../../src/state/level.ts";
import { OPERATIONS, Operations } from "../../src/state/ops/registry.ts";
import { OPERATIONS_NEW, OPERATIONS_OTHER, STAMP_LEVEL } from "./stamped-put.ts";

/** A release that machines run; two stand side by side while one takes the place of the other. */
export interface Build {
  readonly name: string;
  /** The highest feature level that it applies. */
  readonly level: number;
  readonly operations: Operations;
}

class RashOperations extends Operations {
  override isAt(): boolean {
    return true;
  }
}

/** The release that ships. */
export const BUILD_OLD: Build = { name: "old", level: BUILD_LEVEL, operations: OPERATIONS };

/** One that takes every level for reached. */
export const BUILD_RASH: Build = {
  name: "rash",
  level: STAMP_LEVEL,
  operations: new RashOperations(OPERATIONS_NEW.all),
};

/** One that does the same operations at the same level, but for one of them in its own way. */
export const BUILD_OTHER: Build = { name: "other", level: STAMP_LEVEL, operations: OPERATIONS_OTHER };

/** One with a feature more. */
export const BUILD_NEW: Build = { name: "new", level: STAMP_LEVEL, operations: OPERATIONS_NEW };
