import type { Region } from "../../src/network/region.ts";
import { type Client, mustBeOk } from "../load/client.ts";
import { Watcher } from "../load/watcher.ts";
import { progress, sleep } from "../run/main.ts";
import { quantile, type Spread, spread } from "../run/numbers.ts";
import { CLIENTS, watchLimitMs } from "./limit.ts";

export interface WatchDelay extends Spread {
  readonly region: Region;
  /** Half the round trip that the news has to travel: the median over the same writes. */
  readonly limitMs: number;
  /** What each event took beyond its own limit. */
  readonly beyondP50: number;
  readonly beyondP99: number;
  /** Events that did not come. */
  readonly missing: number;
}

const NAMESPACE = "watched";
const HEARD_MS = 500;
const LAST_MS_MAX = 3_000;

/**
 * From the moment that the writer has its answer to the moment that the watcher has the event; writers of all regions
 * take turns, a watcher listens in each.
 *
 * The dev network does not delay an open connection, so what is measured is the way to the watcher's learner.
 */
export async function watchDelay(client: Client, port: number, rounds: number): Promise<WatchDelay[]> {
  const seen = new Map<Region, Map<string, number>>(CLIENTS.map((region) => [region, new Map()]));
  mustBeOk(await client.put(NAMESPACE, "key", "first"));
  const watchers = await Promise.all(
    CLIENTS.map((region) =>
      Watcher.open(port, `/v1/${NAMESPACE}/watch?key=key`, { "synod-region": region }, (frame) => {
        const at = performance.now();
        for (const [, value = ""] of frame.matchAll(/"value":"([^"]*)"/g)) seen.get(region)?.set(value, at);
      }),
    ),
  );
  const writes: { readonly value: string; readonly region: Region; readonly at: number }[] = [];
  for (let round = -1; round < rounds; round++) {
    progress(`watch delay, ${round + 1} of ${rounds}`);
    for (const region of CLIENTS) {
      const value = `${round}/${region}`;
      const { at } = mustBeOk(await client.put(NAMESPACE, "key", value, region));
      if (round >= 0) writes.push({ value, region, at });
      await sleep(HEARD_MS);
    }
  }
  await sleep(LAST_MS_MAX);
  for (const watcher of watchers) watcher.close();

  return CLIENTS.map((region) => {
    const events = writes.flatMap(({ value, region: writer, at }) => {
      const heardAt = seen.get(region)?.get(value);
      const limitMs = watchLimitMs(writer, region);
      return heardAt === undefined ? [] : [{ ms: heardAt - at, limitMs, beyondMs: heardAt - at - limitMs }];
    });
    const beyond = events.map(({ beyondMs }) => beyondMs);
    return {
      region,
      limitMs: quantile(
        events.map(({ limitMs }) => limitMs),
        0.5,
      ),
      beyondP50: quantile(beyond, 0.5),
      beyondP99: quantile(beyond, 0.99),
      missing: writes.length - events.length,
      ...spread(events.map(({ ms }) => ms)),
    };
  });
}
