/** Attacks on what a command or a read may cost (A1, A2, A5, A6). */
import { type Answer, sleep } from "../e2e/client.ts";
import { type Attack, verdict } from "./attack.ts";
import { areClear, ask, forAll, keysFill, surely, tally, txn } from "./load.ts";

const MIB = 1024 * 1024;

/** A1. Each of 128 compares looks at every key. */
const rangeCompares: Attack = {
  kind: "served",
  name: "A1 transactions of 128 compares over every key",
  async run(arena, scale) {
    const client = arena.client("compares");
    await keysFill(client, "key", scale === "long" ? 100_000 : 10_000);
    const compare = Array.from({ length: 128 }, () => ({ prefix: "", value: "zzz", op: "!=" }));
    const answers = await Promise.all(Array.from({ length: 16 }, () => txn(client, { compare })));
    const after = await surely(() => client.put("after", "1"));
    return verdict(
      tally(answers),
      [areClear(answers), "not a clear answer"],
      [after.status === 201, "no write after it"],
    );
  },
};

/** A2. A key with many versions. What it costs is compared with a key of one version, asked in turns. */
const versions: Attack = {
  kind: "served",
  name: "A2 reads of a key with many versions",
  async run(arena, scale) {
    const client = arena.client("versions");
    const count = scale === "long" ? 10_000 : 1_000;
    const samples = scale === "long" ? 400 : 100;
    await client.put("one", "v");
    await forAll(Array.from({ length: count }), () => surely(() => client.put("many", "v")), 32);
    const times = { one: [] as number[], many: [] as number[] };
    for (let index = 0; index < samples; index++) {
      for (const key of ["one", "many"] as const) {
        const startedAt = performance.now();
        await client.local(key);
        times[key].push(performance.now() - startedAt);
      }
    }
    const ratio = median(times.many) / median(times.one);
    return verdict(`${ratio.toFixed(1)} × a key with one version`, [ratio < 5, `${ratio.toFixed(1)} times as slow`]);
  },
};

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** A5. Answers whose size the asker does not limit. */
const unboundedAnswers: Attack = {
  kind: "served",
  name: "A5 a lease with many long keys, all leases, all status",
  async run(arena, scale) {
    const client = arena.client("answers");
    const keys = scale === "long" ? 40_000 : 4_000;
    const leases = scale === "long" ? 10_000 : 1_000;
    const { id } = JSON.parse((await surely(() => ask(client, "POST", "leases", { ttl: 86_400 }))).text) as {
      id: string;
    };
    await keysFill(client, "k".repeat(900), keys, { lease: id });
    await forAll(
      Array.from({ length: leases }),
      () => surely(() => ask(client, "POST", "leases", { ttl: 86_400 })),
      32,
    );
    const paths = [
      `leases/${id}?keys=true`,
      "leases",
      "status",
      `history/${"k".repeat(900)}/1`,
      "kv?prefix=&limit=1000",
    ];
    const answers: Answer[] = [];
    for (const path of paths) answers.push(await ask(client, "GET", path));
    const largest = Math.max(...answers.map(({ bytes }) => bytes.length)) / MIB;
    return verdict(
      `${tally(answers)}, the largest ${largest.toFixed(1)} MiB`,
      [areClear(answers), "not a clear answer"],
      [largest < 16, `an answer of ${largest.toFixed(1)} MiB`],
    );
  },
};

/** A4, A5. Lists of large values, several at once. */
const largeLists: Attack = {
  kind: "served",
  name: "A4 lists of thirty 1 MiB values, eight at once",
  async run(arena) {
    const client = arena.client("lists");
    const value = "x".repeat(MIB);
    for (let index = 0; index < 30; index++) await surely(() => client.put(`large/${index}`, value));
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        index % 2 === 0
          ? ask(client, "GET", "kv?prefix=large/&limit=1000")
          : txn(client, { success: [{ range: { prefix: "large/" } }] }),
      ),
    );
    return verdict(tally(answers), [areClear(answers), "not a clear answer"]);
  },
};

/** A6. Six transactions with large results at once: each must say whether its compare held. */
const abridgedResults: Attack = {
  kind: "served",
  name: "A6 six transactions with large results at once",
  async run(arena) {
    const client = arena.client("results");
    for (let index = 0; index < 12; index++) await surely(() => client.put(`large/${index}`, "x".repeat(MIB)));
    const success = Array.from({ length: 12 }, (_, index) => ({ range: { key: `large/${index}` } }));
    const compare = [{ key: "large/0", version: 1 }];
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        txn(client, { compare, success: [...success, { put: { key: `won/${index}`, value: "1" } }] }),
      ),
    );
    const told = answers.filter(({ status, text }) => status === 200 && text.includes('"succeeded":true'));
    await sleep(100);
    const done = (await client.listAll("won/")).length;
    return verdict(
      `${tally(answers)}, ${done} done, ${told.length} said so`,
      [areClear(answers), "not a clear answer"],
      [told.length === done, "took effect without saying so"],
    );
  },
};

export const OPERATION_ATTACKS: readonly Attack[] = [
  rangeCompares,
  versions,
  largeLists,
  unboundedAnswers,
  abridgedResults,
];
