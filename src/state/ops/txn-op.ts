import type { LeaseId, Revision } from "../../api/key-value.ts";
import type { RangeOp, RangeResult } from "../range-op.ts";
import type { DeleteOp, DeleteResult } from "./delete.ts";
import type { PutOp, PutResult } from "./put.ts";

export interface Compare {
  readonly key: Uint8Array;
  readonly end?: Uint8Array;
  readonly result: "equal" | "not-equal" | "greater" | "less";
  readonly target:
    | { readonly kind: "version" | "create" | "mod"; readonly value: number }
    | { readonly kind: "value"; readonly value: Uint8Array }
    | { readonly kind: "lease"; readonly value: LeaseId };
}

export type TxnPart = PutOp | DeleteOp | RangeOp | TxnOp;

export interface TxnOp {
  readonly kind: "txn";
  readonly compare: readonly Compare[];
  readonly success: readonly TxnPart[];
  readonly failure: readonly TxnPart[];
}

export type TxnPartResult = PutResult | DeleteResult | RangeResult | TxnResult;
export interface TxnResult {
  readonly kind: "txn";
  readonly revision: Revision;
  readonly succeeded: boolean;
  readonly parts: readonly TxnPartResult[];
}
