/** A3. Many leases held, and many granted that end soon. */
import { type Answer, sleep } from "../e2e/client.ts";
import { type Attack, verdict } from "./attack.ts";
import { areClear, ask, forAll, surely, tally } from "./load.ts";

const STORM_PER_SECOND = 40;

export const leaseStorm: Attack = {
  kind: "served",
  name: "A3 a storm of short leases beside many that are held",
  async run(arena, scale) {
    const client = arena.client("leases");
    const grant = (ttl: number) => ask(client, "POST", "leases", { ttl });
    await forAll(Array.from({ length: scale === "long" ? 125_000 : 500 }), () => surely(() => grant(86_400)), 64);
    const seconds = scale === "long" ? 30 : 3;
    const granted: Answer[] = [];
    const storm: Promise<void>[] = [];
    for (let index = 0; index < STORM_PER_SECOND * seconds; index++) {
      storm.push(grant(2).then((answer) => void granted.push(answer)));
      await sleep(1_000 / STORM_PER_SECOND);
    }
    await Promise.all(storm);
    const last = await surely(() => grant(2));
    const { id } = JSON.parse(last.text) as { id: string };
    await surely(() => client.put("leased", "1", { query: { lease: id } }));
    const isEnded = await ended(() => client.get("leased"));
    return verdict(
      `${tally(granted)}, and ${isEnded ? "all ended" : "not all ended"}`,
      [areClear(granted), "not a clear answer"],
      [isEnded, "a short lease did not end"],
    );
  },
};

/** Whether the key goes; a minute is far more than its two seconds. */
async function ended(read: () => Promise<Answer>): Promise<boolean> {
  for (let tries = 0; tries < 120; tries++) {
    if ((await read()).status === 404) return true;
    await sleep(500);
  }
  return false;
}
