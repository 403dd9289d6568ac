import type { RangeOp } from "../../state/command.ts";
import { read, write } from "./call.ts";
import { deleteJson, headerJson, putJson, rangeJson, txnJson } from "./codec/answer.ts";
import { deleteOf, putOf, rangeOf, revisionOf, txnOf, writeMustFit } from "./codec/operation.ts";
import { CompactionRequest, DeleteRangeRequest, PutRequest, RangeRequest, TxnRequest } from "./codec/request.ts";
import { unary } from "./unary.ts";

export const range = unary(RangeRequest, async (call, request) => {
  const query: RangeOp = rangeOf(request);
  const consistency = request.serializable ? "local" : "linearizable";
  const result = await read(call, { query, consistency }, "range");
  return rangeJson(result, headerJson(call.who, result.revision));
});

export const put = unary(PutRequest, async (call, request) => {
  const op = putOf(request);
  writeMustFit(PutRequest, request);
  const result = await write(call, op, "put");
  return putJson(result.prev, headerJson(call.who, result.revision));
});

export const deleteRange = unary(DeleteRangeRequest, async (call, request) => {
  const op = deleteOf(request);
  writeMustFit(DeleteRangeRequest, request);
  const result = await write(call, op, "delete");
  return deleteJson(result.deleted, result.prev, headerJson(call.who, result.revision));
});

export const txn = unary(TxnRequest, async (call, request) => {
  const op = txnOf(request);
  writeMustFit(TxnRequest, request);
  const result = await write(call, op, "txn");
  return txnJson(result, headerJson(call.who, result.revision));
});

/** That compaction is `physical` changes nothing that could be seen from here. */
export const compaction = unary(CompactionRequest, async (call, request) => {
  const result = await write(call, { kind: "compact", revision: revisionOf(request.revision) }, "compact");
  return { header: headerJson(call.who, result.revision) };
});
