import { entryDecode } from "../../src/state/entry.ts";

interface Line {
  readonly at: number;
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly body: unknown;
}

const TEXT_MAX = 420;

/** What happened, as a hash of all of it and the last lines in full. Lines are put into words only when asked for. */
export class Trace {
  readonly #lines: Line[] = [];
  readonly #linesMax: number;
  #next = 0;
  #hash = 0x811c9dc5;

  /** `linesMax`: how many lines are kept. */
  constructor(linesMax: number) {
    this.#linesMax = linesMax;
  }

  note(at: number, what: string, from: string, to = "", body?: unknown): void {
    this.#mix(at * 1024);
    this.#mixText(what);
    this.#mixText(from);
    this.#mixText(to);
    this.#lines[this.#next++ % this.#linesMax] = { at, what, from, to, body };
  }

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  get length(): number {
    return this.#next;
  }

  tail(): string {
    const first = Math.max(0, this.#next - this.#linesMax);
    const lines: string[] = [];
    for (let index = first; index < this.#next; index++) {
      const line = this.#lines[index % this.#linesMax];
      if (line !== undefined) lines.push(lineText(line));
    }
    return lines.join("\n");
  }

  #mix(number: number): void {
    this.#hash = Math.imul(this.#hash ^ (number | 0), 0x01000193);
  }

  #mixText(text: string): void {
    for (let index = 0; index < text.length; index++) this.#mix(text.charCodeAt(index));
  }
}

function lineText({ at, what, from, to, body }: Line): string {
  const head = `${(at / 1000).toFixed(4).padStart(9)} ${from}${to === "" ? "" : ` → ${to}`} ${what}`;
  if (body === undefined) return head;
  const text = wordsOf(body);
  return `${head} ${text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text}`;
}

/** JSON with ballots, bodies and bytes in a form that a person can read. */
export function wordsOf(value: unknown): string {
  return JSON.stringify(value, (key, one: unknown) => {
    if (key === "configuration") return undefined;
    if (one === Number.POSITIVE_INFINITY) return "closed";
    if (one instanceof Uint8Array) return key === "body" ? bodyWords(one) : new TextDecoder().decode(one);
    if (typeof one === "object" && one !== null && "n" in one && "proposer" in one) {
      return [one.n, one.proposer].join(".");
    }
    return one;
  })?.replaceAll('"', "");
}

function bodyWords(body: Uint8Array): string {
  const commands = entryDecode(body).commands.map((command) => `${command.id}@${command.birth} ${command.op.kind}`);
  return commands.length === 0 ? "NOOP" : commands.join(", ");
}
