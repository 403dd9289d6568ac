import type { VersionId } from "./version.ts";

/** How far the restore of a store has come. */
export interface Restoring {
  readonly id: string;
  /** The chunk that is wanted next. */
  readonly next: number;
  /** Versions restored have ids below this, … */
  readonly below: VersionId;
  /** … and the newest so far has this one. */
  readonly last: VersionId;
  /** Whether documents are among them that decide what is permitted. */
  readonly policy: boolean;
}

/** As it stands in the row that says where the state machine stands. */
export function restoringEncode({ id, next, below, last, policy }: Restoring): string {
  return JSON.stringify([id, next, below, last, policy]);
}

export function restoringDecode(text: string): Restoring {
  const [id, next, below, last, policy] = JSON.parse(text) as [string, number, number, number, boolean];
  return { id, next, below, last, policy };
}
