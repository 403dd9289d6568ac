/** Starts that must not happen, and ends that must (B4 to B6). */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "../e2e/client.ts";
import { healthStatus, Launch } from "../e2e/launch.ts";
import { freePort } from "../free-port.ts";
import { type Attack, verdict } from "./attack.ts";
import { ask, forAll } from "./load.ts";
import { RawConnection } from "./raw.ts";

function stateFresh(): string {
  return mkdtempSync(join(tmpdir(), "synod-attack-"));
}

const SENSELESS = [
  { PORT: "http" },
  { SYNOD_REGIONS: "wnam,enam" },
  { SYNOD_RETENTION: "{" },
  { SYNOD_TOKEN: "two words" },
  { SYNOD_STATE: "/dev/null/x" },
];

/** B4, B6. Settings that make no sense, and a port that is taken. */
const refusals: Attack = {
  kind: "alone",
  name: "B4 settings that make no sense, a port and a state in use",
  async run() {
    const state = stateFresh();
    const port = await freePort();
    const first = new Launch({ port, state });
    await first.ready();
    const launches = [
      ...SENSELESS.map((env) => new Launch({ port: port + 1, state: stateFresh(), env })),
      new Launch({ port, state: stateFresh() }),
      new Launch({ port: await freePort(), state }),
    ];
    const codes = await Promise.all(launches.map(({ ended }) => ended));
    const lines = launches.map(({ output }) => output.trim().split("\n").length);
    const isServed = (await healthStatus(port)) === 200;
    await first.stop();
    rmSync(state, { recursive: true, force: true });
    return verdict(
      `exit ${codes.join(" ")}, lines ${lines.join(" ")}`,
      [codes.every((code) => code === 1 || code === 2), "not refused"],
      [lines.every((count) => count === 1), "not one line"],
      [isServed, "the first server was harmed"],
    );
  },
};

/** B5. A port that another's begins with. */
const portPrefix: Attack = {
  kind: "alone",
  name: "B5 a start on a port that another server's begins with",
  async run() {
    let long = await freePort();
    while (long < 10_240) long = await freePort();
    const first = new Launch({ port: long, state: stateFresh() });
    await first.ready();
    const second = new Launch({ port: Math.floor(long / 10), state: stateFresh() });
    await second.ready();
    const isServed = first.isRunning && (await healthStatus(long)) === 200;
    await Promise.all([first.stop(), second.stop()]);
    return verdict(isServed ? "both serve" : "the first is gone", [isServed, "the first server was harmed"]);
  },
};

/** B6. SIGTERM with streams open, and with leases that all end at once. */
const sigterm: Attack = {
  kind: "alone",
  name: "B6 SIGTERM with event streams and a backlog of leases",
  async run(scale) {
    const port = await freePort();
    const launch = new Launch({ port, state: stateFresh() });
    await launch.ready();
    const client = new Client(`http://127.0.0.1:${port}`, "ending");
    const streams: RawConnection[] = [];
    for (let index = 0; index < 50; index++) {
      const head = `GET /v1/ending/watch?prefix= HTTP/1.1\r\nHost: localhost:${port}\r\nAccept: text/event-stream\r\n\r\n`;
      streams.push(await RawConnection.open(port, head));
    }
    const leases = Array.from({ length: scale === "long" ? 3_000 : 300 });
    await forAll(leases, () => ask(client, "POST", "leases", { ttl: 2 }), 64);
    const startedAt = performance.now();
    launch.signal("SIGTERM");
    const code = await launch.ended;
    const seconds = (performance.now() - startedAt) / 1_000;
    const closed = streams.filter(({ isClosed }) => isClosed).length;
    return verdict(
      `exit ${code} after ${seconds.toFixed(1)} s, ${closed} of ${streams.length} streams closed`,
      [code === 0, `ended with ${code}`],
      [closed === streams.length, "streams were left open"],
      [(await healthStatus(port)) === undefined, "something still answers"],
    );
  },
};

export const START_ATTACKS: readonly Attack[] = [refusals, portPrefix, sigterm];
