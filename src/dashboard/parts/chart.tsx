import "uplot/dist/uPlot.min.css";
import { useEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import { theme } from "../shell/theme.ts";

const SHOWN_SECONDS = 180;

export interface Line {
  readonly name: string;
  /** The custom property that it is drawn in. */
  readonly tone: string;
  readonly values: readonly number[];
}

interface Props {
  /** What it shows, for those who do not see it. */
  readonly label: string;
  readonly height: number;
  /** Seconds since 1970. */
  readonly at: readonly number[];
  readonly lines: readonly Line[];
}

/** Lines over time. */
export function Chart({ label, height, at, lines }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const scheme = theme.value;
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const made = plotMake(element, height, lines);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [scheme, height]);
  useEffect(() => {
    plot.current?.setData([[...at], ...lines.map(({ values }) => [...values])]);
  }, [at, scheme]);
  return <div ref={box} class="chart" role="img" aria-label={label} />;
}

function plotMake(element: HTMLElement, height: number, lines: readonly Line[]): UPlot {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const axis = {
    stroke: colour("soft"),
    grid: { stroke: colour("line"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui",
  };
  const series = lines.map(({ name, tone }) => ({
    label: name,
    stroke: colour(tone),
    width: 2,
    points: { show: false },
  }));
  const options: UPlot.Options = {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { range: (_plot, _low, high) => [high - SHOWN_SECONDS, high] },
      y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.1)] },
    },
    axes: [
      { ...axis, size: 22 },
      { ...axis, size: 38 },
    ],
    series: [{}, ...series],
  };
  return new UPlot(options, [[], ...lines.map(() => [])], element);
}
