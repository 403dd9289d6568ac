/** The text formats in which Prometheus and its like read metrics. */

export type MetricType = "counter" | "gauge" | "histogram";

export type Labels = Readonly<Record<string, string>>;

/** One series' value. A histogram's has how many observations fell into each bucket, those of the smaller not counted. */
export type MetricValue = number | HistogramValue;

export interface HistogramValue {
  /** One for each of the family's bounds, and one for what is above the last. */
  readonly counts: readonly number[];
  readonly sum: number;
}

export interface Sample {
  readonly labels: Labels;
  readonly value: MetricValue;
}

export interface MetricFamily {
  /** A counter's ends in `_total`. */
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  /** Upper bounds of a histogram's buckets, ascending. */
  readonly bounds?: readonly number[] | undefined;
  readonly samples: readonly Sample[];
}

export type ExpositionFormat = "prometheus" | "openmetrics";

export const EXPOSITION_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** The format that an `Accept` header wants most; Prometheus's own where it does not say. */
export function expositionFormat(accept: string | undefined): ExpositionFormat {
  const weights = { openmetrics: 0, prometheus: 0 };
  for (const range of (accept ?? "").split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    const weight = quality === undefined ? 1 : Number(quality) || 0;
    const version = parameters.find((parameter) => parameter.startsWith("version="))?.slice(8);
    const isOpen = type === "application/openmetrics-text" && (version === undefined || version === "1.0.0");
    if (isOpen) weights.openmetrics = Math.max(weights.openmetrics, weight);
    else if (type === "text/plain" || type === "*/*") weights.prometheus = Math.max(weights.prometheus, weight);
  }
  return weights.openmetrics > weights.prometheus ? "openmetrics" : "prometheus";
}

export function expositionText(families: readonly MetricFamily[], format: ExpositionFormat): string {
  const lines = families.filter(({ samples }) => samples.length > 0).flatMap((family) => familyLines(family, format));
  return [...lines, ...(format === "openmetrics" ? ["# EOF"] : []), ""].join("\n");
}

function familyLines({ name, type, help, bounds, samples }: MetricFamily, format: ExpositionFormat): readonly string[] {
  // OpenMetrics names a family of counters without the suffix of its samples.
  const family = format === "openmetrics" && type === "counter" ? name.replace(/_total$/, "") : name;
  const head = [`# HELP ${family} ${escaped(help, format === "openmetrics")}`, `# TYPE ${family} ${type}`];
  return [...head, ...samples.flatMap(({ labels, value }) => sampleLines(name, labels, value, bounds ?? []))];
}

function sampleLines(name: string, labels: Labels, value: MetricValue, bounds: readonly number[]): readonly string[] {
  if (typeof value === "number") return [`${name}${labelText(labels)} ${numberText(value)}`];
  let total = 0;
  const buckets = value.counts.map((count, index) => {
    total += count;
    const bound = bounds[index] ?? Number.POSITIVE_INFINITY;
    return `${name}_bucket${labelText({ ...labels, le: boundText(bound) })} ${total}`;
  });
  const own = labelText(labels);
  return [...buckets, `${name}_sum${own} ${numberText(value.sum)}`, `${name}_count${own} ${total}`];
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value, true)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(text: string, withQuotes: boolean): string {
  const plain = text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return withQuotes ? plain.replaceAll('"', '\\"') : plain;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value) ? `${value}` : boundText(value);
}

/** OpenMetrics wants bounds as floats, and Prometheus takes them for the same bucket. */
function boundText(bound: number): string {
  if (!Number.isFinite(bound)) return bound > 0 ? "+Inf" : "-Inf";
  return Number.isInteger(bound) ? `${bound}.0` : `${bound}`;
}
