import { isRegion, type Region, regionHosts } from "./region.ts";

/** Variables of a deployment: what each means, or one sentence that says what is wrong with it. */
export type Setting<T> =
  | { readonly kind: "ok"; readonly value: T }
  | { readonly kind: "fault"; readonly detail: string };

/** How much history a namespace keeps. */
export interface RetentionSetting {
  readonly revisions?: number | undefined;
  readonly seconds?: number | undefined;
}

const MEMBER_COUNTS = [1, 3, 5, 7];
const TOKEN_CHARS_MAX = 4_096;

function fault<T>(detail: string): Setting<T> {
  return { kind: "fault", detail };
}

/** `SYNOD_REGIONS`: the regions of the acceptors, comma-separated. */
export function regionsParse(text: string): Setting<readonly Region[]> {
  const names = text.split(",").map((name) => name.trim());
  const members = names.filter((name): name is Region => isRegion(name) && regionHosts(name));
  if (members.length !== names.length || new Set(members).size !== members.length) {
    return fault(`SYNOD_REGIONS names distinct regions that host objects, not "${text}"`);
  }
  if (!MEMBER_COUNTS.includes(members.length)) {
    return fault(`SYNOD_REGIONS names 1, 3, 5 or 7 regions, not ${members.length}`);
  }
  return { kind: "ok", value: members };
}

/** `SYNOD_RETENTION`: how much history namespaces keep, as JSON by name; `*` stands for all others. */
export function retentionParse(text: string): Setting<Readonly<Record<string, RetentionSetting>>> {
  const byName = objectParse(text);
  if (byName === undefined) {
    return fault(`SYNOD_RETENTION is a JSON object like {"*": {"revisions": 100000}}, not ${excerpt(text)}`);
  }
  for (const [name, kept] of Object.entries(byName)) {
    const detail = retentionFault(kept);
    if (detail !== undefined) return fault(`SYNOD_RETENTION: "${name}" ${detail}`);
  }
  return { kind: "ok", value: byName as Readonly<Record<string, RetentionSetting>> };
}

function objectParse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function retentionFault(kept: unknown): string | undefined {
  if (!isObject(kept)) return 'is not an object like {"revisions": 100000} or {"seconds": 604800}';
  for (const [member, value] of Object.entries(kept)) {
    if (member !== "revisions" && member !== "seconds") return `has "${member}"; it may have revisions and seconds`;
    if (typeof value !== "number" || !(value > 0)) return `needs a positive number as ${member}`;
    if (member === "revisions" && !Number.isSafeInteger(value)) return "needs a whole number of revisions";
  }
  return undefined;
}

const ROOT_TOKENS_MAX = 2;

/** `SYNOD_ROOT_TOKEN`: one token or two, comma-separated; what was not given is none. */
export function rootTokensParse(text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split(",");
}

/** `SYNOD_ROOT_TOKEN`: what is wrong with it; never a token itself. */
export function rootTokensFault(text: string): string | undefined {
  const tokens = rootTokensParse(text);
  if (tokens.length > ROOT_TOKENS_MAX) return `SYNOD_ROOT_TOKEN has more than ${ROOT_TOKENS_MAX} tokens`;
  return tokens.map(tokenFault).find((fault) => fault !== undefined);
}

/** What is wrong with a root token; never the token itself. */
export function tokenFault(token: string): string | undefined {
  if (token.startsWith("syn_")) return "SYNOD_ROOT_TOKEN begins with syn_, as API tokens do: choose another";
  if (token === "") return "SYNOD_ROOT_TOKEN is empty, so nobody could send it: unset it, or give it a value";
  if (!/^[\x21-\x7e]+$/.test(token)) {
    return "SYNOD_ROOT_TOKEN has a character that no Authorization header can carry: use visible ASCII without spaces";
  }
  if (token.length > TOKEN_CHARS_MAX)
    return `SYNOD_ROOT_TOKEN is longer than the ${TOKEN_CHARS_MAX} characters that a header may have`;
  return undefined;
}

function excerpt(text: string): string {
  return text.length > 40 ? `"${text.slice(0, 40)}…"` : `"${text}"`;
}
