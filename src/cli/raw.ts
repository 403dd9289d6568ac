import { Caller, jsonTextCall } from "../client/caller.ts";
import { Session } from "../client/session.ts";
import { transportOver } from "../client/transport.ts";
import type { Row } from "./output.ts";
import type { Settings } from "./settings.ts";

/** A write whose body a person wrote, with the retries and the outcomes of every other. */
export async function requestRaw(
  { url, namespace, token, region, deadlineMs }: Settings,
  method: "PUT" | "POST",
  path: string,
  { json, requestId }: { readonly json: string; readonly requestId?: string | undefined },
): Promise<Row> {
  const transport = transportOver((input, init) => fetch(input, init), url, { namespace, token, region });
  const caller = new Caller(transport, new Session(), deadlineMs);
  const response = await caller.write({ ...jsonTextCall(method, path, json), requestId });
  return (await response.json()) as Row;
}
