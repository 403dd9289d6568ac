import {
  BLUE,
  FAINT,
  GREEN,
  GREY,
  INK,
  legend,
  line,
  type Mark,
  mark,
  ORANGE,
  PURPLE,
  svg,
  tag,
  text,
  ticks,
} from "../run/svg.ts";
import type { Contended } from "./contended.ts";
import { leaderBest, leaderMs, oneObjectMs, twoPhaseMs } from "./limit.ts";
import type { Lone } from "./lone.ts";
import type { WanResult } from "./result.ts";

const WIDTH = 960;
const LEFT = 84;
const RIGHT = 28;
const ROW = 22;

/** Both at the top: where each region stands. Below: what becomes of it when all write to one log. */
export function plot({ lone, contended }: WanResult): string {
  const leader = leaderBest();
  const content: string[] = [];
  let top = 34;
  if (lone !== undefined) {
    const rivals: readonly Rival[] = [
      ["triangle", ORANGE, "two-phase Paxos", (one) => twoPhaseMs(one.region)],
      ["square", GREEN, `leader in ${leader}`, (one) => leaderMs(one.region, leader)],
      ["diamond", PURPLE, "one object in enam", (one) => oneObjectMs(one.region)],
    ];
    content.push(
      legend(LEFT, top - 8, [
        ["dot", BLUE, "Synod, median"],
        ["ring", BLUE, "p99"],
        ["bar", INK, "physical limit"],
        ...rivals.map(([kind, colour, name]) => [kind, colour, name] as const),
      ]),
    );
    content.push(
      text(LEFT, top + 16, "All but Synod are computed from the same table of round trips.", { fill: GREY }),
    );
    content.push(dots(top + 56, "Lone writes, ms", lone.write, rivals));
    top += 56 + lone.write.length * ROW + 64;
    content.push(dots(top, "Lone linearizable reads, ms", lone.read, rivals.slice(1)));
    top += lone.read.length * ROW + 64;
  }
  if (contended.length > 0) {
    content.push(lines(top, contended));
    top += LINES_HEIGHT + 44;
  }
  return svg(WIDTH, top - 8, "Latency of Synod over wide-area distances", content);
}

type Rival = readonly [Mark, string, string, (one: Lone) => number];

/** A row for each region; distance from the left is time. */
function dots(top: number, title: string, all: readonly Lone[], rivals: readonly Rival[]): string {
  const most = Math.max(...all.flatMap((one) => [one.p99, ...rivals.map(([, , , of]) => of(one))]));
  const scale = ticks(most, 8);
  const x = (value: number) => LEFT + (value / (scale.at(-1) ?? 1)) * (WIDTH - LEFT - RIGHT);
  const bottom = top + all.length * ROW;
  const out = [text(LEFT, top - 10, title, { "font-weight": 600, "font-size": 13 })];
  for (const value of scale) {
    out.push(line(x(value), top, x(value), bottom, FAINT));
    out.push(text(x(value), bottom + 16, `${value}`, { "text-anchor": "middle", fill: GREY }));
  }
  for (const [index, one] of all.entries()) {
    const y = top + (index + 0.5) * ROW;
    out.push(text(LEFT - 12, y + 4, one.region, { "text-anchor": "end" }));
    out.push(line(x(one.p50), y, x(one.p99), y, BLUE, { "stroke-width": 1.2 }));
    for (const [kind, colour, , of] of rivals) out.push(mark(kind, x(of(one)), y, colour));
    out.push(mark("ring", x(one.p99), y, BLUE, 4.5));
    out.push(mark("bar", x(one.limitMs), y, INK, 4));
    out.push(mark("dot", x(one.p50), y, BLUE));
  }
  return out.join("\n");
}

const LINES_HEIGHT = 230;
/** Latencies range from one round trip to the deadline, so the axis is logarithmic. */
const LEVELS = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];
const MODES: Readonly<Record<string, readonly [Mark, string]>> = {
  "as shipped": ["dot", BLUE],
  "leader only": ["square", GREEN],
  "no leader": ["triangle", ORANGE],
};

/** Latency over the rate of writes, one line for each mode: the median whole, the p99 dashed. */
function lines(top: number, all: readonly Contended[]): string {
  const rates = [...new Set(all.map((one) => one.rate))].sort((a, b) => a - b);
  const most = Math.max(...all.map((one) => one.p99));
  const least = Math.min(...all.map((one) => one.p50));
  const below = LEVELS.findLastIndex((level) => level <= least);
  const above = LEVELS.findIndex((level) => level >= most);
  const scale = LEVELS.slice(Math.max(0, below), above < 0 ? undefined : above + 1);
  const from = Math.log(scale[0] ?? 1);
  const decades = Math.log(scale.at(-1) ?? 10) - from;
  const bottom = top + LINES_HEIGHT;
  const x = (rate: number) => LEFT + ((rates.indexOf(rate) + 0.5) / rates.length) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => bottom - ((Math.log(Math.max(value, 1)) - from) / decades) * LINES_HEIGHT;
  const title = "All ten regions write to one log, ms: median whole, p99 dashed";
  const out = [text(LEFT, top - 10, title, { "font-weight": 600, "font-size": 13 })];
  for (const value of scale) {
    out.push(line(LEFT, y(value), WIDTH - RIGHT, y(value), FAINT));
    out.push(text(LEFT - 12, y(value) + 4, `${value}`, { "text-anchor": "end", fill: GREY }));
  }
  for (const rate of rates) {
    out.push(text(x(rate), bottom + 18, `${rate} writes/s`, { "text-anchor": "middle", fill: GREY }));
  }
  const modes = [...new Set(all.map((one) => one.mode))];
  const items: (readonly [Mark, string, string])[] = [];
  for (const mode of modes) {
    const [kind, colour] = MODES[mode] ?? ["ring", GREY];
    items.push([kind, colour, mode]);
    for (const [key, dash] of [
      ["p50", "none"],
      ["p99", "5 4"],
    ] as const) {
      const points = all.filter((one) => one.mode === mode);
      const path = points.map(
        (one, index) => `${index === 0 ? "M" : "L"}${x(one.rate).toFixed(1)} ${y(one[key]).toFixed(1)}`,
      );
      out.push(
        tag("path", { d: path.join(""), fill: "none", stroke: colour, "stroke-width": 1.8, "stroke-dasharray": dash }),
      );
      for (const one of points) out.push(mark(kind, x(one.rate), y(one[key]), colour, 4.5));
    }
  }
  out.push(legend(WIDTH - RIGHT - 300, top - 14, items));
  return out.join("\n");
}
