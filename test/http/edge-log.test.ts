import { expect, test } from "vitest";
import type { LogLine } from "../../src/http/edge-log.ts";
import type { Coordinator } from "../../src/node/coordinate/coordinator.ts";
import { appSend } from "./app.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

interface Edge {
  readonly lines: LogLine[];
  now: number;
  readonly send: ReturnType<typeof appSend>;
}

function edgeOver(coordinator: Partial<Coordinator>): Edge {
  const edge: Edge = {
    lines: [],
    now: 0,
    send: appSend({
      coordinatorFor: () => coordinator as Coordinator,
      log: (line) => edge.lines.push(line),
      now: () => edge.now,
    }),
  };
  return edge;
}

const UNKNOWN: Partial<Coordinator> = {
  write: async () => ({ kind: "outcome-unknown", detail: "too few acceptors answered" }),
  read: async () => {
    throw new Error("broken");
  },
};

test("Each answer of class 5xx is one line, with its request id and trace, and without key, value or token", async () => {
  const { lines, send } = edgeOver(UNKNOWN);
  const headers = {
    traceparent: `00-${TRACE}-00f067aa0ba902b7-01`,
    "idempotency-key": "mine",
    authorization: "Bearer s3",
  };
  const response = await send("/v1/n/kv/s1", { method: "PUT", body: "s2", headers });
  expect(response.status).toBe(504);
  expect(response.headers.get("synod-trace-id")).toBe(TRACE);
  expect(lines).toEqual([
    expect.objectContaining({
      event: "problem",
      code: "outcome-unknown",
      status: 504,
      method: "PUT",
      route: "/v1/{ns}/kv/{key}",
      namespace: "n",
      request_id: "mine",
      trace_id: TRACE,
    }),
  ]);
  expect(JSON.stringify(lines)).not.toMatch(/s1|s2|s3/);
});

test("A bug is one line with the reference that the client was told, whichever interface it is met through", async () => {
  for (const [path, init] of [
    ["/v1/n/kv/k", {}],
    ["/v3/kv/range", { method: "POST", body: '{"key":"aw=="}' }],
  ] as const) {
    const { lines, send } = edgeOver(UNKNOWN);
    const response = await send(path, init);
    expect(response.status).toBe(500);
    const [line] = lines;
    expect(lines.length).toBe(1);
    expect(line).toMatchObject({ event: "internal", status: 500, error: "Error: broken" });
    expect(await response.text()).toContain(String(line?.["reference"]));
  }
});

test("Answers below 500 are no lines", async () => {
  const { lines, send } = edgeOver(UNKNOWN);
  expect((await send("/v1/n/kv/k", { method: "PATCH" })).status).toBe(405);
  expect(lines).toEqual([]);
});

test("Answers that deny are told as a sample, without what was sent", async () => {
  const lines: LogLine[] = [];
  const send = appSend({ token: "r00t", log: (line) => lines.push(line), now: () => 0 });
  for (let count = 0; count < 10; count++) {
    await send("/v1/n/kv/k", { headers: { authorization: "Bearer s3cret" } });
  }
  expect(lines.length).toBe(6);
  expect(lines[0]).toMatchObject({ level: "warn", event: "denied", code: "unauthorized", status: 401, namespace: "n" });
  expect(JSON.stringify(lines)).not.toContain("s3cret");
});

test("Lines of one code are bounded each minute, and the next minute tells how many were left out", async () => {
  const edge = edgeOver(UNKNOWN);
  for (let count = 0; count < 65; count++) await edge.send("/v1/n/kv/k", { method: "PUT", body: "v" });
  expect(edge.lines.length).toBe(60);
  edge.now = 60_000;
  await edge.send("/v1/n/kv/k", { method: "PUT", body: "v" });
  expect(edge.lines.at(-1)).toMatchObject({ suppressed: 5 });
});

test("A traceparent that is none names no trace", async () => {
  const { send } = edgeOver(UNKNOWN);
  for (const traceparent of ["x", `00-${"0".repeat(32)}-00f067aa0ba902b7-01`, `ff-${TRACE}-00f067aa0ba902b7-01`]) {
    const response = await send("/healthz", { headers: { traceparent } });
    expect(response.headers.get("synod-trace-id")).toBe(null);
    await response.body?.cancel();
  }
});
