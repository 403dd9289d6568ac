import { describe, expect, test } from "vitest";
import type { ReleaseAnswer } from "../../src/api/release-answer.ts";
import { appSend, freshNamespace, problemOf } from "./app.ts";

const send = appSend();

const QUICK = { stages: [{ share: 0.5, dwell_s: 0.2 }], bake_s: 0.2 };
const SLOW = { stages: [{ share: 0.5, dwell_s: 3_600 }], bake_s: 3_600 };
/** Nothing here depends on how long it takes; this limit ends what never comes. */
const PATIENCE = { timeout: 600_000 };
const LOOK_MS = 100;

function post(path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return send(path, { method: "POST", headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

async function releaseOf(response: Response, status = 200): Promise<ReleaseAnswer> {
  const text = await response.text();
  expect(response.status, text).toBe(status);
  return JSON.parse(text) as ReleaseAnswer;
}

/** A namespace with keys, and how its releases are made and moved on. */
function releases() {
  const ns = freshNamespace();
  const at = `/v1/${ns}/releases`;
  return {
    ns,
    at,
    put: (key: string, value: string, headers: Readonly<Record<string, string>> = {}) =>
      send(`/v1/${ns}/kv/${encodeURIComponent(key)}`, { method: "PUT", body: value, headers }),
    value: async (key: string) => (await send(`/v1/${ns}/kv/${encodeURIComponent(key)}`)).text(),
    create: async (input: object) => releaseOf(await post(at, input), 201),
    get: async (id: string) => releaseOf(await send(`${at}/${id}`)),
    move: (release: { readonly id: string; readonly step: number }, action: string, body?: unknown) =>
      post(`${at}/${release.id}/${action}`, body, { "if-match": `"${release.step}"` }),
    until: async (id: string, ...states: readonly string[]): Promise<ReleaseAnswer> => {
      for (;;) {
        const release = await releaseOf(await send(`${at}/${id}`));
        if (states.includes(release.state)) return release;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    },
  };
}

describe("a release", PATIENCE, () => {
  test("takes its keys through its stages, by two learners, and writes them at one revision", async () => {
    const { ns, put, value, create, move, until } = releases();
    await put("limits/cpu", "1");
    await put("limits/old", "9");
    const changes = [
      { key: "limits/cpu", value: "2" },
      { key: "limits/old", delete: true },
    ];
    const made = await create({ changes, strategy: QUICK, note: "two cores for everybody" });
    expect(made).toMatchObject({ state: "validated", stage: null, author: "root", share: 0 });
    const started = await releaseOf(await move(made, "start"));
    expect(started).toMatchObject({ state: "staging", stage: 0, share: 0.5 });
    expect(await value("limits/cpu")).toBe("1");
    const ended = await until(made.id, "completed", "rolled_back", "conflicted");
    expect(ended.state).toBe("completed");
    expect(ended.last.by).toMatch(/^learner:/);
    expect(new Set(ended.last.evidence?.map(({ region }) => region)).size).toBe(2);
    expect(await value("limits/cpu")).toBe("2");
    const history = (await (await send(`/v1/${ns}/history/${encodeURIComponent("limits/old")}`)).json()) as {
      readonly versions: readonly { readonly mod_revision: number }[];
    };
    expect(history.versions[0]?.mod_revision).toBe(ended.step);
  });

  test("is planned without a trace: what differs, what to look at, how many targets see it", async () => {
    const { at, put, create } = releases();
    await put("a", "x".repeat(100));
    const plan = await post(`${at}:plan`, {
      changes: [{ key: "a", value: "x".repeat(300) }],
      strategy: SLOW,
      targets: Array.from({ length: 100 }, (_, index) => `t${index}`),
    });
    expect(await plan.json()).toMatchObject({
      diff: [{ key: "a", change: "update", before: { bytes: 100 }, after: { bytes: 300 } }],
      findings: [{ code: "doubled", severity: "warning" }],
      conflicts: [],
      stages: [{ stage: 0 }],
    });
    expect((await create({ changes: [{ key: "a", value: "y" }], strategy: SLOW })).state).toBe("validated");
  });

  test("holds its keys against other releases until it ends", async () => {
    const { at, create, move } = releases();
    const first = await create({ changes: [{ key: "a", value: "1" }], strategy: SLOW });
    const second = await post(at, { changes: [{ key: "a", value: "2" }], strategy: SLOW });
    expect(await problemOf(second, "release-in-progress")).toMatchObject({ release: first.id });
    await releaseOf(await move(first, "cancel"));
    expect((await create({ changes: [{ key: "a", value: "2" }], strategy: SLOW })).state).toBe("validated");
  });

  test("moves only from the step that is named, and a repeat of the request is answered like the first", async () => {
    const { at, create, move } = releases();
    const made = await create({ changes: [{ key: "a", value: "1" }], strategy: SLOW });
    await problemOf(await move({ ...made, step: made.step - 1 }, "start"), "precondition-failed");
    await problemOf(await post(`${at}/${made.id}/start`), "invalid-request");
    const headers = { "if-match": `"${made.step}"`, "idempotency-key": `start-${made.id}` };
    const once = await releaseOf(await post(`${at}/${made.id}/start`, {}, headers));
    const twice = await releaseOf(await post(`${at}/${made.id}/start`, {}, headers));
    expect([once.state, twice.state, twice.step]).toEqual(["staging", "staging", once.step]);
    await problemOf(await move(once, "start"), "release-state");
    // Nobody approves what is his own.
    await problemOf(await move(once, "approve"), "forbidden");
  });

  test("is withdrawn at any time without a step, and leaves the keys as they were", async () => {
    const { at, put, value, create, move } = releases();
    await put("a", "1");
    const made = await create({ changes: [{ key: "a", value: "2" }], strategy: SLOW });
    const started = await releaseOf(await move(made, "start"));
    const paused = await releaseOf(await move(started, "pause", { reason: "wait" }));
    expect([paused.state, paused.stage, paused.last.reason]).toEqual(["paused", 0, "wait"]);
    const resumed = await releaseOf(await move(paused, "resume"));
    expect(resumed.state).toBe("staging");
    const ended = await releaseOf(await post(`${at}/${made.id}/rollback`, { reason: "enough" }));
    expect([ended.state, await value("a")]).toEqual(["rolled_back", "1"]);
  });

  test("that is made by the same request twice is made once", async () => {
    const { at } = releases();
    const input = { changes: [{ key: "a", value: "1" }], strategy: SLOW };
    const headers = { "idempotency-key": "make-it" };
    const once = await releaseOf(await post(at, input, headers), 201);
    const twice = await releaseOf(await post(at, input, headers), 201);
    expect(twice.id).toBe(once.id);
  });

  test("that was completed is reverted by another, with what was there before", async () => {
    const { at, put, create, move, until, get } = releases();
    await put("a", "1");
    const made = await create({
      changes: [
        { key: "a", value: "2" },
        { key: "b", value: "new" },
      ],
      strategy: QUICK,
    });
    await releaseOf(await move(made, "start"));
    const ended = await until(made.id, "completed");
    const inverse = await releaseOf(await move(ended, "revert"));
    expect(inverse).toMatchObject({ state: "validated", reverts: made.id });
    expect(inverse.changes).toMatchObject([
      { key: "a", bytes: 1 },
      { key: "b", delete: true },
    ]);
    expect(await get(made.id)).toMatchObject({ state: "reverted", reverted_by: inverse.id });
    const listed = (await (await send(`${at}?state=active`)).json()) as { readonly releases: readonly ReleaseAnswer[] };
    expect(listed.releases.map(({ id }) => id)).toEqual([inverse.id]);
  });
});

describe("what targets see", PATIENCE, () => {
  test("a plain read sees the keys, and one for a target what the release shows it, whole or not at all", async () => {
    const { ns, put, value, create, move } = releases();
    await put("a", "old");
    await put("gone", "old");
    const changes = [
      { key: "a", value: "new" },
      { key: "gone", delete: true },
      { key: "fresh", value: "new" },
    ];
    const made = await create({ changes, strategy: SLOW });
    const started = await releaseOf(await move(made, "start"));
    const of = async (key: string, target: string) => {
      const response = await send(`/v1/${ns}/kv/${key}?target=${target}`);
      return `${response.status === 404 ? "none" : await response.text()} ${response.headers.get("synod-release")}`;
    };
    const seen = new Map<boolean, string>();
    for (let at = 0; seen.size < 2; at++) {
      const target = `user-${at}`;
      const told = (await (await send(`/v1/${ns}/effective/a?target=${target}`)).json()) as {
        readonly exposed: boolean;
      };
      const values = await Promise.all(["a", "gone", "fresh"].map((key) => of(key, target)));
      const [texts, releasesSeen] = [
        values.map((text) => text.split(" ")[0]),
        values.map((text) => text.split(" ").slice(1).join(" ")),
      ];
      expect(texts).toEqual(told.exposed ? ["new", "none", "new"] : ["old", "old", "none"]);
      expect(new Set(releasesSeen)).toEqual(new Set([`${made.id}; stage=0; exposed=${told.exposed}`]));
      seen.set(told.exposed, target);
    }
    expect(await value("a")).toBe("old");
    const exposed = seen.get(true) ?? "";
    const before = await send(`/v1/${ns}/effective/a?target=${exposed}&at=${made.step}`);
    expect(await before.json()).toMatchObject({ source: "base", value: "old" });
    const now = await send(`/v1/${ns}/effective/a?target=${exposed}&at=${started.step}`);
    expect(await now.json()).toMatchObject({ source: "staged", value: "new", release: { id: made.id, stage: 0 } });
  });

  test("a plain write to a key that is held is refused; by override it is made, and the release is in conflict", async () => {
    const { put, value, create, move, get } = releases();
    await put("a", "old");
    const made = await create({ changes: [{ key: "a", value: "new" }], strategy: SLOW });
    await releaseOf(await move(made, "start"));
    expect(await problemOf(await put("a", "mine"), "release-in-progress")).toMatchObject({ release: made.id });
    expect((await put("b", "free")).status).toBe(201);
    expect((await put("a", "mine", { "synod-override": "release" })).status).toBe(200);
    expect(await get(made.id)).toMatchObject({ state: "conflicted", conflict: "a" });
    expect(await value("a")).toBe("mine");
    expect((await put("a", "again")).status).toBe(200);
  });

  test("a plain write that a validator refuses is not made", async () => {
    const { ns, put } = releases();
    const validators = [{ kind: "json-schema", schema: { type: "integer" } }];
    const body = JSON.stringify({ validators });
    expect((await send(`/v1/${ns}/schemas/limits%2F`, { method: "PUT", body })).status).toBe(200);
    expect((await put("limits/cpu", "2")).status).toBe(201);
    await problemOf(await put("limits/cpu", "many"), "validation-failed");
    expect((await put("other", "many")).status).toBe(201);
  });
});

describe("health", PATIENCE, () => {
  const GUARDED = { ...SLOW, guards: [{ kind: "signal", name: "HighLatency" }] };

  test("Alertmanager's webhook withdraws a release that a guard names its alert in", async () => {
    const { at, create, move, until } = releases();
    const made = await create({ changes: [{ key: "a", value: "1" }], strategy: GUARDED });
    await releaseOf(await move(made, "start"));
    const alert = (status: string) => ({
      version: "4",
      groupKey: "{}",
      status,
      receiver: "synod",
      alerts: [
        {
          status,
          labels: { alertname: "HighLatency" },
          annotations: { summary: "p99 over 2 s" },
          startsAt: "2026-01-01T00:00:00Z",
        },
      ],
    });
    expect(await (await post(`${at}/${made.id}/signals`, alert("firing"))).json()).toMatchObject({
      firing: { HighLatency: "p99 over 2 s" },
    });
    const ended = await until(made.id, "rolled_back");
    expect(ended.last).toMatchObject({ kind: "rollback", reason: expect.stringContaining("p99 over 2 s") as string });
    expect(ended.last.evidence?.[0]?.verdicts).toMatchObject([{ guard: "signal:HighLatency", verdict: "worse" }]);
  });

  test("one client that cannot use a value withdraws the release, and its word is the evidence", async () => {
    const { ns, at, create, move, until } = releases();
    const made = await create({ changes: [{ key: "a", value: "{" }], strategy: SLOW });
    const started = await releaseOf(await move(made, "start"));
    const report = {
      client: "c1",
      applied: started.step,
      releases: [{ id: made.id, step: started.step, exposed: true, refused: "a: not JSON" }],
    };
    expect(await (await post(`/v1/${ns}/releases:report`, report)).json()).toEqual({ shown: [made.id] });
    const ended = await until(made.id, "rolled_back");
    expect(ended.last.reason).toContain("refusals is worse");
    const health = await (await send(`${at}/${made.id}/health`)).json();
    expect(health).toMatchObject({
      state: "rolled_back",
      transitions: [{ kind: "create" }, { kind: "validate" }, { kind: "start" }, { kind: "rollback" }],
    });
  });
});

describe("strategies and schemas", PATIENCE, () => {
  test("a strategy is kept by name, and presets are there", async () => {
    const { ns, create } = releases();
    const at = `/v1/${ns}/strategies`;
    expect((await send(`${at}/careful`, { method: "PUT", body: JSON.stringify(SLOW) })).status).toBe(200);
    const made = await create({ changes: [{ key: "a", value: "1" }], strategy: "careful" });
    expect(made).toMatchObject({ strategy_name: "careful", strategy: SLOW });
    const listed = (await (await send(at)).json()) as { readonly strategies: readonly { readonly name: string }[] };
    expect(listed.strategies.map(({ name }) => name)).toContain("Canary10Percent20Minutes");
    await problemOf(await send(`${at}/AllAtOnce`, { method: "PUT", body: JSON.stringify(SLOW) }), "invalid-request");
    await problemOf(await send(`${at}/none`), "not-found");
  });

  test("a schema refuses a release whose value does not fit, and an invariant a whole change", async () => {
    const { ns, at } = releases();
    const guard = (prefix: string, validators: readonly unknown[]) =>
      send(`/v1/${ns}/schemas/${encodeURIComponent(prefix)}`, { method: "PUT", body: JSON.stringify({ validators }) });
    expect((await guard("limits/", [{ kind: "json-schema", schema: { type: "integer", maximum: 8 } }])).status).toBe(
      200,
    );
    const sum = { "==": [{ "+": [{ var: "values.a" }, { var: "values.b" }] }, 100] };
    expect((await guard("weights/", [{ kind: "logic", logic: sum, message: "weights add to 100" }])).status).toBe(200);
    const refused = await post(at, { changes: [{ key: "limits/cpu", value: "9" }], strategy: SLOW });
    const { findings } = await problemOf(refused, "validation-failed");
    expect(findings).toMatchObject([{ code: "schema", key: "limits/cpu" }]);
    const weights = (a: string, b: string) => [
      { key: "weights/a", value: a },
      { key: "weights/b", value: b },
    ];
    await problemOf(await post(at, { changes: weights("60", "50"), strategy: SLOW }), "validation-failed");
    await releaseOf(await post(at, { changes: weights("60", "40"), strategy: SLOW }), 201);
    const remote = await guard("x/", [{ kind: "json-schema", schema: { $ref: "https://example.com/s.json" } }]);
    await problemOf(remote, "invalid-request");
  });
});
