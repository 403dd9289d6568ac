import type { z } from "zod";
import type { WatchEvent } from "../api/key-value.ts";
import { deletedKeyToJson, keyMetaToJson, keyValueToJson } from "../api/readable.ts";
import type { HistoryAnswer, OperationResultJson } from "../api/txn-json.ts";
import type { RangeOp, TxnOp, TxnPart, TxnPartResult, TxnResult } from "../state/command.ts";

/** What the operations that ran did. `op` is the transaction that was asked for: it knows who wanted keys only. */
export function txnResultsToJson(op: TxnOp, { succeeded, parts }: TxnResult): readonly OperationResultJson[] {
  const ran = succeeded ? op.success : op.failure;
  return parts.map((part, index) => resultToJson(ran[index], part));
}

function resultToJson(op: TxnPart | undefined, result: TxnPartResult): OperationResultJson {
  switch (result.kind) {
    case "put":
      return {
        put: {
          version: result.version,
          ...omittedOf(result),
          ...(result.prev === undefined ? {} : { prev: keyValueToJson(result.prev) }),
        },
      };
    case "delete":
      return {
        delete: {
          deleted: result.deleted,
          ...omittedOf(result),
          ...(result.prev === undefined ? {} : { prev: result.prev.map(keyValueToJson) }),
        },
      };
    case "range": {
      const keysOnly = (op as RangeOp | undefined)?.keysOnly === true;
      const keys = result.kvs.map((kv) => (keysOnly ? keyMetaToJson(kv) : keyValueToJson(kv)));
      return { range: { keys, more: result.more, count: result.count, ...omittedOf(result) } };
    }
    case "txn": {
      const results = op?.kind === "txn" ? txnResultsToJson(op, result) : [];
      return { txn: { succeeded: result.succeeded, results } };
    }
  }
}

function omittedOf({ omitted }: { readonly omitted?: true }) {
  return omitted === true ? { omitted } : {};
}

/** A version of a key, as a list of them tells it. */
export function versionToJson({ kind, kv }: WatchEvent): z.infer<typeof HistoryAnswer>["versions"][number] {
  if (kind === "put") return { type: "put", ...keyValueToJson(kv) };
  return { type: "delete", ...deletedKeyToJson(kv) };
}
