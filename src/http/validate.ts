import type { z } from "zod";
import { percentDecode, queryParse } from "../api/percent.ts";
import { ProblemError } from "../api/problem.ts";

/** Where in a request something stands. */
export type Part = "path" | "query" | "header" | "body";

/** The first thing that `error` complains about, with its place. */
export function issueProblem(part: Part, error: z.ZodError): ProblemError {
  const [issue] = error.issues;
  const path = issue?.path.join(".") ?? "";
  if (issue?.code === "unrecognized_keys") {
    const parameter = [path, issue.keys[0]].filter(Boolean).join(".");
    return new ProblemError("invalid-request", `${part} ${parameter}: not known here`, { parameter });
  }
  const tooLong = part !== "body" && issue?.code === "too_big" && issue.origin === "string";
  const tooLarge = tooLong || (issue?.code === "custom" && issue.params?.["problem"] === "too-large");
  const place = path === "" ? part : `${part} ${path}`;
  const missing = issue?.code === "invalid_type" && issue.input === undefined && part !== "body";
  const detail = `${place}: ${missing ? "missing" : (issue?.message ?? "not valid")}`;
  return new ProblemError(tooLarge ? "too-large" : "invalid-request", detail, path === "" ? {} : { parameter: path });
}

function checked<Schema extends z.ZodType>(part: Part, schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw issueProblem(part, parsed.error);
}

const ofNothing = new WeakMap<z.ZodType, unknown>();

/** What a schema makes of an `input` in which nothing is given: always the same, so it is found out only once. */
function checkedNothing<Schema extends z.ZodType>(part: Part, schema: Schema, input: object): z.output<Schema> {
  const known = ofNothing.get(schema) as z.output<Schema> | undefined;
  if (known !== undefined) return known;
  const found = checked(part, schema, input);
  ofNothing.set(schema, Object.freeze(found));
  return found;
}

/** The named parts of a path, percent-decoded byte for byte; `raw` as they stand in the URL. */
export function checkedPath<Schema extends z.ZodType>(
  schema: Schema,
  raw: Readonly<Record<string, string>>,
): z.output<Schema> {
  const input = Object.entries(raw).map(([name, text]) => {
    const decoded = percentDecode(text);
    if (decoded !== undefined) return [name, decoded];
    throw new ProblemError("invalid-request", `path ${name}: a % must be followed by two hex digits`, {
      parameter: name,
    });
  });
  return checked("path", schema, Object.fromEntries(input));
}

/** The query of a URL. Parameters that the schema does not know are its business: ours are strict. */
export function checkedQuery<Schema extends z.ZodType>(schema: Schema, url: string): z.output<Schema> {
  const question = url.indexOf("?");
  if (question < 0) return checkedNothing("query", schema, {});
  return checked("query", schema, queryParse(url.slice(question + 1)));
}

/** Those headers that the schema names. */
export function checkedHeaders<Schema extends z.ZodObject>(schema: Schema, headers: Headers): z.output<Schema> {
  const input = Object.keys(schema.shape).map((name) => [name, headers.get(name) ?? undefined] as const);
  const isGiven = input.some(([, value]) => value !== undefined);
  return (isGiven ? checked : checkedNothing)("header", schema, Object.fromEntries(input));
}
