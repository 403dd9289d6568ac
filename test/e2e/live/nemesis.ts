/** What goes wrong during a live run: the network, by seed, and the server, which is killed and started again. */
import type { DevNetwork } from "../../../src/network/dev-network.ts";
import type { Random } from "../../random.ts";
import { ACCEPTORS, networkSet, sleep } from "../client.ts";
import type { DevServer } from "../server.ts";

const FAULT_MS_MIN = 500;
const FAULT_MS_MAX = 2_500;
const HEALED_MS = 700;

export interface Damage {
  readonly faults: Map<string, number>;
  kills: number;
}

/** Goes on until `endsAt`; the network is whole and the server up when it is over. */
export async function nemesisRun(server: DevServer, random: Random, endsAt: number, kills: number): Promise<Damage> {
  const damage: Damage = { faults: new Map(), kills: 0 };
  const startedAt = performance.now();
  const killAt = Array.from(
    { length: kills },
    (_, index) => startedAt + ((index + 1) * (endsAt - startedAt)) / (kills + 1),
  );
  while (performance.now() < endsAt) {
    const [name, network] = faultOf(random);
    damage.faults.set(name, (damage.faults.get(name) ?? 0) + 1);
    await networkSet(server.base, network);
    const due = killAt[damage.kills];
    await sleep(FAULT_MS_MIN + random.next() * (FAULT_MS_MAX - FAULT_MS_MIN));
    if (due !== undefined && performance.now() >= due) {
      damage.kills++;
      await server.kill();
      await sleep(random.next() * 500);
      await server.start();
    }
    await networkSet(server.base, { wan: random.chance(0.3) });
    await sleep(random.next() * HEALED_MS);
  }
  await networkSet(server.base, {});
  return damage;
}

function faultOf(random: Random): readonly [string, DevNetwork] {
  const far = random.chance(0.4) ? { wan: true, jitter: random.next() } : {};
  const shuffled = random.shuffled(ACCEPTORS);
  const draw = random.next();
  if (draw < 0.15) return ["none", far];
  if (draw < 0.3) return ["one down", { ...far, down: shuffled.slice(0, 1) }];
  if (draw < 0.45) return ["two down", { ...far, down: shuffled.slice(0, 2) }];
  if (draw < 0.5) return ["three down", { ...far, down: shuffled.slice(0, 3) }];
  if (draw < 0.75) {
    const cut = 1 + random.below(4);
    return ["partition", { ...far, partitions: [shuffled.slice(0, cut), shuffled.slice(cut)] }];
  }
  return ["loss", { ...far, drop: 0.02 + random.next() * 0.2 }];
}
