import { expect, test } from "vitest";
import type { Region } from "../../src/network/region.ts";
import type { Acceptor } from "../../src/node/acceptor/acceptor.ts";
import { AcceptorStore } from "../../src/node/acceptor/acceptor-store.ts";
import type { Learner } from "../../src/node/learner/learner.ts";
import { Proposer } from "../../src/node/propose/proposer.ts";
import type { AcceptorAnswer } from "../../src/node/rpc/call.ts";
import { votesCall } from "../../src/node/rpc/round.ts";
import type { Op } from "../../src/state/command.ts";
import type { Sql } from "../../src/state/sql.ts";
import { nodeSql } from "../state/node-sql.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

const FIVE: readonly Region[] = ["weur", "enam", "apac", "wnam", "oc"];
const RED = { id: "red", body: new Uint8Array([1]) };
const BLUE = { id: "blue", body: new Uint8Array([2]) };
const PATIENCE_MS = 8_000;

class WipedTown extends VirtualCluster {
  readonly acceptors = new Map<Region, Acceptor>();
  readonly learners: ReadonlyMap<Region, Learner>;

  constructor(members: readonly Region[]) {
    super(members);
    this.learners = new Map(members.map((region) => [region, this.learner(region)]));
  }

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
    const call = votesCall(this.configuration, true);
    return this.until(this.acceptors.get(region)?.ask(call) ?? Promise.reject(new Error(region)));
  }

  /** Tells a learner that these operations were chosen. */
  async tell(region: Region, ...operations: readonly Op[]): Promise<void> {
    const learner = this.learners.get(region);
    if (learner !== undefined) await this.chosen(learner, ...operations);
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

test("a namespace that nobody wrote to is read where k + 1 acceptors store nothing, and nothing is stored by that", async () => {
  const cluster = new WipedTown(FIVE);
  const stored = new Map(FIVE.map((region) => [region, nodeSql()]));
  const start = (regions: readonly Region[]) => {
    for (const region of regions) cluster.start([region], () => stored.get(region) ?? nodeSql());
  };
  start(FIVE.slice(0, 3));
  expect(await cluster.read()).toBeUndefined();
  start(FIVE.slice(3, 4));
  expect(await cluster.read()).toEqual({ slot: 0, provenUpTo: 0 });
  for (const sql of stored.values()) expect(new AcceptorStore(sql).configuration()).toBeUndefined();
  expect(await cluster.write(1)).toBe("chosen");
  expect(await cluster.read()).toMatchObject({ slot: 1 });
});

test("three of three have to be up to create a namespace, and one of one", async () => {
  const cluster = new WipedTown(FIVE.slice(0, 3));
  cluster.start(["weur", "enam"]);
  expect(await cluster.votes("weur")).toMatchObject({ kind: "silent", why: "blank" });
  cluster.start(["apac"]);
  expect((await cluster.votes("weur")).kind).toBe("replies");
  const alone = new WipedTown(["weur"]);
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
  cluster.start(["weur"]);
  await cluster.votes("weur");
  await cluster.tell("weur", { kind: "put", key: new Uint8Array([1]), value: new Uint8Array([1]) });
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

const PUT: Op = { kind: "put", key: new Uint8Array([1]), value: new Uint8Array([1]) };

test("where all acceptors lost their storage, one learner that applied something keeps all of them silent", async () => {
  for (const members of [FIVE.slice(0, 3), FIVE]) {
    const cluster = new WipedTown(members);
    cluster.start(members);
    for (const region of members) await cluster.votes(region);
    await cluster.tell("apac", PUT);
    cluster.start(members);
    const answers = await cluster.until(Promise.all(members.map((region) => cluster.votes(region))));
    for (const answer of answers)
      expect(answer).toMatchObject({ kind: "silent", why: expect.stringMatching(/^(lost-storage|blank)$/) });
    expect(answers).toContainEqual(expect.objectContaining({ why: "lost-storage" }));
    for (const region of members) await cluster.until(cluster.acceptors.get(region)?.alarm() ?? Promise.resolve());
    expect(await cluster.read()).toBeUndefined();
  }
});

test("an acceptor whose region was down when the namespace began enrols later, without having lost anything", async () => {
  const cluster = new WipedTown(FIVE);
  cluster.start(FIVE.slice(0, 4));
  expect(await cluster.write(1)).toBe("chosen");
  for (const region of FIVE) await cluster.tell(region, PUT);
  cluster.start(["oc"]);
  expect((await cluster.votes("oc")).kind).toBe("replies");
  expect(cluster.news).toEqual([]);
});

test("a late acceptor enrols while as many as may be lost are, since those that remember do not know it", async () => {
  const cluster = new WipedTown(FIVE);
  cluster.start(FIVE.slice(0, 4));
  expect(await cluster.write(1)).toBe("chosen");
  for (const region of FIVE) await cluster.tell(region, PUT);
  cluster.start(["weur", "enam"]);
  for (const region of ["weur", "enam"] as const) {
    expect(await cluster.votes(region)).toMatchObject({ kind: "silent", why: "lost-storage" });
  }
  cluster.start(["oc"]);
  expect((await cluster.votes("oc")).kind).toBe("replies");
  for (const region of ["weur", "enam"] as const) {
    await cluster.until(cluster.acceptors.get(region)?.alarm() ?? Promise.resolve());
  }
  expect(await cluster.read()).toMatchObject({ slot: 1 });
});

/** A learner's word reaches its acceptor. */
const TOLD_MS = 5_000;

/** A copy of the disk of apac's acceptor, taken when slot 1 was chosen, takes its place after `later`. */
async function olderCopy(later: (cluster: WipedTown) => Promise<void>): Promise<WipedTown> {
  const cluster = new WipedTown(FIVE);
  const disk = nodeSql();
  cluster.start(FIVE, nodeSql);
  cluster.start(["apac"], () => disk);
  await cluster.write(1);
  await cluster.tell("apac", PUT);
  await cluster.pass(TOLD_MS);
  const image = disk.image();
  await later(cluster);
  disk.restore(image);
  cluster.start(["apac"], () => disk);
  return cluster;
}

test("an acceptor that lacks what it told its home learner goes silent, and returns", async () => {
  const cluster = await olderCopy(async (before) => {
    const deadlineAt = before.host.now() + PATIENCE_MS;
    await before.until(new Proposer(before.contextIn("oc")).recover({ from: 2, upTo: 0, own: BLUE, deadlineAt }));
    await before.tell("apac", PUT);
    await before.pass(TOLD_MS);
  });
  expect((await cluster.votes("apac")).kind).toBe("replies");
  await cluster.tell("apac", PUT);
  await cluster.pass(TOLD_MS);
  expect(cluster.news).toMatchObject([{ event: "acceptor-silent", region: "apac", standing: "older-copy", life: 0 }]);
  expect(await cluster.votes("apac")).toMatchObject({ kind: "silent", why: "older-copy" });
  await cluster.until(cluster.acceptors.get("apac")?.alarm() ?? Promise.resolve());
  expect(cluster.news.at(-1)).toMatchObject({ event: "acceptor-returned", region: "apac", life: 1 });
});

test("an acceptor whose disk is from before its return goes silent at the first call that knows of that", async () => {
  const cluster = await olderCopy(async (before) => {
    before.start(["apac"]);
    await before.votes("apac");
    await before.until(before.acceptors.get("apac")?.alarm() ?? Promise.resolve());
    expect(before.news.at(-1)).toMatchObject({ event: "acceptor-returned", region: "apac", life: 1 });
  });
  const { configuration } = cluster;
  const call = { kind: "steps", configuration, lives: { apac: 1 }, requests: [{ kind: "votes" }] } as const;
  expect(await cluster.until(cluster.acceptors.get("apac")?.ask(call) ?? Promise.reject())).toMatchObject({
    kind: "silent",
    why: "older-copy",
  });
});

test("an acceptor on its own disk never lacks what it told, whatever its home learner repeats", async () => {
  const cluster = new WipedTown(FIVE);
  cluster.start(FIVE);
  for (const region of FIVE) await cluster.votes(region);
  for (let slot = 1; slot <= 20; slot++) {
    await cluster.tell("apac", PUT);
    await cluster.pass(TOLD_MS / 5);
  }
  expect(cluster.news).toEqual([]);
});
