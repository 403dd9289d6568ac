import { describe, expect, test } from "vitest";
import type { KeyValue } from "../../src/api/key-value.ts";
import { CONTENT_EMPTY, ContentSum, keyRecord, leaseRecord, proposalRecord } from "../../src/state/content.ts";
import { Random } from "../random.ts";
import { bytes } from "./drive.ts";

const MODULUS = 2n ** 256n;

function number(digest: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(digest.toReversed()).toString("hex")}`);
}

const KV: KeyValue = {
  key: bytes("k"),
  value: bytes("v"),
  contentType: "text/plain",
  createRevision: 2,
  modRevision: 3,
  version: 2,
  lease: "7",
};

describe("a content sum", () => {
  test("is the sum of its records modulo 2^256, whatever was added and taken away in between", () => {
    const random = new Random(1);
    const sum = new ContentSum(CONTENT_EMPTY);
    let expected = 0n;
    for (let step = 0; step < 500; step++) {
      const record = leaseRecord(`${1 + random.below(50)}`, random.below(1_000));
      const isAdded = random.oneIn(2);
      if (isAdded) sum.add(record);
      else sum.subtract(record);
      expected = (expected + (isAdded ? number(record) : MODULUS - number(record))) % MODULUS;
      expect(number(sum.digest)).toBe(expected);
    }
    expect(new ContentSum(sum.digest).digest).toEqual(sum.digest);
  });
});

describe("a record", () => {
  test("differs in whatever differs in what it stands for", () => {
    const records = [
      keyRecord(KV),
      keyRecord({ ...KV, key: bytes("kv"), value: bytes("") }),
      keyRecord({ ...KV, key: bytes(""), value: bytes("kv") }),
      keyRecord({ ...KV, value: bytes("w") }),
      keyRecord({ ...KV, contentType: "" }),
      keyRecord({ key: KV.key, value: KV.value, createRevision: 2, modRevision: 3, version: 2, lease: "7" }),
      keyRecord({ ...KV, createRevision: 3 }),
      keyRecord({ ...KV, modRevision: 4 }),
      keyRecord({ ...KV, version: 3 }),
      keyRecord({ ...KV, lease: "0" }),
      leaseRecord("7", 10),
      leaseRecord("71", 0),
      leaseRecord("7", 11),
      proposalRecord(bytes("k"), bytes("v"), undefined),
      proposalRecord(bytes("k"), bytes("v"), "text/plain"),
      proposalRecord(bytes("k"), bytes("w"), undefined),
      proposalRecord(bytes("l"), bytes("v"), undefined),
    ];
    expect(new Set(records.map((record) => Buffer.from(record).toString("hex"))).size).toBe(records.length);
    expect(keyRecord({ ...KV })).toEqual(records[0]);
  });
});
