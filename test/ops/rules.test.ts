import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { COUNTED, ETCD_TWINS, GAUGES } from "../../src/node/metrics/catalogue.ts";
import { isInstalled, OPS, promtool } from "./tools.ts";

const WITHOUT_PROMTOOL = !isInstalled("promtool");
/** Where Debian's etcd-server keeps etcd's own alerts and panels. */
const MIXIN = process.env["ETCD_MIXIN"] ?? "/usr/share/doc/etcd-server/etcd-mixin/mixin.libsonnet.gz";

const SERVED: ReadonlySet<string> = new Set(
  [...Object.values(COUNTED), ...Object.values(GAUGES), ...Object.values(ETCD_TWINS)].flatMap(({ name, type }) =>
    type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
);

function read(name: string): string {
  return readFileSync(`${OPS}${name}`, "utf8");
}

/** The names of metrics that an expression, or a file of them, asks for. */
function metricsIn(text: string): readonly string[] {
  return [...new Set(text.match(/\b(?:synod|etcd)_\w+\b/g) ?? [])];
}

const alerts = [...read("alerts.yaml").matchAll(/- alert: (\w+)/g)].map(([, name]) => name ?? "");

describe("alerts", () => {
  test.skipIf(WITHOUT_PROMTOOL)("are rules that Prometheus takes", () => {
    expect(promtool(["check", "rules", "alerts.yaml"])).toContain("SUCCESS");
  });

  test.skipIf(WITHOUT_PROMTOOL)("fire at their times, and end with their cause", () => {
    expect(promtool(["test", "rules", "alerts.test.yaml"])).toContain("SUCCESS");
  });

  test("ask for metrics that are served", () => {
    expect(metricsIn(read("alerts.yaml")).filter((name) => !SERVED.has(name))).toEqual([]);
  });

  test("are each tested, and each in the runbook", () => {
    const tested = read("alerts.test.yaml");
    const sections = [...read("README.md").matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
    for (const name of alerts) {
      expect(tested).toContain(`alertname: ${name}`);
      expect(sections).toContain(name);
    }
  });
});

describe("panels", () => {
  test("ask for metrics that are served, each panel once", () => {
    const { panels } = JSON.parse(read("grafana.json")) as {
      panels: readonly { id: number; title: string; targets: readonly { expr: string }[] }[];
    };
    const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    expect(metricsIn(expressions.join("\n")).filter((name) => !SERVED.has(name))).toEqual([]);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  });

  test.skipIf(WITHOUT_PROMTOOL)("ask in Prometheus's language", () => {
    const { panels } = JSON.parse(read("grafana.json")) as {
      panels: readonly { targets: readonly { expr: string }[] }[];
    };
    const rules = panels
      .flatMap(({ targets }) => targets)
      .map(({ expr }, index) => {
        const plain = expr.replaceAll("$__rate_interval", "1m").replaceAll("$namespace", ".*");
        return `  - { record: "panel_${index}", expr: ${JSON.stringify(plain)} }`;
      });
    const folder = mkdtempSync(join(tmpdir(), "synod-panels-"));
    const file = join(folder, "panels.yaml");
    writeFileSync(file, `groups:\n- name: panels\n  rules:\n${rules.join("\n")}\n`);
    try {
      expect(promtool(["check", "rules", file])).toContain("SUCCESS");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("etcd's own alerts and panels", () => {
  test.skipIf(!existsSync(MIXIN))("find under etcd's names what means the same here", () => {
    const mixin = readFileSync(MIXIN);
    const text = MIXIN.endsWith(".gz") ? gunzipSync(mixin).toString() : mixin.toString();
    // The rest is of disks, of bytes on wires, and of etcd's HTTP and gRPC servers: nothing here has those.
    const asked = metricsIn(text).filter((name) => /^etcd_(?:server|mvcc|network_peer_round_trip)_/.test(name));
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((name) => !SERVED.has(name) && !SERVED.has(`${name}_bucket`))).toEqual([]);
  });
});
