import type { Command, Result } from "../../state/command.ts";

/** What commands came to; undefined where nobody remembers. */
export type Results = readonly (Result | undefined)[];

/** A request by its id, and by its fingerprint if it has one: a client may use an id for two requests, by mistake. */
export type RequestRef = Pick<Command, "id" | "print">;

export function requestRef({ id, print }: RequestRef): RequestRef {
  return { id, ...(print === undefined ? {} : { print }) };
}
