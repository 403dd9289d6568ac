import type { Region } from "../../src/network/region.ts";
import type { Steering } from "../instrument/counts.ts";
import { control, countsOf } from "../instrument/start.ts";
import { type Client, mustBeOk } from "../load/client.ts";
import { Watcher } from "../load/watcher.ts";
import { sleep } from "../run/main.ts";
import type { Server } from "../run/server.ts";
import { type Cost, costLess, costOf, costTimes } from "./price.ts";

/**
 * After the last answer the news still travels, acceptors are told and alarms go off; all of that is the operation's.
 * Less than the three seconds after which an idle leader opens the log again.
 */
const QUIET_MS = 2_600;
const HERE: Region = "enam";

/** Counts what happens in one namespace of its own. */
export class Scenarios {
  readonly #server: Server;
  readonly #client: Client;
  #last = 0;

  constructor(server: Server, client: Client) {
    this.#server = server;
    this.#client = client;
  }

  /** Writes one at a time, `pauseMs` apart. */
  async writes(
    count: number,
    { steering = "as-shipped", pauseMs = 0 }: { steering?: Steering; pauseMs?: number } = {},
  ) {
    const namespace = await this.#namespace(steering);
    await control(this.#server, { steering });
    for (let index = 0; index < count; index++) {
      await this.#put(namespace, index);
      if (pauseMs > 0) await sleep(pauseMs);
    }
    return this.#cost(count);
  }

  /** `size` writes at once, `rounds` times; `batch`: how many went together in an entry. */
  async together(
    rounds: number,
    size: number,
    steering: Steering = "as-shipped",
  ): Promise<Cost & { readonly batch: number }> {
    const namespace = await this.#namespace(steering);
    await control(this.#server, { steering });
    for (let round = 0; round < rounds; round++) {
      await Promise.all(Array.from({ length: size }, (_, index) => this.#put(namespace, index)));
    }
    const cost = await this.#cost(rounds * size);
    const votes = ["acceptor accept", "acceptor fast-accept"].map((call) => cost.calls[call] ?? 0);
    return { ...cost, batch: MEMBERS / votes.reduce((sum, each) => sum + each, 0) };
  }

  /** `size` reads at once, `rounds` times. */
  async reads(
    rounds: number,
    { size = 1, from = HERE, consistency = "linearizable" as "linearizable" | "local" } = {},
  ): Promise<Cost> {
    const namespace = await this.#namespace("as-shipped");
    for (let warm = 0; warm < 3; warm++) mustBeOk(await this.#client.get(namespace, "key-0", from, consistency));
    await sleep(QUIET_MS);
    await control(this.#server, {});
    for (let round = 0; round < rounds; round++) {
      const all = Array.from({ length: size }, () => this.#client.get(namespace, "key-0", from, consistency));
      for (const answer of await Promise.all(all)) mustBeOk(answer);
    }
    return this.#cost(rounds * size);
  }

  /** Writes that `watchers` watch, each event told to all of them; the cost is of one event told to one of them. */
  async watched(
    count: number,
    watchers: number,
    alone: Cost,
  ): Promise<{ readonly opened: Cost; readonly event: Cost }> {
    const namespace = await this.#namespace("as-shipped");
    await control(this.#server, {});
    const sockets: Watcher[] = [];
    for (let index = 0; index < watchers; index++) sockets.push(await this.#watch(namespace));
    const opened = costOf(await countsOf(this.#server), watchers);
    await control(this.#server, {});
    for (let index = 0; index < count; index++) {
      await this.#put(namespace, index);
    }
    const written = costOf(await countsOf(this.#server), count);
    for (const socket of sockets) socket.close();
    return { opened, event: costTimes(costLess(written, alone), 1 / watchers) };
  }

  /** What a namespace costs in a second in which nothing happens, with so many watchers. */
  async idle(seconds: number, watchers: number): Promise<Cost> {
    const namespace = await this.#namespace("as-shipped");
    const sockets: Watcher[] = [];
    for (let index = 0; index < watchers; index++) sockets.push(await this.#watch(namespace));
    await sleep(QUIET_MS);
    await control(this.#server, {});
    await sleep(seconds * 1_000);
    const cost = costOf(await countsOf(this.#server), seconds);
    for (const socket of sockets) socket.close();
    return cost;
  }

  /** A leader that is elected for one write, and rests after it; the write itself taken off. */
  async election(alone: Cost): Promise<Cost> {
    const namespace = await this.#namespace("as-shipped");
    await control(this.#server, { steering: "leader" });
    await this.#put(namespace, 0);
    await sleep(4_000);
    return costLess(await this.#cost(1), alone);
  }

  async #cost(operations: number): Promise<Cost> {
    await sleep(QUIET_MS);
    return costOf(await countsOf(this.#server), operations);
  }

  /** A namespace whose objects are there and know each other; nobody still works on anything but a leader that waits. */
  async #namespace(steering: Steering): Promise<string> {
    const namespace = `cost-${++this.#last}`;
    await control(this.#server, { steering: "as-shipped" });
    for (let index = 0; index < 4; index++) await this.#put(namespace, index);
    await sleep(QUIET_MS);
    await control(this.#server, { steering });
    for (let index = 0; index < 4; index++) await this.#put(namespace, index);
    if (steering !== "leader") await sleep(QUIET_MS);
    else await sleep(400);
    return namespace;
  }

  async #put(namespace: string, index: number): Promise<void> {
    mustBeOk(await this.#client.put(namespace, `key-${index % 10}`, "value", HERE));
  }

  #watch(namespace: string): Promise<Watcher> {
    const path = `/v1/${namespace}/watch?prefix=key`;
    return Watcher.open(this.#server.port, path, { "synod-region": HERE }, () => undefined);
  }
}

const MEMBERS = 5;
