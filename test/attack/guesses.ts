/** Tokens that nobody made (A9). */
import { type Answer, answerOf, type Client, sleep } from "../e2e/client.ts";
import { type Arena, p99 } from "./arena.ts";
import { type Attack, verdict } from "./attack.ts";
import { forAll, surely, tally } from "./load.ts";
import { objectsWithStorage } from "./strangers.ts";

const AT_ONCE = 16;
/** What a guess may cost others, beside as many questions that need no token: it is a call to a learner more. */
const RATIO_MAX = 5;
const SETTLED_MS = 2_000;
/** Names that were made up; each costs one look-up, which is remembered. */
const MADE_UP = 20;

interface Flood {
  readonly answers: readonly Answer[];
  /** Of a write and a read of somebody else, meanwhile, in milliseconds. */
  readonly othersMs: number;
}

/** Sends `count` requests, and measures what a bystander waits for meanwhile. */
async function flood(bystander: Client, count: number, send: (index: number) => Promise<Answer>): Promise<Flood> {
  const answers: Answer[] = [];
  const timesMs: number[] = [];
  let isOver = false;
  const others = async () => {
    do {
      const startedAt = performance.now();
      await bystander.put("key", "v");
      await bystander.get("key");
      timesMs.push(performance.now() - startedAt);
    } while (!isOver);
  };
  const measuring = others();
  const indices = Array.from({ length: count }, (_, index) => index);
  await forAll(indices, async (index) => answers.push(await send(index)), AT_ONCE).finally(() => {
    isOver = true;
  });
  await measuring;
  return { answers, othersMs: p99(timesMs) };
}

function guessAt({ base }: Arena, index: number): Promise<Answer> {
  const namespace = index % 2 === 0 ? "guessed" : `made-up-${index % MADE_UP}`;
  const secret = `${index}`.padStart(43, "0");
  return fetch(`${base}/v1/${namespace}/kv/key`, {
    headers: { authorization: `Bearer syn_abcdefgh_${secret}` },
  }).then(answerOf);
}

/** Objects with storage, once no more come of what was written before. */
async function objectsSettled({ server }: Arena): Promise<number> {
  for (let before = -1; ; ) {
    const now = objectsWithStorage(server.state);
    if (now === before) return now;
    before = now;
    await sleep(SETTLED_MS);
  }
}

/** A9. As many `/healthz` come first, so that what is compared is of one run. */
const guesses: Attack = {
  kind: "served",
  name: "A9 tokens that nobody made",
  async run(arena, scale) {
    const count = scale === "long" ? 100_000 : 300;
    const bystander = arena.client("bystander");
    await surely(() => bystander.put("key", "v"));
    await surely(() => arena.client("guessed").put("key", "v"));
    const plain = await flood(bystander, count, () => fetch(`${arena.base}/healthz`).then(answerOf));
    const before = await objectsSettled(arena);
    const guessed = await flood(bystander, count, (index) => guessAt(arena, index));
    const made = objectsWithStorage(arena.server.state) - before;
    const ratio = guessed.othersMs / plain.othersMs;
    return verdict(
      `${tally(guessed.answers)}; others wait ${ratio.toFixed(2)} × as long as beside ${plain.answers.length} /healthz`,
      [guessed.answers.every(({ status }) => status === 401), "let somebody in, or was no clear answer"],
      [made === 0, `made ${made} objects with storage`],
      // Few requests say nothing of a hundredth of them.
      [scale === "short" || ratio <= RATIO_MAX, `others waited ${ratio.toFixed(1)} times as long`],
    );
  },
};

export const GUESS_ATTACKS: readonly Attack[] = [guesses];
