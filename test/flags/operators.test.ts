import { describe, expect, test } from "vitest";
import { COLOURS, targeted, truth } from "./flagd.ts";

describe("sem_ver", () => {
  const cases: readonly (readonly [unknown, string, unknown, boolean])[] = [
    ["1.0.0", "=", "1.0.0", true],
    ["1.0.0", "=", "1.0.1", false],
    ["1.0.0", "!=", "1.0.1", true],
    ["1.0.0", "!=", "1.0.0", false],
    ["1.2.3", "<", "1.10.0", true],
    ["1.10.0", "<", "1.2.3", false],
    ["1.0.0", "<=", "1.0.0", true],
    ["1.0.1", "<=", "1.0.0", false],
    ["2.0.0", ">", "1.9.9", true],
    ["1.0.0", ">", "1.0.0", false],
    ["1.0.0", ">=", "1.0.0", true],
    ["0.9.9", ">=", "1.0.0", false],
    ["1.9.9", "^", "1.0.0", true],
    ["2.0.0", "^", "1.0.0", false],
    ["1.2.9", "~", "1.2.0", true],
    ["1.3.0", "~", "1.2.0", false],
    ["1.0.0-beta.2", "<", "1.0.0-beta.11", true],
    ["1.0.0-beta", "<", "1.0.0", true],
    ["1.0.0+build.1", "=", "1.0.0+build.2", true],
    ["v1.2.3", "=", "1.2.3", true],
    ["V1.2.3", "=", "v1.2.3", true],
    ["1.0", "=", "1.0.0", true],
    ["1", "=", "1.0.0", true],
    [1, "=", "1.0.0", true],
    [1.2, ">", 1, true],
  ];
  test.each(cases)("%s %s %s: %s", (version, operator, wanted, holds) => {
    expect(truth({ sem_ver: [{ var: "version" }, operator, wanted] }, { version })).toBe(holds);
  });

  test.each([
    ["a version that is none", ["myVersion_1", "=", "1.0.0"]],
    ["four numbers", ["2.0.0.0", "=", "2.0.0"]],
    ["a wanted version that is none", ["1.0.0", "=", "one"]],
    ["an operator that is none", ["1.0.0", "===", "1.0.0"]],
    ["too few", ["1.0.0", "="]],
    ["too many", ["1.0.0", "=", "1.0.0", "1.0.0"]],
    ["no list", "1.0.0"],
    ["a missing attribute", [{ var: "version" }, "=", "1.0.0"]],
  ])("of %s is nothing, and an if goes on", (_, args) => {
    expect(truth({ sem_ver: args })).toBeNull();
    expect(targeted({ if: [{ sem_ver: args }, "red", "green"] }).variant).toBe("green");
  });
});

describe("starts_with and ends_with", () => {
  test.each([
    ["starts_with", "192.168.0.1", "192.168", true],
    ["starts_with", "10.0.0.1", "192.168", false],
    ["starts_with", "abc", "ABC", false],
    ["starts_with", "abc", "", true],
    ["ends_with", "noreply@example.com", "@example.com", true],
    ["ends_with", "noreply@example.com", "@test.com", false],
    ["ends_with", "abc", "C", false],
  ])("%s %s %s: %s", (operator, text, part, holds) => {
    expect(truth({ [operator]: [{ var: "ip" }, part] }, { ip: text })).toBe(holds);
  });

  test.each(["starts_with", "ends_with"])("%s of anything but two texts is nothing", (operator) => {
    for (const args of [["a"], ["a", "a", "a"], [1, "1"], ["1", 1], [{ var: "missing" }, "a"], "a"]) {
      expect(truth({ [operator]: args })).toBeNull();
      expect(targeted({ if: [{ [operator]: args }, "red", "green"] }).variant).toBe("green");
    }
  });
});

