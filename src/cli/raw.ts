import { Caller, jsonTextCall } from "../client/caller.ts";
import { Session } from "../client/session.ts";
import { type TransportRequest, transportOver } from "../client/transport.ts";
import type { Row } from "./output.ts";
import type { Settings } from "./settings.ts";

/** How long an answer that may be large is waited for. */
const READ_MS = 60_000;

/** A write whose body a person wrote, with the retries and the outcomes of every other. */
export async function requestRaw(
  { url, namespace, token, region, deadlineMs }: Settings,
  method: "PUT" | "POST",
  path: string,
  { json, requestId }: { readonly json: string; readonly requestId?: string | undefined },
): Promise<Row> {
  const caller = callerOf({ url, namespace, token, region, deadlineMs });
  const response = await caller.write({ ...jsonTextCall(method, path, json), requestId });
  return (await response.json()) as Row;
}

/** A read whose answer is no JSON. */
export function readRaw(
  settings: Settings,
  path: string,
  query: URLSearchParams,
  root?: TransportRequest["root"],
): Promise<Response> {
  const caller = callerOf({ ...settings, deadlineMs: settings.deadlineMs ?? READ_MS });
  return caller.read({ method: "GET", root, path, query: Object.fromEntries(query) });
}

function callerOf({ url, namespace, token, region, deadlineMs }: Omit<Settings, "output" | "yes">): Caller {
  const transport = transportOver((input, init) => fetch(input, init), url, { namespace, token, region });
  return new Caller(transport, new Session(), deadlineMs);
}

/** The JSON that is read at a path of the namespace, or of another root. */
export async function jsonAt(settings: Settings, path: string, root?: TransportRequest["root"]): Promise<Row> {
  return (await (await readRaw(settings, path, new URLSearchParams(), root)).json()) as Row;
}

/** Deletes what is at a path of the namespace. */
export async function deleteRaw(settings: Settings, path: string): Promise<Row> {
  return (await (await callerOf(settings).write({ method: "DELETE", path })).json()) as Row;
}
