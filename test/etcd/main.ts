/**
 * `npm run differential [-- --operations N --seed S]`: the same random requests to etcd and to a server of ours, answers
 * compared field by field. Exits 1 when one differs, 2 when etcd is not installed.
 */
import { parseArgs } from "node:util";
import { DevServer } from "../e2e/server.ts";
import { authDifferential } from "./auth-differential.ts";
import { differential, type Outcome } from "./differential.ts";
import { ETCD_ABSENT, etcdVersion } from "./etcd.ts";
import { KEPT } from "./kept.ts";

const OPERATIONS_PER_SEQUENCE = 800;
/** One sequence of so many is about users, roles and permissions. */
const AUTH_EVERY = 3;
/** Sequences under way at once. */
const PARALLEL = 2;

const { values } = parseArgs({
  options: {
    operations: { type: "string", default: "24000" },
    seed: { type: "string", default: "1" },
  },
});

const version = etcdVersion();
if (version === undefined) {
  console.error(ETCD_ABSENT);
  process.exit(2);
}
const operations = Number(values.operations);
const sequences = Math.ceil(operations / OPERATIONS_PER_SEQUENCE);
const perSequence = Math.ceil(operations / sequences);
const first = Number(values.seed);

const server = await DevServer.start();
const outcomes: Outcome[] = [];
let next = 0;

async function work(): Promise<void> {
  while (next < sequences) {
    const index = next++;
    const compare = index % AUTH_EVERY === AUTH_EVERY - 1 ? authDifferential : differential;
    const outcome = await compare(server.base, `differential-${index}`, {
      seed: first + index,
      operations: perSequence,
    });
    outcomes.push(outcome);
    const { operations: done, watches, events, revision, difference } = outcome;
    console.log(
      `seed ${first + index}: ${done} operations to revision ${revision}, ${watches} watches, ${events} events`,
    );
    if (difference !== undefined) console.log(`\nDIFFERENT\n${difference}\n`);
  }
}

try {
  await Promise.all(Array.from({ length: PARALLEL }, work));
} finally {
  // Streams that are open would keep it from ending in good order.
  await server.kill();
  await server.dispose();
}

const total = (of: (outcome: Outcome) => number): number => outcomes.reduce((sum, outcome) => sum + of(outcome), 0);
const answers = new Map<string, number>();
for (const outcome of outcomes) {
  for (const [route, count] of outcome.answers) answers.set(route, (answers.get(route) ?? 0) + count);
}
console.log("\nAnswers compared:");
for (const [route, count] of [...answers].sort(([a], [b]) => (a < b ? -1 : 1))) console.log(`  ${count}\t${route}`);
console.log(`\nDifferent on purpose from etcd ${version}:`);
for (const { what, why } of KEPT) console.log(`  - ${what}: ${why}`);
const different = outcomes.filter(({ difference }) => difference !== undefined).length;
console.log(
  `\n${total((one) => one.operations)} operations, ${total((one) => one.watches)} watch streams with ` +
    `${total((one) => one.events)} events compared with etcd ${version}; ${different} unexplained differences.`,
);
process.exit(different === 0 ? 0 : 1);
