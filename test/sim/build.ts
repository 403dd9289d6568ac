import { BUILD_LEVEL } from "../../src/state/level.ts";
import { OPERATIONS, type Operations } from "../../src/state/ops/registry.ts";
import { OPERATIONS_NEW, STAMP_LEVEL } from "./stamped-put.ts";

/** A release that machines run; two stand side by side while one takes the place of the other. */
export interface Build {
  readonly name: string;
  /** The highest feature level that it applies. */
  readonly level: number;
  readonly operations: Operations;
}

/** The release that ships. */
export const BUILD_OLD: Build = { name: "old", level: BUILD_LEVEL, operations: OPERATIONS };

/** One with a feature more. */
export const BUILD_NEW: Build = { name: "new", level: STAMP_LEVEL, operations: OPERATIONS_NEW };
