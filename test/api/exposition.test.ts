import { describe, expect, test } from "vitest";
import { expositionFormat, expositionText, type MetricFamily } from "../../src/api/exposition.ts";

const FAMILIES: readonly MetricFamily[] = [
  {
    name: "synod_reads_total",
    type: "counter",
    help: 'Reads, "quoted" and \\ more',
    samples: [{ labels: { namespace: 'a"b\\c\nd' }, value: 3 }],
  },
  { name: "synod_watchers", type: "gauge", help: "Watchers", samples: [{ labels: {}, value: 0.5 }] },
  {
    name: "synod_batch_commands",
    type: "histogram",
    help: "Commands",
    bounds: [1, 2.5],
    samples: [{ labels: { region: "oc" }, value: { counts: [2, 0, 1], sum: 11 } }],
  },
  { name: "synod_leader", type: "gauge", help: "Nobody leads", samples: [] },
];

describe("text", () => {
  test("of Prometheus escapes, and counts buckets up", () => {
    expect(expositionText(FAMILIES, "prometheus")).toBe(`# HELP synod_reads_total Reads, "quoted" and \\\\ more
# TYPE synod_reads_total counter
synod_reads_total{namespace="a\\"b\\\\c\\nd"} 3
# HELP synod_watchers Watchers
# TYPE synod_watchers gauge
synod_watchers 0.5
# HELP synod_batch_commands Commands
# TYPE synod_batch_commands histogram
synod_batch_commands_bucket{region="oc",le="1.0"} 2
synod_batch_commands_bucket{region="oc",le="2.5"} 2
synod_batch_commands_bucket{region="oc",le="+Inf"} 3
synod_batch_commands_sum{region="oc"} 11
synod_batch_commands_count{region="oc"} 3
`);
  });

  test("of OpenMetrics names a counter's family without the suffix, and ends with a mark", () => {
    const text = expositionText(FAMILIES, "openmetrics");
    expect(text).toContain("# TYPE synod_reads counter\nsynod_reads_total{");
    expect(text).toContain('# HELP synod_reads Reads, \\"quoted\\"');
    expect(text.endsWith("\n# EOF\n")).toBe(true);
  });
});

describe("the format", () => {
  test("is Prometheus's unless OpenMetrics is wanted more", () => {
    expect(expositionFormat(undefined)).toBe("prometheus");
    expect(expositionFormat("*/*")).toBe("prometheus");
    expect(expositionFormat("text/plain, application/openmetrics-text")).toBe("prometheus");
    expect(expositionFormat("application/openmetrics-text")).toBe("openmetrics");
    expect(expositionFormat("application/openmetrics-text;q=0.2,text/plain;q=0.5")).toBe("prometheus");
    expect(expositionFormat("application/openmetrics-text; version=2.0.0, */*;q=0.1")).toBe("prometheus");
  });

  test("is what Prometheus asks for", () => {
    const accept =
      "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    expect(expositionFormat(accept)).toBe("openmetrics");
  });
});
