import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Overlay } from "../../src/api/overlay.ts";
import { Fuse, isTrusted } from "../../src/client/fuse.ts";
import {
  type Batch,
  createSynod,
  type Pinned,
  type ReleaseDraft,
  type Synod,
  type View,
} from "../../src/client/index.ts";
import { DevServer } from "../e2e/server.ts";

// Nothing here depends on how long it takes; this limit ends what never comes.
vi.setConfig({ testTimeout: 300_000 });

let server: DevServer;
beforeAll(async () => {
  server = await DevServer.start();
});
afterAll(() => server.dispose());

const clients: Synod[] = [];
afterAll(() => Promise.all(clients.map((one) => one[Symbol.asyncDispose]())));

function fresh(region?: string): Synod {
  const synod = createSynod({ url: server.base }, { namespace: `t-${crypto.randomUUID()}`, region });
  clients.push(synod);
  return synod;
}

const TARGETS = Array.from({ length: 60 }, (_, index) => `target-${index}`);
const HALF = { stages: [{ share: 0.5, dwell_s: 3_600 }], bake_s: 3_600 };

/** Two keys that belong together, one that goes and one that comes. */
async function setUp(synod: Synod, strategy: ReleaseDraft["strategy"] = HALF) {
  await synod.kv.put("app/a", "old");
  await synod.kv.put("app/b", "old");
  await synod.kv.put("app/gone", "old");
  const changes = [
    { key: "app/a", value: "new" },
    { key: "app/b", value: "new" },
    { key: "app/gone", delete: true },
    { key: "app/made", value: { new: true } },
    { key: "elsewhere", value: "new" },
  ] as const;
  return synod.releases.create({ changes, strategy });
}

/** Whether a target sees the release. Throws where it sees a part of it. */
function isExposed(pinned: Pinned): boolean {
  const seen = [
    pinned.get("app/a") === "new",
    pinned.get("app/b") === "new",
    pinned.get("app/gone") === undefined,
    pinned.get("app/made") !== undefined,
    [...pinned.keys()].includes("app/made"),
    ![...pinned.keys()].includes("app/gone"),
  ];
  if (new Set(seen).size !== 1) throw new Error(`a release is seen in part: ${seen.join()}`);
  return seen[0] === true;
}

function exposedOf(view: View): readonly string[] {
  return TARGETS.filter((targetingKey) => isExposed(view.at({ targetingKey })));
}

async function until(view: View, is: () => boolean): Promise<void> {
  if (is()) return;
  await new Promise<void>((resolve) => {
    const stop = view.onChange(() => {
      if (!is()) return;
      stop();
      resolve();
    });
  });
}

test("a view shows each target what the service says that it sees, at every stage", async () => {
  const synod = fresh();
  const { id } = await setUp(synod, { ...HALF, stages: [...HALF.stages, { share: 0.9, dwell_s: 3_600 }] });
  using view = await synod.config.view("app/");
  expect(exposedOf(view)).toEqual([]);
  let before: readonly string[] = [];
  for (const move of [
    () => synod.releases.start(id),
    () => synod.releases.advance(id),
    () => synod.releases.advance(id),
  ]) {
    const { step } = await move();
    await until(view, () => view.revision >= step);
    const exposed = exposedOf(view);
    for (const target of TARGETS) {
      const effective = await synod.releases.effective("app/a", target, { at: view.revision });
      expect(effective.exposed, target).toBe(exposed.includes(target));
    }
    // Nobody leaves as it widens.
    expect(before.filter((target) => !exposed.includes(target))).toEqual([]);
    expect(exposed.length).toBeGreaterThan(before.length);
    before = exposed;
  }
  expect(before).toEqual(TARGETS);
});

test("its completion is seen with all its keys at once, and nobody goes back", async () => {
  const synod = fresh();
  const { id } = await setUp(synod, { stages: [{ share: 0.5, dwell_s: 0 }], bake_s: 0 });
  using view = await synod.config.view("app/");
  let most = 0;
  let last: Pinned | undefined;
  const stop = view.onChange((pinned) => {
    const now = exposedOf(view).length;
    expect(now).toBeGreaterThanOrEqual(most);
    most = now;
    last = pinned;
  });
  await synod.releases.start(id);
  await until(view, () => view.at().entry("app/made")?.version === 1);
  stop();
  expect(most).toBe(TARGETS.length);
  expect(isExposed(last as Pinned)).toBe(true);
  expect(view.at().releaseOf("app/a")).toBeUndefined();
});

