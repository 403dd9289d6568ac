import { createSynod } from "synod";
import { fenceD1 } from "synod/fence";

interface Env {
  readonly SYNOD_URL: string;
  readonly DB: D1Database;
}

/** Seconds that the lock outlives a job that is cut off. */
const TTL_S = 30;

export default {
  async scheduled({ scheduledTime }, env) {
    await using synod = createSynod({ url: env.SYNOD_URL }, { namespace: "shop" });
    // Whoever comes second waits for the first, and then finds the work done.
    await using lock = await synod.locks.acquire("nightly-report", { ttl: TTL_S });

    const fence = fenceD1(env.DB, "fences");
    await fence.create();
    await env.DB.exec("CREATE TABLE IF NOT EXISTS reports (scheduled INTEGER PRIMARY KEY, token INTEGER NOT NULL)");
    if ((await reportOf(env, scheduledTime)) !== null) return;

    // The work, which stops when the lock may be lost.
    await scheduler.wait(100, { signal: lock.signal });

    // If this Worker was stopped for longer than the lock lasts, somebody else has a higher token: D1 refuses this one.
    const write = env.DB.prepare("INSERT INTO reports VALUES (?, ?)").bind(scheduledTime, lock.token);
    const isWritten = await fence.run("nightly-report", lock.token, [write]);
    console.log(isWritten ? `written under token ${lock.token}` : `too late: token ${lock.token} was overtaken`);
  },

  /** What was written so far. */
  async fetch(_request, env) {
    const { results } = await env.DB.prepare("SELECT * FROM reports ORDER BY scheduled").all();
    return Response.json(results);
  },
} satisfies ExportedHandler<Env>;

function reportOf({ DB }: Env, scheduledTime: number) {
  return DB.prepare("SELECT token FROM reports WHERE scheduled = ?").bind(scheduledTime).first();
}
