/** Ways to send many requests, and to say what came of them. */
import { type Answer, answerOf, type Client } from "../e2e/client.ts";

const OPS_PER_TXN = 128;
const AT_ONCE = 8;
const HANG_MS = 60_000;

/** Calls `work` for each item, so many at once. */
export async function forAll<T>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
  atOnce = AT_ONCE,
): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Any request; it may take a minute before it counts as hanging. */
export async function ask(client: Client, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${client.base}/v1/${client.namespace}/${path}`, {
    method,
    headers: { connection: "close" },
    signal: AbortSignal.timeout(HANG_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return answerOf(response);
}

export function txn(client: Client, body: unknown): Promise<Answer> {
  return ask(client, "POST", "txn", body);
}

/** Writes `count` keys, `name/0` on, many in a transaction; one that is refused as overload is sent again. */
export async function keysFill(client: Client, name: string, count: number, more: object = {}): Promise<void> {
  const starts = Array.from({ length: Math.ceil(count / OPS_PER_TXN) }, (_, index) => index * OPS_PER_TXN);
  await forAll(starts, async (start) => {
    const length = Math.min(OPS_PER_TXN, count - start);
    const success = Array.from({ length }, (_, index) => ({
      put: { key: `${name}/${start + index}`, value: "v", ...more },
    }));
    await surely(() => txn(client, { success }));
  });
}

/** Sends it until it is done; 503 and 429 say that nothing was. */
export async function surely(call: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await call();
    if (answer.status < 300) return answer;
    if (answer.status !== 503 && answer.status !== 429) throw new Error(`${answer.status} ${answer.text}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** `3 × 200, 5 × too-expensive` */
export function tally(answers: readonly Answer[]): string {
  const counts = new Map<string, number>();
  for (const { status, problem } of answers) {
    const name = problem?.code ?? `${status}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${count} × ${name}`).join(", ");
}

/** Whether each answer is a success or a refusal that a client can act on: no silence, no unknown outcome, no accident. */
export function areClear(answers: readonly Answer[]): boolean {
  return answers.every(({ status, problem }) => {
    if (status < 300) return true;
    return problem !== undefined && !["internal", "no-quorum", "outcome-unknown"].includes(problem.code);
  });
}