test("a roll-back takes it from everybody; a view that is opened in the middle sees it like one that followed", async () => {
  const synod = fresh();
  using early = await synod.config.view("app/");
  const { id } = await setUp(synod);
  const { step } = await synod.releases.start(id);
  await until(early, () => early.revision >= step);
  using late = await synod.config.view("app/");
  using polled = await synod.config.view("app/", { maxAgeMs: 3_600_000 });
  expect(exposedOf(late)).toEqual(exposedOf(early));
  expect(exposedOf(polled)).toEqual(exposedOf(early));
  expect(exposedOf(late).length).toBeGreaterThan(0);
  const [target] = exposedOf(late);
  expect(late.at({ targetingKey: target }).releaseOf("app/a")).toBe(id);
  expect(late.at({ targetingKey: target }).releaseOf("app/c")).toBeUndefined();
  const back = await synod.releases.rollback(id);
  await until(late, () => late.revision >= back.step);
  await until(early, () => early.revision >= back.step);
  await polled.revalidate();
  for (const view of [late, early, polled]) expect(exposedOf(view)).toEqual([]);
});

test("stages by region and by segment are decided as the service decides them", async () => {
  const synod = fresh("oc");
  const segment = { "==": [{ var: "plan" }, "pro"] };
  const { id } = await setUp(synod, {
    stages: [
      { regions: ["oc"], dwell_s: 3_600 },
      { segment, dwell_s: 3_600 },
    ],
  });
  using view = await synod.config.view("app/");
  const contexts = [{}, { region: "weur" }, { region: "weur", plan: "pro" }, { region: "weur", plan: "free" }];
  const seen: boolean[][] = [];
  for (const move of [() => synod.releases.start(id), () => synod.releases.advance(id)]) {
    const { step } = await move();
    await until(view, () => view.revision >= step);
    const now = contexts.map((context) => isExposed(view.at({ ...context, targetingKey: "t" })));
    const told = contexts.map((context) => synod.releases.effective("app/b", "t", { context, at: view.revision }));
    expect((await Promise.all(told)).map(({ exposed }) => exposed)).toEqual(now);
    seen.push(now);
  }
  expect(seen).toEqual([
    [true, false, false, false],
    [true, false, true, false],
  ]);
});

test("a watch tells of releases in one order with the keys, from any revision", async () => {
  const synod = fresh();
  const { id, step } = await setUp(synod);
  await synod.releases.start(id);
  const other = await synod.kv.put("other", "1");
  const last = await synod.releases.rollback(id);
  const told: Batch[] = [];
  for await (const batch of synod.watch({ prefix: "app/" }, { from: 1, releases: true })) {
    told.push(batch);
    if (batch.revision >= last.step) break;
  }
  const revisions = told.map(({ revision }) => revision);
  expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
  expect(revisions).not.toContain(other.revision);
  const states = told.flatMap((batch) => (batch.kind === "events" ? (batch.releases ?? []) : []));
  expect(states.map(({ release }) => release.state)).toEqual(["validated", "staging", "rolled_back"]);
  expect(states[0]?.mod_revision).toBe(step);
  const keys = told.flatMap((batch) => (batch.kind === "events" ? batch.events.map(({ key }) => key) : []));
  expect(keys).toEqual(["app/a", "app/b", "app/gone"]);
});

describe("the fuse of a view", () => {
  const shown = (id: string, strategy: object): Overlay =>
    ({
      release: { id, strategy: { on_disconnect: "base", fuse_ms: 60_000, ...strategy } },
      step: 1,
      staged: [],
    }) as never;

  test("tells when a release is given up for want of news, and when it is trusted again", () => {
    vi.useFakeTimers();
    try {
      const all = [shown("a", {}), shown("b", { fuse_ms: 1_000 }), shown("c", { on_disconnect: "keep" })];
      let heardAt = Date.now();
      const told: string[] = [];
      const trusted = () => all.filter((one) => isTrusted(one, Date.now() - heardAt)).map(({ release }) => release.id);
      const fuse = new Fuse({
        shown: () => all,
        quietMs: () => Date.now() - heardAt,
        changed: () => told.push(trusted().join("")),
      });
      fuse.look();
      vi.advanceTimersByTime(20_000);
      // A shorter fuse than the time between two notices would burn for nothing.
      expect(told).toEqual([]);
      vi.advanceTimersByTime(20_000);
      expect([told, fuse.isBurnt]).toEqual([["ac"], true]);
      vi.advanceTimersByTime(30_000);
      expect(told).toEqual(["ac", "c"]);
      heardAt = Date.now();
      fuse.look();
      expect([told, fuse.isBurnt]).toEqual([["ac", "c", "abc"], false]);
      fuse.cancel();
      vi.advanceTimersByTime(100_000);
      expect(told.length).toBe(3);
    } finally {
      vi.useRealTimers();
    }
  });
});
