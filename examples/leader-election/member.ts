import { createSynod, SynodError } from "synod";

/** A member of a group of which one leads at a time: `node member.ts NAME`. */

const name = process.argv[2] ?? `member-${process.pid}`;
const end = new AbortController();
process.once("SIGTERM", () => end.abort()).once("SIGINT", () => end.abort());

const url = process.env["SYNOD_URL"] ?? "http://localhost:8787";
await using synod = createSynod({ url }, { namespace: "cluster" });

while (!end.signal.aborted) {
  try {
    // Waits in line until everybody who came before is gone.
    await using leadership = await synod.elections.campaign("leader", name, { ttl: 5, signal: end.signal });
    console.log(`${name} leads under token ${leadership.token}`);
    await lead(AbortSignal.any([leadership.signal, end.signal]));
    console.log(`${name} does not lead any more`);
  } catch (error) {
    if (end.signal.aborted) break;
    if (!(error instanceof SynodError)) throw error;
    console.error(`${name}: ${error.message}; it campaigns again`);
  }
}

/** What only the leader does, until it may have lost that: before anybody else can lead. */
function lead(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {}, 1_000);
    const stop = () => {
      clearInterval(timer);
      resolve();
    };
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
  });
}
