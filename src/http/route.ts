import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { z } from "zod";
import { PROBLEMS, Problem, type ProblemCode } from "../api/problem.ts";
import type { AppDeps } from "./deps.ts";
import { checkedHeaders, checkedPath, checkedQuery } from "./validate.ts";

type Method = "get" | "put" | "post" | "delete";
type OpenApiRoute = Parameters<OpenAPIHono["openAPIRegistry"]["registerPath"]>[0];

/**
 * One route: what it takes and answers, once for validation and for `/openapi.json`.
 *
 * `{key}` at the end of a path takes all of the rest, slashes included.
 */
export interface RouteSpec<Params extends z.ZodObject, Query extends z.ZodObject, Headers extends z.ZodObject> {
  readonly method: Method;
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  /** A GET whose answer is no document has no HEAD. */
  readonly hasNoHead?: boolean;
  readonly params: Params;
  readonly query: Query;
  readonly headers: Headers;
  readonly body?: NonNullable<OpenApiRoute["request"]>["body"];
  readonly responses: OpenApiRoute["responses"];
  /** Problems that are not every route's. */
  readonly problems: readonly ProblemCode[];
}

/** A request whose parts have been checked. */
export interface Call<Params extends z.ZodObject, Query extends z.ZodObject, Headers extends z.ZodObject> {
  readonly context: Context;
  readonly request: Request;
  readonly params: z.output<Params>;
  readonly query: z.output<Query>;
  readonly headers: z.output<Headers>;
}

export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly hasNoHead: boolean;
  /** Matches the path as it stands in the URL, undecoded. */
  readonly pattern: RegExp;
  readonly openApi: OpenApiRoute;
  handle(context: Context, deps: AppDeps): Promise<Response>;
}

export function route<Params extends z.ZodObject, Query extends z.ZodObject, Headers extends z.ZodObject>(
  spec: RouteSpec<Params, Query, Headers>,
  handler: (call: Call<Params, Query, Headers>, deps: AppDeps) => Promise<Response> | Response,
): Route {
  const pattern = patternOf(spec.path);
  return {
    method: spec.method,
    path: spec.path,
    hasNoHead: spec.hasNoHead ?? false,
    pattern,
    openApi: openApiOf(spec),
    async handle(context, deps) {
      const request = context.req.raw;
      const raw = pattern.exec(rawPath(request))?.groups ?? {};
      const params = checkedPath(spec.params, raw);
      const query = checkedQuery(spec.query, request.url);
      const headers = checkedHeaders(spec.headers, request.headers);
      return handler({ context, request, params, query, headers }, deps);
    },
  };
}

/** The path as it stands in the URL. Decoding comes later, and byte for byte: keys need not be UTF-8. */
export function rawPath(request: Request): string {
  const start = request.url.indexOf("/", request.url.indexOf("://") + 3);
  const end = request.url.slice(start).search(/[?#]/);
  return end < 0 ? request.url.slice(start) : request.url.slice(start, start + end);
}

function patternOf(path: string): RegExp {
  const source = path
    .replaceAll(".", "\\.")
    .replace(/\{(\w+)\}/g, (_, name: string) => (name === "key" ? `(?<key>.*)` : `(?<${name}>[^/]+)`));
  return new RegExp(`^${source}$`);
}

/** The path in Hono's notation. */
export function honoPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => (name === "key" ? ":key{.*}" : `:${name}`));
}

const PROBLEM_CONTENT = { "application/problem+json": { schema: Problem } };

const EVERYWHERE: readonly ProblemCode[] = ["invalid-request", "unauthorized", "internal"];

function openApiOf(spec: RouteSpec<z.ZodObject, z.ZodObject, z.ZodObject>): OpenApiRoute {
  const { method, path, operationId, summary, params, query, headers, body, responses } = spec;
  const problems: Record<string, { description: string; content: typeof PROBLEM_CONTENT }> = {};
  for (const code of [...EVERYWHERE, ...spec.problems]) {
    const { status, title } = PROBLEMS[code];
    const others = problems[status] === undefined ? "" : `${problems[status].description}; `;
    problems[status] = { description: `${others}${code}: ${title}`, content: PROBLEM_CONTENT };
  }
  const request = { params, query, headers, ...(body === undefined ? {} : { body }) };
  return { method, path, operationId, summary, request, responses: { ...responses, ...problems } };
}
