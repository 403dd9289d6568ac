import type { LeaseId } from "../../src/api/key-value.ts";
import type { Random } from "../random.ts";

/** What a client knows when it draws its next operation. */
export interface Session {
  readonly name: string;
  readonly random: Random;
  /** How many register keys there are. */
  readonly keys: number;
  /** The newest revision that this session was told of. */
  readonly seen: number;
  /** Revisions of keys as last read or written, for conditions. */
  readonly known: ReadonlyMap<string, number>;
  /** How many operations it has begun. */
  readonly operations: number;

  /** The lease that was last granted to this client, if any, or one of those that every client uses, held or not. */
  readonly lease: () => LeaseId;
}
