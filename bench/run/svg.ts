/** The little of SVG that the plots need. Text is dark on a white ground, so that it reads on any page. */

export const INK = "#1f2328";
export const FAINT = "#d7dbe0";
export const GREY = "#6a737d";
/** Distinct for most kinds of colour blindness (Okabe and Ito). */
export const BLUE = "#0072b2";
export const ORANGE = "#d55e00";
export const GREEN = "#009e73";
export const PURPLE = "#aa4499";

type Attributes = Readonly<Record<string, string | number>>;

export function tag(name: string, attributes: Attributes, content = ""): string {
  const pairs = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === "number" ? Number(value.toFixed(2)) : value}"`,
  );
  return `<${name}${pairs.join("")}${content === "" ? "/>" : `>${content}</${name}>`}`;
}

export function text(x: number, y: number, content: string, more: Attributes = {}): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return tag("text", { x, y, fill: INK, ...more }, escaped);
}

export function line(x1: number, y1: number, x2: number, y2: number, stroke: string, more: Attributes = {}): string {
  return tag("line", { x1, y1, x2, y2, stroke, ...more });
}

export type Mark = "dot" | "ring" | "triangle" | "square" | "diamond" | "bar";

export function mark(kind: Mark, x: number, y: number, colour: string, size = 5): string {
  const hollow = { fill: "#ffffff", stroke: colour, "stroke-width": 1.6 };
  switch (kind) {
    case "dot":
      return tag("circle", { cx: x, cy: y, r: size, fill: colour });
    case "ring":
      return tag("circle", { cx: x, cy: y, r: size - 1, ...hollow });
    case "triangle":
      return tag("path", { d: `M${x} ${y - size}L${x + size} ${y + size - 1}H${x - size}Z`, ...hollow });
    case "square":
      return tag("rect", { x: x - size + 1, y: y - size + 1, width: 2 * size - 2, height: 2 * size - 2, ...hollow });
    case "diamond":
      return tag("path", { d: `M${x} ${y - size}L${x + size} ${y}L${x} ${y + size}L${x - size} ${y}Z`, ...hollow });
    case "bar":
      return line(x, y - size - 3, x, y + size + 3, colour, { "stroke-width": 2 });
  }
}

/** Marks with their names, in a row. */
export function legend(x: number, y: number, items: readonly (readonly [Mark, string, string])[]): string {
  let at = x;
  return items
    .map(([kind, colour, name]) => {
      const item = mark(kind, at, y, colour) + text(at + 12, y + 4, name);
      at += 34 + name.length * 6.4;
      return item;
    })
    .join("");
}

/** Round numbers from 0 to at least `most`. */
export function ticks(most: number, count = 6): number[] {
  const raw = most / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 2.5, 5, 10].find((one) => one * power >= raw) ?? 10) * power;
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step);
}

export function svg(width: number, height: number, title: string, content: readonly string[]): string {
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
    "font-family": "ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif",
    "font-size": 12,
  };
  const ground = tag("rect", { width, height, fill: "#ffffff", rx: 6 });
  return `${tag("svg", attributes, `\n${[tag("title", {}, title), ground, ...content].join("\n")}\n`)}\n`;
}