/** murmur3_x86_32, seed 0, of ASCII text: written here by its reference, so that the engine has a second opinion. */
function murmur3(text: string): number {
  const bytes = new TextEncoder().encode(text);
  const mix = (k: number) => {
    const mixed = Math.imul(k, 0xcc9e2d51);
    return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
  };
  let hash = 0;
  const whole = bytes.length & ~3;
  for (let at = 0; at < whole; at += 4) {
    hash ^= mix(new DataView(bytes.buffer).getInt32(at, true));
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= whole; at--) tail = (tail << 8) | (bytes[at] ?? 0);
  if (bytes.length > whole) hash ^= mix(tail);
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Which of the buckets the text falls in: `(hash × total) >> 32`, counted up through the weights. */
function bucketOf(text: string, buckets: readonly (readonly [string, number])[]): string {
  const total = buckets.reduce((sum, [, weight]) => sum + weight, 0);
  const bucket = (BigInt(murmur3(text)) * BigInt(total)) >> 32n;
  let sum = 0n;
  for (const [variant, weight] of buckets) {
    sum += BigInt(weight);
    if (sum > bucket) return variant;
  }
  throw new Error("every hash has a bucket");
}

describe("fractional", () => {
  const SPLIT = [
    ["red", 50],
    ["blue", 20],
    ["green", 30],
  ] as const;
  const users = Array.from({ length: 200 }, (_, index) => `user-${index}@faas.com`);

  test("the second opinion is murmur3", () => {
    expect([murmur3(""), murmur3("abc"), murmur3("abcd")]).toEqual([0, 0xb3dd93fa, 0x43ed676a]);
  });

  test("splits by the hash of its first argument, in the integers of the tag @fractional-v2", () => {
    const rule = { fractional: [{ cat: [{ var: "$flagd.flagKey" }, { var: "email" }] }, ...SPLIT] };
    for (const email of users) {
      const resolution = targeted(rule, { email });
      expect(resolution.variant).toBe(bucketOf(`headerColor${email}`, SPLIT));
      expect(resolution).toMatchObject({ reason: "TARGETING_MATCH", value: COLOURS[resolution.variant as "red"] });
    }
  });

  test("without one, by the flag's key and the targeting key", () => {
    for (const targetingKey of users) {
      expect(targeted({ fractional: SPLIT }, { targetingKey }).variant).toBe(
        bucketOf(`headerColor${targetingKey}`, SPLIT),
      );
    }
  });

  test("a weight that is not given is one; a negative one is none", () => {
    const even = [
      ["red", 1],
      ["blue", 1],
      ["green", 1],
    ] as const;
    for (const targetingKey of users) {
      expect(targeted({ fractional: [["red"], ["blue"], ["green"]] }, { targetingKey }).variant).toBe(
        bucketOf(`headerColor${targetingKey}`, even),
      );
      expect(
        targeted(
          {
            fractional: [
              ["red", -5],
              ["blue", 1],
            ],
          },
          { targetingKey },
        ).variant,
      ).toBe("blue");
    }
  });

  test("weights far below a per cent are kept exactly", () => {
    const split = [
      ["red", 1],
      ["blue", 99_999],
    ] as const;
    const found = Array.from({ length: 400_000 }, (_, index) => `${index}`).find(
      (key) => bucketOf(`headerColor${key}`, split) === "red",
    );
    expect(targeted({ fractional: split }, { targetingKey: found }).variant).toBe("red");
  });

  test("weights and variants may be rules", () => {
    const rule = {
      fractional: [
        { var: "email" },
        [{ if: [{ in: [{ var: "locale" }, ["us", "ca"]] }, "red", "grey"] }, { if: [{ var: "isOn" }, 1, 0] }],
        ["blue", { if: [{ var: "isOn" }, 0, 1] }],
      ],
    };
    expect(targeted(rule, { email: "a", locale: "us", isOn: true }).variant).toBe("red");
    expect(targeted(rule, { email: "a", locale: "de", isOn: true }).variant).toBe("grey");
    expect(targeted(rule, { email: "a", locale: "us", isOn: false }).variant).toBe("blue");
  });

  test("a bucket of true, false or a number names the variant that is written so; one of null is the default", () => {
    expect(truth({ fractional: [{ var: "k" }, [true, 1]] }, { k: "x" })).toBe(true);
    expect(truth({ fractional: [{ var: "k" }, [false, 1]] }, { k: "x" })).toBe(false);
    expect(targeted({ fractional: [{ var: "k" }, [null, 1]] }, { k: "x" })).toMatchObject({
      variant: "grey",
      reason: "DEFAULT",
    });
  });

  test("may stand within a condition", () => {
    const rule = {
      if: [{ in: ["@faas.com", { var: "email" }] }, { fractional: [{ var: "email" }, ["blue", 1]] }, null],
    };
    expect(targeted(rule, { email: "a@faas.com" }).variant).toBe("blue");
    expect(targeted(rule, { email: "a@bar.com" })).toMatchObject({ variant: "grey", reason: "DEFAULT" });
  });

  test.each([
    ["no targeting key", { fractional: SPLIT }, {}],
    ["an argument that is no text", { fractional: [{ var: "age" }, ...SPLIT] }, { age: 40 }],
    [
      "a weight that is no whole number",
      {
        fractional: [
          ["red", 0.5],
          ["blue", 1],
        ],
      },
      { targetingKey: "a" },
    ],
    ["a weight that is text", { fractional: [["red", "50"]] }, { targetingKey: "a" }],
    ["a bucket that is empty", { fractional: [[], ["red", 1]] }, { targetingKey: "a" }],
    ["a bucket of three", { fractional: [["red", 1, 2]] }, { targetingKey: "a" }],
    [
      "weights of more than 2³¹ − 1",
      {
        fractional: [
          ["red", 2_147_483_647],
          ["blue", 1],
        ],
      },
      { targetingKey: "a" },
    ],
    [
      "weights of nothing",
      {
        fractional: [
          ["red", 0],
          ["blue", 0],
        ],
      },
      { targetingKey: "a" },
    ],
    ["no list", { fractional: "red" }, { targetingKey: "a" }],
  ])("with %s is nothing, so the default stands", (_, rule, context) => {
    expect(targeted(rule, context)).toMatchObject({ variant: "grey", reason: "DEFAULT" });
  });
});

describe("JsonLogic's own operators", () => {
  const cases: readonly (readonly [string, unknown, boolean])[] = [
    ["== coerces", { "==": [1, "1"] }, true],
    ["=== does not", { "===": [1, "1"] }, false],
    ["!= coerces", { "!=": [1, "1"] }, false],
    ["!== does not", { "!==": [1, "1"] }, true],
    ["!! of a text", { "!!": ["mike"] }, true],
    ["!! of an empty one", { "!!": [""] }, false],
    ["! of an empty one", { "!": [""] }, true],
    [">", { ">": [2, 1] }, true],
    [">=", { ">=": [1, 1] }, true],
    ["<", { "<": [2, 1] }, false],
    ["<=", { "<=": [1, 1] }, true],
    ["between, exclusive", { "<": [1, 5, 10] }, true],
    ["between, exclusive, outside", { "<": [1, 11, 10] }, false],
    ["between, inclusive", { "<=": [1, 1, 10] }, true],
    ["in a text", { in: ["Spring", "Springfield"] }, true],
    ["not in a text", { "!": { in: ["Illinois", "Springfield"] } }, true],
    ["in a list", { in: ["Mike", ["Bob", "Mike"]] }, true],
    ["not in a list", { in: ["Todd", ["Bob", "Mike"]] }, false],
    ["and", { and: [true, false] }, false],
    ["or", { or: [false, true] }, true],
    ["if, else if, else", { if: [false, true, false, true, false] }, false],
  ];
  test.each(cases)("%s", (_, expression, holds) => expect(truth(expression)).toBe(holds));

  test("var reads the context, by path and with a default; names are case-sensitive", () => {
    expect(truth({ "==": [{ var: "user.email" }, "a@b.c"] }, { user: { email: "a@b.c" } })).toBe(true);
    expect(truth({ "==": [{ var: ["email", "none"] }, "none"] })).toBe(true);
    expect(truth({ "==": [{ var: "Email" }, "a"] }, { email: "a" })).toBe(false);
    expect(truth({ "==": [{ var: "targetingKey" }, "5c3d"] }, { targetingKey: "5c3d" })).toBe(true);
  });

  test("arithmetic, text and lists", () => {
    expect(truth({ "==": [{ "+": [1, { "-": [5, 2] }, { "*": [2, 2] }] }, 8] })).toBe(true);
    expect(truth({ "==": [{ "%": [7, 4] }, { "/": [9, 3] }] })).toBe(true);
    expect(truth({ "==": [{ max: [1, 3] }, { "+": [{ min: [2, 4] }, 1] }] })).toBe(true);
    expect(truth({ "==": [{ cat: ["a", { substr: ["xbc", 1] }] }, "abc"] })).toBe(true);
    expect(truth({ some: [{ var: "roles" }, { "==": [{ var: "" }, "admin"] }] }, { roles: ["dev", "admin"] })).toBe(
      true,
    );
    expect(truth({ all: [{ var: "n" }, { ">": [{ var: "" }, 0] }] }, { n: [1, 0] })).toBe(false);
    expect(truth({ none: [{ var: "n" }, { ">": [{ var: "" }, 5] }] }, { n: [1, 0] })).toBe(true);
    expect(
      truth(
        { "==": [{ reduce: [{ var: "n" }, { "+": [{ var: "current" }, { var: "accumulator" }] }, 0] }, 3] },
        { n: [1, 2] },
      ),
    ).toBe(true);
    expect(truth({ "!!": [{ missing: ["a"] }] }, { b: 1 })).toBe(true);
  });

  test("$flagd tells the flag's key, and the time of evaluation in seconds; nobody can say otherwise", () => {
    const forged = { $flagd: { flagKey: "another", timestamp: 0 } };
    expect(truth({ "==": [{ var: "$flagd.flagKey" }, "f"] }, forged)).toBe(true);
    const now = Math.floor(Date.now() / 1_000);
    expect(truth({ "<=": [now - 60, { var: "$flagd.timestamp" }, now + 3_600] }, forged)).toBe(true);
  });
});

describe("shared evaluators", () => {
  const EVALUATORS = { emailWithFaas: { in: ["@faas.com", { var: ["email"] }] } };

  test("stand where they are referred to, however the text is laid out", () => {
    const rule = { if: [{ $ref: "emailWithFaas" }, "red", null] };
    expect(targeted(rule, { email: "a@faas.com" }, EVALUATORS).variant).toBe("red");
    expect(targeted(rule, { email: "a@bar.com" }, EVALUATORS)).toMatchObject({ variant: "grey", reason: "DEFAULT" });
  });

  test("one that is not there makes the rule an error, and of that flag only", () => {
    expect(targeted({ if: [{ $ref: "missing" }, "red", null] }, {}, EVALUATORS)).toMatchObject({
      reason: "ERROR",
      errorCode: "PARSE_ERROR",
    });
  });
});
