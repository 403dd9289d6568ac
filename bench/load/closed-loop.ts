import { HttpConnection, type Reply } from "./http.ts";

export interface Load {
  readonly port: number;
  readonly connections: number;
  /** Not counted, so that caches fill and batches find their size. */
  readonly warmUpMs: number;
  readonly durationMs: number;
  /** The request that connection number `connection` sends next. */
  readonly next: (connection: number) => Buffer;
}

export interface Loaded {
  readonly operations: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly latenciesMs: readonly number[];
  /** What was not answered with 200 or 201, and how often. */
  readonly failures: Readonly<Record<string, number>>;
}

/** Every connection sends its next request as soon as the last one is answered. */
export async function closedLoop({ port, connections, warmUpMs, durationMs, next }: Load): Promise<Loaded> {
  const from = performance.now() + warmUpMs;
  const until = from + durationMs;
  const latenciesMs: number[] = [];
  const failures: Record<string, number> = {};
  let resent = 0;

  const run = (index: number): Promise<void> =>
    new Promise((resolve) => {
      const connection = new HttpConnection(port);
      let sentAt = 0;
      const send = (): void => {
        sentAt = performance.now();
        if (sentAt >= until) {
          resent += connection.resent;
          connection.close();
          return resolve();
        }
        connection.send(next(index), heard);
      };
      const heard = (reply: Reply | Error): void => {
        const now = performance.now();
        const failure = failureOf(reply);
        if (failure !== undefined) {
          failures[failure] = (failures[failure] ?? 0) + 1;
          // Whatever refuses at once must not be asked a million times.
          setTimeout(send, 10);
          return;
        }
        if (now >= from && now < until) latenciesMs.push(now - sentAt);
        send();
      };
      send();
    });

  await Promise.all(Array.from({ length: connections }, (_, index) => run(index)));
  if (resent > 0) failures["connections that the server closed, and the request went again"] = resent;
  const seconds = durationMs / 1_000;
  return { operations: latenciesMs.length, seconds, perSecond: latenciesMs.length / seconds, latenciesMs, failures };
}

function failureOf(reply: Reply | Error): string | undefined {
  if (reply instanceof Error) return reply.message;
  if (reply.status === 200 || reply.status === 201) return undefined;
  return `${reply.status} ${reply.body.toString("utf8").slice(0, 200)}`;
}
