import { expect, test } from "vitest";
import type { Command } from "../../src/state/command.ts";
import { entryContent, entryDecode, entryEncode } from "../../src/state/entry.ts";
import { Random } from "../random.ts";
import { ops } from "./drive.ts";
import { RandomOps } from "./random-op.ts";

const COMMAND: Command = { id: "request", birth: 7, op: ops.put("a", "1") };

test("what an entry holds is told without decoding as decoding tells it", () => {
  const random = new Random(9);
  const source = new RandomOps(random);
  for (let round = 0; round < 500; round++) {
    const commands = Array.from({ length: 1 + random.below(4) }, (_, index) => ({
      id: `r${index}`,
      birth: round,
      ...(random.oneIn(2) ? { print: "p", stamp: round, actor: "caf\u00e9 \ud83d\ude00", time: 2 ** 41 } : {}),
      op: source.op(round),
    }));
    expect(entryContent(commands)).toStrictEqual(entryDecode(entryEncode(commands)));
  }
});

test("what is undefined is in no entry, told either way", () => {
  const given = { ...COMMAND, print: undefined } as unknown as Command;
  expect(entryContent([given])).toStrictEqual(entryDecode(entryEncode([given])));
  expect(entryContent([given])?.commands[0]).not.toHaveProperty("print");
});

test.each([
  ["half a surrogate pair", "\ud83d"],
  ["a byte order mark", "\ufeffbeyond"],
  ["minus zero", -0],
  ["a fraction", 0.5],
  ["a number beyond the safe integers", 2 ** 60],
  ["bytes of another class", Buffer.from("bytes")],
  ["a date", new Date(0)],
  ["a map", new Map()],
  ["a list with a hole", [undefined]],
  ["an object with a field of its prototype", JSON.parse('{"__proto__": 1}')],
])("%s is left to the decoder", (_, held) => {
  expect(entryContent([{ ...COMMAND, op: { kind: "put", held } as never }])).toBeUndefined();
});

test("an entry without commands is left to the decoder", () => {
  expect(entryContent([])).toBeUndefined();
});
