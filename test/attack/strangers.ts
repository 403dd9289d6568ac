/** Who has no right, and who never finishes a request (A7, A8). */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { answerOf, sleep } from "../e2e/client.ts";
import { type Attack, verdict } from "./attack.ts";
import { areClear, forAll, tally } from "./load.ts";
import { RawConnection } from "./raw.ts";

const TOKEN = "a-token-of-this-attack";
/** The server may be writing to the database that is looked at. */
const LOCK_MS = 10_000;

/** Objects that keep something: workerd makes an empty file, or one with its own tables, for each that it wakes. */
export function objectsWithStorage(state: string): number {
  const paths = readdirSync(state, { recursive: true, encoding: "utf8" });
  return paths.filter(
    (path) => path.endsWith(".sqlite") && !path.endsWith("metadata.sqlite") && hasTables(join(state, path)),
  ).length;
}

function hasTables(path: string): boolean {
  const database = new DatabaseSync(path, { readOnly: true, timeout: LOCK_MS });
  try {
    const own = database.prepare("SELECT count(*) AS tables FROM sqlite_schema WHERE name NOT GLOB '_cf_*'").get();
    return Number(own?.tables) > 0;
  } finally {
    database.close();
  }
}

/** A7. Requests without a token, and reads with one, to namespaces that nobody ever wrote to. */
const anonymousNamespaces: Attack = {
  kind: "served",
  name: "A7 namespaces named by strangers, and by readers",
  env: { SYNOD_TOKEN: TOKEN },
  async run(arena, scale) {
    const before = objectsWithStorage(arena.server.state);
    const names = Array.from({ length: scale === "long" ? 600 : 30 }, (_, index) => `stranger-${index}`);
    const ask = async (path: string, headers: Record<string, string>, method = "GET") =>
      answerOf(await fetch(`${arena.base}${path}`, { method, headers: { connection: "close", ...headers } }));
    const answers: Awaited<ReturnType<typeof ask>>[] = [];
    await forAll(names, async (name) => {
      answers.push(await ask("/health", { "synod-namespace": name }));
      answers.push(await ask("/v3/kv/range", { "synod-namespace": name }, "POST"));
      answers.push(await ask(`/v1/${name}/kv/key`, {}));
      answers.push(await ask(`/v1/${name}/kv/key`, { authorization: `Bearer ${TOKEN}` }));
      answers.push(await ask(`/v1/${name}/status`, { authorization: `Bearer ${TOKEN}` }));
    });
    await sleep(1_000);
    const made = objectsWithStorage(arena.server.state) - before;
    return verdict(`${made} objects with storage by ${answers.length} requests`, [
      made === 0,
      `made ${made} objects with storage`,
    ]);
  },
};

/** A8. Half bodies that never go on. */
const dawdlingUploads: Attack = {
  kind: "served",
  name: "A8 uploads that stop halfway",
  async run(arena, scale) {
    const sockets: RawConnection[] = [];
    for (let index = 0; index < (scale === "long" ? 200 : 20); index++) {
      sockets.push(
        await RawConnection.open(
          arena.port,
          `PUT /v1/uploads/kv/half-${index} HTTP/1.1\r\nHost: localhost:${arena.port}\r\n` +
            `Content-Length: 1000000\r\n\r\n${"x".repeat(1_000)}`,
        ),
      );
    }
    await Promise.all(sockets.map((socket) => socket.heard(/^HTTP\/1.1 4/)));
    const answered = sockets.filter(({ head }) => head.startsWith("HTTP/1.1 4")).length;
    for (const socket of sockets) socket.end();
    const client = arena.client("uploads");
    const answers = [await client.put("whole", "1")];
    return verdict(
      `${answered} of ${sockets.length} refused, then ${tally(answers)}`,
      [answered === sockets.length, "left open"],
      [areClear(answers) && answers[0]?.status === 201, "no write after it"],
    );
  },
};

export const STRANGER_ATTACKS: readonly Attack[] = [anonymousNamespaces, dawdlingUploads];
