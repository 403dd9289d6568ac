/**
 * JSON as the native interface takes it. What two readers could understand differently is refused: an object with a
 * member given twice (RFC 8259, §4), and text that is not Unicode: a lone surrogate has no UTF-8, and all of them
 * would become one and the same key (RFC 8259, §8.2).
 */
export type JsonText =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "fault"; readonly code: "invalid-request" | "too-large"; readonly detail: string };

/** `depthMax`: how deep arrays and objects may be nested; checked before anything recursive walks through them. */
export function jsonTextParse(text: string, depthMax: number): JsonText {
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch {
    return { kind: "fault", code: "invalid-request", detail: "not JSON" };
  }
  const scan = new MemberScan(text, depthMax);
  return scan.fault() ?? { kind: "json", value };
}

type Fault = Extract<JsonText, { readonly kind: "fault" }>;

/** What `JSON.parse` lets pass without a word, found in text that is known to be JSON. */
class MemberScan {
  readonly #text: string;
  readonly #depthMax: number;
  /** Members seen of each object around here; null for an array. */
  readonly #open: (Set<string> | null)[] = [];

  constructor(text: string, depthMax: number) {
    this.#text = text;
    this.#depthMax = depthMax;
  }

  fault(): Fault | undefined {
    const stop = /["{}[\]]/g;
    for (let match = stop.exec(this.#text); match !== null; match = stop.exec(this.#text)) {
      const end = match[0] === '"' ? stringEnd(this.#text, match.index) : undefined;
      const fault = end === undefined ? this.#bracket(match[0]) : this.#string(match.index, end);
      if (fault !== undefined) return fault;
      stop.lastIndex = end ?? match.index + 1;
    }
    return undefined;
  }

  #bracket(bracket: string): Fault | undefined {
    if (bracket === "}" || bracket === "]") {
      this.#open.pop();
      return undefined;
    }
    if (this.#open.length === this.#depthMax) {
      return { kind: "fault", code: "too-large", detail: "nested too deeply" };
    }
    this.#open.push(bracket === "{" ? new Set() : null);
    return undefined;
  }

  #string(start: number, end: number): Fault | undefined {
    const written = this.#text.slice(start, end);
    const text = written.includes("\\") ? (JSON.parse(written) as string) : written.slice(1, -1);
    if (LONE_SURROGATE.test(text))
      return { kind: "fault", code: "invalid-request", detail: "a string is not Unicode text" };
    const members = this.#open.at(-1);
    if (members === undefined || members === null || !this.#isName(end)) return undefined;
    // Assigned to an object it would not be a member, so that schemas do not see it.
    if (text === "__proto__") return { kind: "fault", code: "invalid-request", detail: `no member is named ${text}` };
    if (members.has(text)) {
      const detail = `the member ${JSON.stringify(text.slice(0, NAME_CHARS_SHOWN))} is given more than once`;
      return { kind: "fault", code: "invalid-request", detail };
    }
    members.add(text);
    return undefined;
  }

  /** Whether a colon follows the string that ends here. */
  #isName(end: number): boolean {
    let at = end;
    while (SPACE.includes(this.#text.charAt(at)) && at < this.#text.length) at++;
    return this.#text.charAt(at) === ":";
  }
}

/** With the flag `u`, a pair is one character of another category. */
const LONE_SURROGATE = /\p{Surrogate}/u;
const SPACE = " \t\r\n";
const NAME_CHARS_SHOWN = 64;

/** After the closing quote: the first that an even number of backslashes stands before. */
function stringEnd(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text.charAt(at - 1 - backslashes) === "\\") backslashes++;
    if (backslashes % 2 === 0) return at + 1;
  }
  return text.length;
}
