import { describe, expect, test } from "vitest";
import { ProblemError } from "../../src/api/problem.ts";
import type { Configuration } from "../../src/network/address.ts";
import type { Region } from "../../src/network/region.ts";
import type { Acceptor } from "../../src/node/acceptor/acceptor.ts";
import { Memory, RequestCoordinator } from "../../src/node/coordinate/request-coordinator.ts";
import type { Sql } from "../../src/state/sql.ts";
import { ops } from "../state/drive.ts";
import { nodeSql } from "../state/node-sql.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

const ALL: readonly Region[] = ["weur", "enam", "apac", "wnam", "oc", "sam", "afr"];

/** Parts in every region, blank where nothing was stored, that are started anew with other members. */
class Deployment {
  readonly cluster = new VirtualCluster(ALL);
  readonly #disks = new Map<string, Sql>();
  acceptors = new Map<Region, Acceptor>();

  /** What a deploy does: every part begins anew, over what it stored. */
  deploy(members: readonly Region[]): Configuration {
    const configuration = { ...this.cluster.configuration, members };
    for (const region of ALL) {
      const acceptor = this.cluster.acceptor(region, () => {}, this.#disk(`acceptor ${region}`));
      this.acceptors.set(region, acceptor);
      const sql = this.#disk(`learner ${region}`);
      this.cluster.learner(region, () => {}, sql, undefined, {}, { configuration });
    }
    return configuration;
  }

  /** A part that lost its storage, or never had one. */
  wipe(part: string): void {
    this.#disks.delete(part);
  }

  #disk(part: string): Sql {
    const found = this.#disks.get(part) ?? nodeSql();
    this.#disks.set(part, found);
    return found;
  }

  coordinator(configuration: Configuration, from: Region) {
    const { cluster } = this;
    const memory = new Memory(cluster.host, from);
    return new RequestCoordinator(cluster.host, cluster.partsIn(from), configuration, memory);
  }

  /** What a create of key `k` comes to, and how long that took. */
  async create(configuration: Configuration, from: Region) {
    const startedAt = this.cluster.host.now();
    const op = { ...ops.put("k", "v"), condition: { kind: "absent" } } as const;
    const outcome = await this.#told(() => this.coordinator(configuration, from).write({ op }));
    return { outcome, ms: this.cluster.host.now() - startedAt };
  }

  async read(configuration: Configuration, from: Region, consistency: "linearizable" | "local") {
    const query = { kind: "range", key: new TextEncoder().encode("k") } as const;
    return this.#told(() => this.coordinator(configuration, from).read({ query, consistency }));
  }

  /** A result's kind, or the problem. */
  async #told(work: () => Promise<{ readonly kind: string; readonly result?: { readonly kind: string } }>) {
    try {
      const { kind, result } = await this.cluster.until(work());
      return result?.kind ?? kind;
    } catch (error) {
      if (error instanceof ProblemError) return error.problem;
      throw error;
    }
  }
}

/** A round or two, and never a deadline. */
const AT_ONCE_MS = 2_500;

const CHANGES: readonly (readonly [string, readonly Region[], readonly Region[]])[] = [
  ["two of three exchanged", ["weur", "enam", "apac"], ["wnam", "oc", "apac"]],
  ["all of three exchanged", ["weur", "enam", "apac"], ["wnam", "oc", "sam"]],
  ["one exchanged for another", ["weur"], ["enam"]],
  ["three made of one", ["weur"], ["weur", "enam", "apac"]],
  ["one made of three", ["weur", "enam", "apac"], ["apac"]],
  ["five made of three", ["weur", "enam", "apac"], ["weur", "enam", "apac", "wnam", "oc"]],
];

describe("other members than a namespace has are refused at once by whoever is asked first, and nothing is done:", () => {
  for (const [what, before, after] of CHANGES) {
    test(what, async () => {
      const deployment = new Deployment();
      const old = deployment.deploy(before);
      expect(await deployment.create(old, before[0] ?? "weur")).toMatchObject({ outcome: "put" });
      await deployment.cluster.pass(5_000);

      const other = deployment.deploy(after);
      for (const from of after) {
        const due = { code: "membership-mismatch", status: 503, members: [...before], configured: [...after] };
        const { outcome, ms } = await deployment.create(other, from);
        expect(outcome).toMatchObject(due);
        expect(ms).toBeLessThan(AT_ONCE_MS);
        expect(await deployment.read(other, from, "linearizable")).toMatchObject(due);
        expect(await deployment.read(other, from, "local")).toMatchObject(due);
      }

      // The variable is put back.
      const again = deployment.deploy(before);
      for (const from of before) {
        expect(await deployment.read(again, from, "linearizable")).toBe("range");
        expect(await deployment.create(again, from)).toMatchObject({ outcome: "refused" });
      }
    });
  }
});

test("the order of the members ranks and is no other membership", async () => {
  const deployment = new Deployment();
  expect(await deployment.create(deployment.deploy(["weur", "enam", "apac"]), "weur")).toMatchObject({
    outcome: "put",
  });
  const turned = deployment.deploy(["apac", "weur", "enam"]);
  expect(await deployment.create(turned, "apac")).toMatchObject({ outcome: "refused" });
});

test("a part that lost its storage is told by the register", async () => {
  const deployment = new Deployment();
  const old = deployment.deploy(["weur"]);
  expect(await deployment.create(old, "weur")).toMatchObject({ outcome: "put" });
  await deployment.cluster.pass(5_000);
  deployment.wipe("acceptor weur");
  deployment.wipe("learner weur");
  const other = deployment.deploy(["weur", "enam", "apac"]);
  expect((await deployment.create(other, "weur")).outcome).toMatchObject({ code: "membership-mismatch" });
});

test("whoever asks with other members before the first use leaves nothing behind", async () => {
  const deployment = new Deployment();
  const wrong = deployment.deploy(["weur", "enam", "apac"]);
  // Of three all have to be up, and one is not.
  deployment.cluster.put("acceptor", "apac", () => new Promise(() => {}));
  expect((await deployment.create(wrong, "weur")).outcome).not.toBe("put");
  const right = deployment.deploy(["weur", "wnam", "oc"]);
  expect(await deployment.create(right, "oc")).toMatchObject({ outcome: "put" });
});
