import { z } from "zod";
import { jsonTextParse } from "./json-text.ts";
import { KeyFields, RangeFields, rangeBytes } from "./key-fields.ts";
import { JSON_DEPTH_MAX, WATCH_CONTROL_CHARS_MAX } from "./limits.ts";
import { ProblemError } from "./problem.ts";
import type { WatchQuery } from "./watch-query.ts";

/**
 * What a watcher may say on its socket, one JSON text per message:
 *
 * - `create` starts one more watch, whose frames carry its `id` as `watch`;
 * - `cancel` ends it, and only it;
 * - `telemetry` begins or ends a frame a second on how the parts of the namespace stand (`telemetry-frame.ts`);
 * - `ack` says back the `ack` of a frame, whichever watch it belongs to: it was taken (parsed, stored, passed on), and
 *   so was everything before it. Not every frame has one; one that has is to be acknowledged at once.
 *
 * Besides, `ping` in plain text is answered with `pong`, which says that the connection lives and nothing else. What is
 * none of these closes the socket.
 */

const WatchId = z.int().positive();

export const WatchCreate = z
  .strictObject({
    type: z.literal("create"),
    id: WatchId,
    ...RangeFields,
    key_encoding: KeyFields.key_encoding,
    from: z.int().positive().optional(),
    prev_kv: z.boolean().optional(),
    filter: z.enum(["noput", "nodelete"]).optional(),
    progress: z.boolean().optional(),
    resync: z.boolean().optional(),
  })
  .meta({ id: "WatchCreate" });
export const WatchCancel = z.strictObject({ type: z.literal("cancel"), id: WatchId }).meta({ id: "WatchCancel" });
export const WatchAck = z.strictObject({ type: z.literal("ack"), ack: z.string().min(1) }).meta({ id: "WatchAck" });

export const WatchTelemetry = z
  .strictObject({ type: z.literal("telemetry"), on: z.boolean() })
  .meta({ id: "WatchTelemetry" });

export const WatchControl = z
  .discriminatedUnion("type", [WatchCreate, WatchCancel, WatchAck, WatchTelemetry])
  .meta({ id: "WatchControl", description: "What a watcher may send on its WebSocket" });

export type WatchControlRead =
  | { readonly kind: "create"; readonly id: number; readonly request: WatchQuery }
  | { readonly kind: "cancel"; readonly id: number }
  | { readonly kind: "ack"; readonly token: string }
  | { readonly kind: "telemetry"; readonly on: boolean }
  | { readonly kind: "fault"; readonly detail: string };

export function watchControlAck(token: string): string {
  return JSON.stringify({ type: "ack", ack: token });
}

export function watchControlParse(text: string): WatchControlRead {
  if (text.length > WATCH_CONTROL_CHARS_MAX) return { kind: "fault", detail: "too long" };
  const control = parsed(text);
  if (control === undefined) return { kind: "fault", detail: "not a create, a cancel, an ack or a telemetry" };
  switch (control.type) {
    case "ack":
      return { kind: "ack", token: control.ack };
    case "telemetry":
      return { kind: "telemetry", on: control.on };
    case "cancel":
      return { kind: "cancel", id: control.id };
    case "create":
      return created(control);
  }
}

function parsed(text: string): z.infer<typeof WatchControl> | undefined {
  const json = jsonTextParse(text, JSON_DEPTH_MAX);
  return json.kind === "json" ? WatchControl.safeParse(json.value).data : undefined;
}

function created(control: z.infer<typeof WatchCreate>): WatchControlRead {
  const { id, from, filter, prev_kv: prevKv, progress, resync } = control;
  try {
    const request = {
      ...rangeBytes(control, "create"),
      from,
      prevKv,
      noPut: filter === "noput",
      noDelete: filter === "nodelete",
      progress,
      resync,
    };
    return { kind: "create", id, request };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { kind: "fault", detail: error.message };
  }
}
