import { utf8Encode } from "../../../api/bytes.ts";

/**
 * JSON as Go's encoding/json reads it: 64-bit numbers keep all their digits, several values may follow each other in
 * one text, and what is wrong is said in Go's words, which etcd passes on to its clients.
 */
export type GoJson =
  | { readonly kind: "null" }
  | { readonly kind: "bool"; readonly value: boolean }
  /** As it was written. */
  | { readonly kind: "number"; readonly text: string }
  /** `raw` is what stands between the quotes, escapes and all. */
  | { readonly kind: "string"; readonly text: string; readonly raw: string }
  | { readonly kind: "array"; readonly items: readonly GoJson[] }
  | { readonly kind: "object"; readonly fields: ReadonlyMap<string, GoJson> };

/** Go's message. `incomplete`: the text ended within a value, so more of it might help. */
export class GoJsonError extends Error {
  override readonly name = "GoJsonError";
  readonly incomplete: boolean;

  constructor(message: string, incomplete = false) {
    super(message);
    this.incomplete = incomplete;
  }
}

/** encoding/json allows as much. */
const DEPTH_MAX = 10_000;
/** Deeper than any request, and no danger to this parser's stack. */
const DEPTH_OURS_MAX = 500;

/** Sticky: each matches at `lastIndex` only. Made once, because a literal within a function is an object per call. */
const SPACE = /[ \t\r\n]*/y;
const HEX_DIGIT = /[0-9a-fA-F]/;
/** Anything but a quote, a backslash and control characters. */
const PLAIN = /[ !#-[\]-\uffff]*/y;
const MINUS = /-/y;
const WHOLE = /0|[1-9]\d*/y;
const POINT = /\./y;
const EXPONENT = /[eE][+-]?/y;
const DIGITS = /\d+/y;

const LITERALS = {
  true: { kind: "bool", value: true },
  false: { kind: "bool", value: false },
  null: { kind: "null" },
} as const;

/** The value that begins at or after `from`, and where it ends; undefined when nothing but white space is left. */
export function goJsonNext(text: string, from = 0): { readonly value: GoJson; readonly end: number } | undefined {
  const reader = new Reader(text, from, "unexpected EOF");
  reader.space();
  if (reader.at >= text.length) return undefined;
  const value = reader.value(0);
  return { value, end: reader.at };
}

/** A text that is one value, as `json.Unmarshal` takes it. It looks one space beyond the end, and its errors show it. */
export function goJsonWhole(text: string): GoJson {
  const reader = new Reader(`${text} `, 0, "unexpected end of JSON input");
  reader.space();
  const value = reader.value(0);
  reader.space();
  if (reader.at <= text.length) throw reader.wrong("after top-level value");
  return value;
}

class Reader {
  at: number;
  readonly #text: string;
  readonly #atEnd: string;

  constructor(text: string, at: number, atEnd: string) {
    this.#text = text;
    this.at = at;
    this.#atEnd = atEnd;
  }

  space(): void {
    this.#skip(SPACE);
  }

  value(depth: number): GoJson {
    if (depth > DEPTH_OURS_MAX) throw new GoJsonError(`exceeded max depth of ${DEPTH_MAX}`);
    const first = this.#peek();
    if (first === "{") return this.#object(depth);
    if (first === "[") return this.#array(depth);
    if (first === '"') return this.#string();
    if (first === "-" || (first >= "0" && first <= "9")) return this.#number();
    if (first === "t") return this.#literal("true");
    if (first === "f") return this.#literal("false");
    if (first === "n") return this.#literal("null");
    throw this.wrong("looking for beginning of value");
  }

  /** The error that the next character is; the end of the text is another. */
  wrong(context: string): GoJsonError {
    if (this.at >= this.#text.length) return new GoJsonError(this.#atEnd, true);
    return new GoJsonError(`invalid character ${quoted(this.#text, this.at)} ${context}`);
  }

  /** "" at the end of the text. */
  #peek(): string {
    return this.#text.charAt(this.at);
  }

  /** Goes past what `pattern` finds here; whether it found anything, be it nothing. */
  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const isFound = pattern.test(this.#text);
    if (isFound) this.at = pattern.lastIndex;
    return isFound;
  }

  #object(depth: number): GoJson {
    const fields = new Map<string, GoJson>();
    this.at++;
    this.space();
    if (this.#peek() === "}") return this.#ended({ kind: "object", fields });
    for (;;) {
      this.space();
      if (this.#peek() !== '"') throw this.wrong("looking for beginning of object key string");
      const name = this.#string().text;
      this.space();
      if (this.#peek() !== ":") throw this.wrong("after object key");
      this.at++;
      this.space();
      fields.set(name, this.value(depth + 1));
      this.space();
      if (this.#peek() === "}") return this.#ended({ kind: "object", fields });
      if (this.#peek() !== ",") throw this.wrong("after object key:value pair");
      this.at++;
    }
  }

  #array(depth: number): GoJson {
    const items: GoJson[] = [];
    this.at++;
    this.space();
    if (this.#peek() === "]") return this.#ended({ kind: "array", items });
    for (;;) {
      this.space();
      items.push(this.value(depth + 1));
      this.space();
      if (this.#peek() === "]") return this.#ended({ kind: "array", items });
      if (this.#peek() !== ",") throw this.wrong("after array element");
      this.at++;
    }
  }

  #ended(value: GoJson): GoJson {
    this.at++;
    return value;
  }

  #string(): { readonly kind: "string"; readonly text: string; readonly raw: string } {
    const start = ++this.at;
    let escaped = false;
    for (;;) {
      this.#skip(PLAIN);
      const next = this.#peek();
      if (next === '"') break;
      if (next !== "\\") throw this.wrong("in string literal");
      escaped = true;
      this.#escape();
    }
    const raw = this.#text.slice(start, this.at++);
    return { kind: "string", raw, text: escaped ? String(JSON.parse(`"${raw}"`)) : raw };
  }

  #escape(): void {
    this.at++;
    const letter = this.#peek();
    if (letter === "" || !'"\\/bfnrtu'.includes(letter)) throw this.wrong("in string escape code");
    this.at++;
    if (letter !== "u") return;
    for (let digits = 0; digits < 4; digits++) {
      if (!HEX_DIGIT.test(this.#peek())) throw this.wrong("in \\u hexadecimal character escape");
      this.at++;
    }
  }

  #number(): GoJson {
    const start = this.at;
    this.#skip(MINUS);
    if (!this.#skip(WHOLE)) throw this.wrong("in numeric literal");
    if (this.#skip(POINT) && !this.#skip(DIGITS)) throw this.wrong("after decimal point in numeric literal");
    if (this.#skip(EXPONENT) && !this.#skip(DIGITS)) throw this.wrong("in exponent of numeric literal");
    return { kind: "number", text: this.#text.slice(start, this.at) };
  }

  #literal(word: keyof typeof LITERALS): GoJson {
    for (const letter of word) {
      if (this.#peek() !== letter) throw this.wrong(`in literal ${word} (expecting '${letter}')`);
      this.at++;
    }
    return LITERALS[word];
  }
}

/** A character as Go's `quoteChar` shows it; of one beyond ASCII, the first byte of its UTF-8, as Go reads bytes. */
function quoted(text: string, at: number): string {
  const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (char === "'") return "'\\''";
  if (char === '"') return "'\"'";
  const shown = goQuote(String.fromCharCode(utf8Encode(char)[0] ?? 0));
  return `'${shown.slice(1, -1)}'`;
}

const SHORT: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

/** Go's `strconv.Quote`, so far as it is needed: the printable, what has a short escape, and other control characters. */
export function goQuote(text: string): string {
  const inner = text.replace(/[^ !#-[\]-~\u0080-\uffff]/g, (char) => {
    return SHORT[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return `"${inner}"`;
}
