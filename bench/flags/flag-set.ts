/** Fifty flags as people write them: some fixed, most aimed by an attribute, a version, a share, a shared rule. */
const BOOLEAN = { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "off" } as const;

const RULES: readonly (object | undefined)[] = [
  undefined,
  { if: [{ "==": [{ var: "plan" }, "pro"] }, "on", "off"] },
  { if: [{ ends_with: [{ var: "email" }, "@example.com"] }, "on", null] },
  { if: [{ sem_ver: [{ var: "app.version" }, ">=", "2.3.0"] }, "on", "off"] },
  {
    fractional: [
      ["on", 10],
      ["off", 90],
    ],
  },
  {
    if: [
      { in: [{ var: "country" }, ["de", "fr", "nl"]] },
      { fractional: [{ var: "email" }, ["on", 1], ["off", 1]] },
      "off",
    ],
  },
  { if: [{ and: [{ $ref: "staff" }, { ">": [{ var: "age" }, 17] }] }, "on", "off"] },
];
const FLAGS = 50;

export const FLAG_SET = {
  $schema: "https://flagd.dev/schema/v0/flags.json",
  $evaluators: { staff: { in: [{ var: "role" }, ["staff", "admin"]] } },
  metadata: { team: "web" },
  flags: Object.fromEntries(
    Array.from({ length: FLAGS }, (_, index) => {
      const targeting = RULES[index % RULES.length];
      return [`flag-${index}`, targeting === undefined ? BOOLEAN : { ...BOOLEAN, targeting }];
    }),
  ),
};

export const KEYS = Object.keys(FLAG_SET.flags);

export const CONTEXTS = Array.from({ length: 64 }, (_, index) => ({
  targetingKey: `user-${index}`,
  email: `user-${index}@${index % 3 === 0 ? "example.com" : "mail.test"}`,
  plan: index % 2 === 0 ? "pro" : "free",
  country: ["de", "us", "nl", "jp"][index % 4] ?? "de",
  role: index % 5 === 0 ? "staff" : "user",
  age: 10 + index,
  app: { version: `2.${index % 6}.0` },
}));
