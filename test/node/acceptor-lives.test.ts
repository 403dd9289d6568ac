import { expect, test } from "vitest";
import type { Region } from "../../src/network/region.ts";
import type { Acceptor } from "../../src/node/acceptor/acceptor.ts";
import { AcceptorStore } from "../../src/node/acceptor/acceptor-store.ts";
import { Proposer } from "../../src/node/propose/proposer.ts";
import type { AcceptorAnswer } from "../../src/node/rpc/call.ts";
import type { Sql } from "../../src/state/sql.ts";
import { nodeSql } from "../state/node-sql.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

const FIVE: readonly Region[] = ["weur", "enam", "apac", "wnam", "oc"];
const RED = { id: "red", body: new Uint8Array([1]) };
const BLUE = { id: "blue", body: new Uint8Array([2]) };
const PATIENCE_MS = 8_000;

class WipedTown extends VirtualCluster {
  readonly acceptors = new Map<Region, Acceptor>();

  /** New acceptors that share no memory with any before; over blank storage where none is given. */
  start(regions: readonly Region[], sql: () => Sql = nodeSql): void {
    for (const region of regions)
      this.acceptors.set(
        region,
        this.acceptor(region, () => {}, sql()),
      );
  }

  stop(regions: readonly Region[]): void {
    for (const region of regions) this.put("acceptor", region, () => new Promise(() => {}));
  }

  votes(region: Region): Promise<AcceptorAnswer> {
    const call = { kind: "steps", configuration: this.configuration, requests: [{ kind: "votes" }] } as const;
    return this.until(this.acceptors.get(region)?.ask(call) ?? Promise.reject(new Error(region)));
  }

  read() {
    return this.until(new Proposer(this.contextIn("weur")).quorumRead(0));
  }

  async write(slot: number, entry = RED) {
    const hint = { ballot: { n: 0, proposer: "" }, openFrom: 1 };
    const { verdict } = await this.until(new Proposer(this.contextIn("weur")).fast(entry, slot, hint));
    return verdict.kind;
  }
}

test("the first use of a namespace works with one region of five down, and not with two", async () => {
  const cluster = new WipedTown(FIVE);
  cluster.start(FIVE.slice(0, 3));
  expect(await cluster.votes("weur")).toMatchObject({ kind: "silent", why: "blank" });
  cluster.start(FIVE.slice(3, 4));
  expect(await cluster.write(1)).toBe("chosen");
});

test("three of three have to be up to create a namespace, and one of one", async () => {
  const cluster = new WipedTown(FIVE.slice(0, 3));
  cluster.start(["weur", "enam"]);
  expect(await cluster.votes("weur")).toMatchObject({ kind: "silent", why: "blank" });
  cluster.start(["apac"]);
  expect((await cluster.votes("weur")).kind).toBe("replies");
  const alone = new WipedTown(["weur"]);
  alone.learner("weur");
  alone.start(["weur"]);
  expect((await alone.votes("weur")).kind).toBe("replies");
});

test("an acceptor that lost its storage while two others are down answers nothing, so no read misses a write", async () => {
  const cluster = new WipedTown(FIVE);
  cluster.start(FIVE);
  expect(await cluster.write(1)).toBe("chosen");
  cluster.stop(["wnam", "oc"]);
  expect(await cluster.read()).toMatchObject({ slot: 1 });
  cluster.start(["apac"]);
  expect(await cluster.read()).toBeUndefined();
  expect(await cluster.votes("apac")).toMatchObject({ kind: "silent", why: "lost-storage", life: 0 });
  expect(cluster.news).toMatchObject([{ event: "acceptor-silent", region: "apac", standing: "lost-storage" }]);
});

test("it returns once enough others answer, with what may have been chosen, and an old round counts it no more", async () => {
  const cluster = new WipedTown(FIVE);
  cluster.start(FIVE);
  expect(await cluster.write(1)).toBe("chosen");
  expect(await cluster.write(2, BLUE)).toBe("chosen");
  cluster.start(["apac"]);
  await cluster.votes("apac");
  await cluster.until(cluster.acceptors.get("apac")?.alarm() ?? Promise.resolve());
  expect(cluster.news.at(-1)).toMatchObject({ event: "acceptor-returned", region: "apac", life: 1 });
  // Whoever counts with the old lives is told of the new ones.
  expect(await cluster.votes("apac")).toEqual({ kind: "other-lives", lives: { apac: 1 } });
  expect(await cluster.read()).toMatchObject({ slot: 2 });
  cluster.stop(["weur", "enam"]);
  expect(await cluster.read()).toMatchObject({ slot: 2 });
  const own = { id: "green", body: new Uint8Array([3]) };
  const deadlineAt = cluster.host.now() + PATIENCE_MS;
  const recovered = await cluster.until(
    new Proposer(cluster.contextIn("oc")).recover({ from: 1, upTo: 0, own, deadlineAt }),
  );
  expect(recovered.ownSlot).toBe(3);
  expect(recovered.decided.filter(({ slot }) => slot === 1).map(({ entry }) => entry.id)).toSatisfy(
    (ids: string[]) => ids.length === 0 || ids[0] === "red",
  );
});

test("a lone acceptor that lost its storage is given away by its home learner", async () => {
  const cluster = new WipedTown(["weur"]);
  const learner = cluster.learner("weur");
  cluster.start(["weur"]);
  await cluster.votes("weur");
  await cluster.chosen(learner, { kind: "put", key: new Uint8Array([1]), value: new Uint8Array([1]) });
  cluster.start(["weur"]);
  expect(await cluster.votes("weur")).toMatchObject({ kind: "silent", why: "lost-storage" });
});

test("state without an identity is enrolled, and so are its peers: a blank one among them returns", async () => {
  const cluster = new WipedTown(FIVE.slice(0, 3));
  for (const region of ["weur", "enam"] as const) {
    cluster.start([region], () => {
      const sql = nodeSql();
      new AcceptorStore(sql);
      sql.exec("INSERT INTO acceptor VALUES (1, 'cluster', 1, ?, 'weur,enam,apac', 0, '', 1, NULL, 0, 1)", region);
      return sql;
    });
  }
  expect((await cluster.votes("weur")).kind).toBe("replies");
  cluster.start(["apac"]);
  expect(await cluster.votes("apac")).toMatchObject({ kind: "silent", why: "lost-storage" });
  await cluster.until(cluster.acceptors.get("apac")?.alarm() ?? Promise.resolve());
  expect(cluster.news.at(-1)).toMatchObject({ event: "acceptor-returned", life: 1 });
});

test("code that knows no identity takes a silent acceptor's row for another's", async () => {
  const cluster = new WipedTown(FIVE);
  cluster.start(FIVE);
  await cluster.votes("apac");
  const sql = nodeSql();
  cluster.start(["apac"], () => sql);
  await cluster.votes("apac");
  expect(sql.exec("SELECT members FROM acceptor")).toEqual([{ members: `!${FIVE.join()}` }]);
});
