import { beforeAll, describe, expect, test, vi } from "vitest";
import { PLACES } from "../../src/http/etcd/gateway.ts";
import { ticketFor } from "../../src/http/ticket.ts";
import { appSend, freshNamespace } from "./app.ts";
import { type Answers, CREDENTIALS, type Credential, ETCD_TABLE, ROUTE_TABLE, type Row } from "./route-table.ts";

type Headers = Readonly<Record<string, string>>;

const ROOT = { authorization: "Bearer r00t" };
const send = appSend({
  token: "r00t",
  namespaces: async () => ({ names: [], more: false }),
  log: () => undefined,
});
const ns = freshNamespace();
const made = { ns, held: "", release: "" };
const sent = new Map<Credential | "root", Headers>([["root", ROOT]]);

async function json(path: string, body: object, method = "POST"): Promise<Readonly<Record<string, string>>> {
  const response = await send(`/v1/${ns}${path}`, { method, headers: ROOT, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  return response.json();
}

beforeAll(async () => {
  await send(`/v1/${ns}/kv/a`, { method: "PUT", body: "v", headers: ROOT });
  made.held = `${(await json("/locks/held?ttl=3600", {})).token}`;
  await json("/locks/led?ttl=3600", {});
  made.release = `${(await json("/releases", { changes: [{ key: "r", value: "1" }], strategy: "AllAtOnce" })).id}`;
  await json("/roles/little", { rules: [{ verbs: ["propose"], key: "elsewhere" }] }, "PUT");
  const bearer = async (grant: object) => ({ authorization: `Bearer ${(await json("/tokens", grant)).token}` });
  const until = Date.now() + 3_600_000;
  const ticket = ticketFor({ namespace: ns, caller: { kind: "root" }, verbs: ["read", "watch"], until }, ["r00t"]);
  const expired = await bearer({ roles: ["admin"], ttl_s: 1 });
  sent.set("none", {});
  sent.set("wrong", { authorization: "Bearer syn_abcdefgh_0123456789012345678901234567890123456789012" });
  sent.set("little", await bearer({ roles: ["little"] }));
  sent.set("ticket", { "sec-websocket-protocol": `synod.ticket.${ticket}` });
  sent.set("expired", expired);
  await vi.waitUntil(async () => (await send(`/v1/${ns}/whoami`, { headers: expired })).status === 401, 60_000);
});

/** The values that the table can only name. */
function filled(text: string, path: Row["path"] = {}): string {
  const values: Headers = { ...path, ...made };
  return text.replace(/\{(\w+)\}/g, (_, name: string) => filled(`${path[name] ?? values[name]}`));
}

async function answerTo(method: string, path: string, row: Row, credential: Credential | "root"): Promise<string> {
  const { body, query = "" } = row;
  const text = typeof body === "object" ? JSON.stringify(body) : body;
  const response = await send(filled(`${path}${query === "" ? "" : `?${query}`}`, row.path), {
    method: method.toUpperCase(),
    headers: { "synod-namespace": ns, ...row.headers, ...sent.get(credential) },
    ...(text === undefined ? {} : { body: text }),
  });
  const isStream = /^\/v3\/.*(?:watch|observe|keepalive)$/.test(path);
  if (isStream) return streamed(response.status, await firstLine(response));
  if (!response.ok) return failed(response.status, await response.text());
  await response.body?.cancel();
  return `${response.status}`;
}

async function firstLine(response: Response): Promise<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = (await reader?.read()) ?? {};
  await reader?.cancel();
  return value;
}

function failed(status: number, text: string): string {
  const { code, errorCode = code } = JSON.parse(text) as { readonly code?: string; readonly errorCode?: string };
  return `${status} ${errorCode}`;
}

/** A stream of etcd's begins with 200, and says in its first line what came of it. */
function streamed(status: number, line: string): string {
  interface Line {
    readonly error?: { readonly grpc_code: number; readonly http_code: number };
    readonly code?: number;
    readonly result?: { readonly canceled?: boolean };
  }
  const { error, result, code } = JSON.parse(line) as Line;
  if (code !== undefined) return `${status} ${code}`;
  if (error !== undefined) return `${error.http_code} ${error.grpc_code}`;
  return result?.canceled === true ? `${status} canceled` : `${status}`;
}

async function answersTo(method: string, path: string, row: Row): Promise<Answers> {
  const answers: Record<string, string> = {};
  for (const credential of CREDENTIALS) answers[credential] = await answerTo(method, path, row, credential);
  return answers as Answers;
}

describe("every route of /openapi.json", () => {
  test("is in the table, and the table has no other", async () => {
    const { paths } = (await (await send("/openapi.json")).json()) as {
      readonly paths: Readonly<Record<string, object>>;
    };
    const routes = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    expect(Object.keys(ROUTE_TABLE).toSorted()).toEqual(routes.toSorted());
  });

  test.each(Object.entries(ROUTE_TABLE))("%s lets in whom the table says", async (route, row) => {
    const [method = "", path = ""] = route.split(" ");
    expect(await answersTo(method, path, row)).toEqual(row.answers);
    // What is told to those that may not is told for that reason alone: root is let in with the same request.
    expect(await answerTo(method, path, row, "root")).not.toMatch(/^(?:400|401|403|405)/);
  });
});

describe("every path of etcd's gateway", () => {
  test("is in the table below each of its prefixes, and the table has no other", () => {
    const named = Object.keys(ETCD_TABLE);
    const bare: readonly string[] = named.filter((path) => path === "version" || path === "health");
    const below = named.filter((path) => !bare.includes(path));
    const paths = [
      ...bare.map((path) => `/${path}`),
      ...["v3", "v3beta", "v3alpha"].flatMap((prefix) => below.map((path) => `/${prefix}/${path}`)),
    ];
    expect(paths.toSorted()).toEqual([...PLACES.keys()].toSorted());
  });

  test.each(Object.entries(ETCD_TABLE))("%s lets in whom the table says", async (name, row) => {
    const path = PLACES.has(`/${name}`) ? `/${name}` : `/v3/${name}`;
    expect(await answersTo(row.body === undefined ? "GET" : "POST", path, row)).toEqual(row.answers);
  });
});
