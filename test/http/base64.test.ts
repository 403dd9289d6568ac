import { expect, test } from "vitest";
import { base64Decode, base64DecodeAnywhere, base64Encode, base64EncodeAnywhere } from "../../src/api/base64.ts";
import { utf8Encode } from "../../src/api/bytes.ts";
import { goBase64Decode, goBase64DecodeSlowly } from "../../src/http/etcd/codec/go-base64.ts";
import { Random } from "../random.ts";

/** In workerd, because the quick ways are those of its engine. */

const CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const STRANGE = ["=", "==", "-", "_", " ", "\n", "\r\n", "\t", "\f", "!", "é", "\u{1f600}", "\0"];
const TIMES = 20_000;

function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

/** Base64 or what somebody took for it: short, so that each kind of end and mistake is met often. */
function randomText(random: Random): string {
  const pieces = Array.from({ length: random.below(14) }, () => CHARS.charAt(random.below(64)));
  if (random.oneIn(2)) pieces.push("=".repeat(random.below(4)));
  for (let strange = random.oneIn(2) ? random.below(3) : 0; strange > 0; strange--) {
    pieces.splice(random.below(pieces.length + 1), 0, STRANGE[random.below(STRANGE.length)] ?? "");
  }
  return pieces.join("");
}

function outcome(decode: () => Uint8Array | undefined): unknown {
  try {
    const bytes = decode();
    return bytes && [...bytes];
  } catch (error) {
    return String(error);
  }
}

test("the engine encodes and decodes as btoa and atob do", () => {
  const random = new Random(1);
  for (let time = 0; time < 500; time++) {
    const bytes = randomBytes(random, random.below(300));
    const text = base64EncodeAnywhere(bytes);
    expect(base64Encode(bytes)).toBe(text);
    expect(base64Decode(text)).toEqual(bytes);
  }
  const large = randomBytes(random, 100_000);
  expect(base64Decode(base64Encode(large))).toEqual(large);
});

test("strict base64 is what atob takes, without its forgiveness", () => {
  const random = new Random(2);
  let decoded = 0;
  for (let time = 0; time < TIMES; time++) {
    const text = randomText(random);
    const isStrict = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
    const wanted = isStrict ? base64DecodeAnywhere(text) : undefined;
    if (outcome(() => base64Decode(text)) !== undefined) decoded++;
    expect(
      outcome(() => base64Decode(text)),
      JSON.stringify(text),
    ).toEqual(wanted && [...wanted]);
  }
  expect(decoded).toBeGreaterThan(TIMES / 20);
});

test("Go's base64 is the same by the quick way and by the slow one, errors included", () => {
  const random = new Random(3);
  const outcomes = { decoded: 0, refused: 0 };
  for (let time = 0; time < TIMES; time++) {
    const text = randomText(random);
    const standard = utf8Encode(text.replaceAll("-", "+").replaceAll("_", "/"));
    const wanted = outcome(() => goBase64DecodeSlowly(standard));
    outcomes[Array.isArray(wanted) ? "decoded" : "refused"]++;
    expect(
      outcome(() => goBase64Decode(text)),
      JSON.stringify(text),
    ).toEqual(wanted);
  }
  expect(Math.min(outcomes.decoded, outcomes.refused)).toBeGreaterThan(TIMES / 10);
});
