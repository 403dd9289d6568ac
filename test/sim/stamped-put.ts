import { utf8Encode } from "../../src/api/bytes.ts";
import type { Op, PutOp } from "../../src/state/command.ts";
import type { Operation } from "../../src/state/operation.ts";
import { put } from "../../src/state/ops/put.ts";
import { OPERATIONS, Operations } from "../../src/state/ops/registry.ts";

/*
 * What only the newer of two simulated builds has: a field of puts, which the value then ends with. A build that ignored
 * the field would write another value.
 */

/** The feature level that the newer build brings. */
export const STAMP_LEVEL = 2;
export const STAMP = "!";

export interface StampedPut extends PutOp {
  readonly stamp: true;
}

const fields: Operation<PutOp>["fields"] & { readonly stamp: number } = { ...put.fields, stamp: STAMP_LEVEL };
const stampedPut: typeof put = {
  ...put,
  fields,
  run: (turn, op) => put.run(turn, isStamped(op) ? stampWritten(op) : op),
};

/** The operations of the newer build. */
export const OPERATIONS_NEW = new Operations(
  OPERATIONS.all.map((one) => (one.kind === put.kind ? (stampedPut as unknown as Operation) : one)),
);

/** The same, with plain puts that are written as stamped ones: the mistake that levels are there to prevent. */
export const OPERATIONS_OTHER = new Operations(
  OPERATIONS_NEW.all.map((one) =>
    one.kind === put.kind
      ? ({
          ...put,
          fields,
          run: (turn, op) => put.run(turn, stampWritten({ ...op, stamp: true })),
        } as typeof put as unknown as Operation)
      : one,
  ),
);

export function isStamped(op: Op): op is StampedPut {
  return op.kind === "put" && "stamp" in op;
}

/** The plain put that a stamped one comes to. */
export function stampWritten({ stamp: _, ...op }: StampedPut): PutOp {
  return { ...op, value: new Uint8Array([...op.value, ...utf8Encode(STAMP)]) };
}
