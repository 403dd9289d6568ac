import { expect, test } from "vitest";
import { PROBLEM_CODES } from "../../src/api/problem.ts";
import { appSend } from "./app.ts";

type Json = Readonly<Record<string, unknown>>;
interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly required?: boolean;
    readonly schema: Json;
  }[];
  readonly requestBody?: Json;
  readonly responses: Readonly<Record<string, Json>>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

async function document(dev = true): Promise<Document> {
  const response = await appSend(dev ? {} : { dev: undefined })("/openapi.json");
  expect(response.headers.get("content-type")).toBe("application/json");
  return (await response.json()) as Document;
}

test("it is OpenAPI 3.1 and lists every route", async () => {
  const { openapi, paths } = await document();
  expect(openapi).toBe("3.1.0");
  const routes = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method} ${path}`),
  );
  expect(routes.toSorted()).toEqual([
    "delete /dashboard/session",
    "delete /v1/{ns}/bindings/{name}",
    "delete /v1/{ns}/kv",
    "delete /v1/{ns}/kv/{key}",
    "delete /v1/{ns}/leases/{id}",
    "delete /v1/{ns}/locks/{name}/{token}",
    "delete /v1/{ns}/roles/{name}",
    "delete /v1/{ns}/schemas/{prefix}",
    "delete /v1/{ns}/strategies/{name}",
    "delete /v1/{ns}/tokens/{id}",
    "get /dashboard/session",
    "get /dev/network",
    "get /healthz",
    "get /metrics",
    "get /ofrep/v1/events",
    "get /problems/{code}",
    "get /v1",
    "get /v1/{ns}/audit",
    "get /v1/{ns}/backup",
    "get /v1/{ns}/bindings",
    "get /v1/{ns}/bindings/{name}",
    "get /v1/{ns}/effective/{key}",
    "get /v1/{ns}/health",
    "get /v1/{ns}/history/{key}",
    "get /v1/{ns}/kv",
    "get /v1/{ns}/kv/{key}",
    "get /v1/{ns}/leases",
    "get /v1/{ns}/leases/{id}",
    "get /v1/{ns}/locks/{name}",
    "get /v1/{ns}/metrics",
    "get /v1/{ns}/propose/{key}",
    "get /v1/{ns}/quotas",
    "get /v1/{ns}/releases",
    "get /v1/{ns}/releases/{id}",
    "get /v1/{ns}/releases/{id}/health",
    "get /v1/{ns}/releases/{id}/staged",
    "get /v1/{ns}/roles",
    "get /v1/{ns}/roles/{name}",
    "get /v1/{ns}/schemas",
    "get /v1/{ns}/schemas/{prefix}",
    "get /v1/{ns}/status",
    "get /v1/{ns}/strategies",
    "get /v1/{ns}/strategies/{name}",
    "get /v1/{ns}/tokens",
    "get /v1/{ns}/watch",
    "get /v1/{ns}/whoami",
    "post /dashboard/session",
    "post /ofrep/v1/evaluate/flags",
    "post /ofrep/v1/evaluate/flags/{key}",
    "post /v1/{ns}/access:explain",
    "post /v1/{ns}/compact",
    "post /v1/{ns}/leases",
    "post /v1/{ns}/leases/{id}/keep-alive",
    "post /v1/{ns}/level",
    "post /v1/{ns}/locks/{name}",
    "post /v1/{ns}/locks/{name}/{token}/keep-alive",
    "post /v1/{ns}/propose/{key}",
    "post /v1/{ns}/releases",
    "post /v1/{ns}/releases/{id}/signals",
    "post /v1/{ns}/releases/{id}/{action}",
    "post /v1/{ns}/releases:plan",
    "post /v1/{ns}/releases:report",
    "post /v1/{ns}/restore",
    "post /v1/{ns}/tickets",
    "post /v1/{ns}/tokens",
    "post /v1/{ns}/tokens/{id}/rotate",
    "post /v1/{ns}/txn",
    "put /dev/network",
    "put /v1/{ns}/bindings/{name}",
    "put /v1/{ns}/kv/{key}",
    "put /v1/{ns}/quotas",
    "put /v1/{ns}/roles/{name}",
    "put /v1/{ns}/schemas/{prefix}",
    "put /v1/{ns}/strategies/{name}",
  ]);
});

test("a deployment's does not mention the dev network", async () => {
  expect(Object.keys((await document(false)).paths)).not.toContain("/dev/network");
});

test("every parameter of a path is declared, every operation is named once and says how it fails", async () => {
  const { paths } = await document();
  const ids = new Set<string>();
  for (const [path, item] of Object.entries(paths)) {
    for (const { operationId, parameters = [], responses } of Object.values(item)) {
      expect(ids.has(operationId)).toBe(false);
      ids.add(operationId);
      const declared = parameters.filter((parameter) => parameter.in === "path" && parameter.required === true);
      const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      expect(declared.map(({ name }) => name).toSorted()).toEqual(named.map((name) => `${name}`).toSorted());
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(["400", "401", "500"]));
    }
  }
});

test("every reference leads somewhere", async () => {
  const whole = await document();
  const references = [...JSON.stringify(whole).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
  expect(references.length).toBeGreaterThan(10);
  for (const [, name = ""] of references) expect(whole.components.schemas[name]).toBeTypeOf("object");
});

test("it tells the limits that the routes keep", async () => {
  const { paths, components } = await document();
  const parameters = paths["/v1/{ns}/kv/{key}"]?.put?.parameters ?? [];
  const schemaOf = (name: string) => parameters.find((parameter) => parameter.name === name)?.schema;
  expect(schemaOf("key")).toMatchObject({ type: "string", minLength: 1, maxLength: 1024 });
  expect(schemaOf("ns")).toHaveProperty("pattern");
  expect(schemaOf("if-match")).toMatchObject({ type: "string" });
  expect(components.schemas.Problem).toMatchObject({ properties: { code: { enum: PROBLEM_CODES } } });
  expect(components.schemas.WatchFrame).toHaveProperty("oneOf");
});
