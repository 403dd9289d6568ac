import { z } from "zod";
import type { KeyRange } from "../../api/key-range.ts";
import type { WatchEvent } from "../../api/key-value.ts";
import { PAGE_KEYS_DEFAULT } from "../../api/limits.ts";
import { keyToJson } from "../../api/readable.ts";
import { Transition } from "../../api/release.ts";
import { documentJson, TRANSITIONS } from "../../rollout/documents.ts";
import { isSystemKey, POLICY_PATH, SYSTEM_START, systemPath, systemRange } from "../../state/system-space.ts";
import { versionFirst } from "../../state/version.ts";
import { coordinatorOf } from "../caller.ts";
import { jsonResponse } from "../json.ts";
import { read, unexpected } from "../outcome.ts";
import { AuditCursor, Limit, Revision } from "../parameters.ts";
import { route } from "../route.ts";
import { IN_NAMESPACE, READ_HEADERS, READ_PROBLEMS } from "../schemas.ts";

/** What was changed: clients' keys; who may do what; a release's state, with what it was decided on; any document. */
const AUDIT_KINDS = ["keys", "access", "releases", "documents"] as const;
type AuditKind = (typeof AUDIT_KINDS)[number];

const RANGES: Readonly<Record<AuditKind, KeyRange>> = {
  keys: { key: Uint8Array.of(0), end: SYSTEM_START },
  access: systemRange(POLICY_PATH),
  releases: systemRange(TRANSITIONS),
  documents: systemRange(""),
};

const Change = z
  .object({
    revision: z.int(),
    type: z.enum(["put", "delete"]),
    kind: z.enum(AUDIT_KINDS),
    key: z.string().optional().meta({ description: "The key; absent where a document was changed" }),
    key_encoding: z.literal("base64").optional(),
    document: z.string().optional().meta({ description: "Its path, such as `policy/roles/app`" }),
    version: z.int().optional(),
    lease: z.string().optional(),
    actor: z.string().optional().meta({ description: "Who did it; absent where that is not known" }),
    time: z.iso.datetime().optional().meta({ description: "Of the router that took it; it orders nothing" }),
    transition: Transition.optional().meta({ description: "releases: from where to where, and on what evidence" }),
  })
  .meta({ id: "AuditChange", description: "A change, without its value" });

export const auditRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/audit",
    operationId: "audit",
    summary:
      "Who changed what and when, the oldest first: every change that is kept, of keys and of documents. Compaction " +
      "forgets those below its revision",
    params: IN_NAMESPACE,
    query: z.strictObject({
      actor: z
        .string()
        .min(1)
        .max(512)
        .optional()
        .meta({ description: "Only what this principal did, such as `token:abcdefghijkl`" }),
      kind: z.enum(AUDIT_KINDS).optional().meta({ description: "Only changes of these; documents: of any document" }),
      from: Revision.meta({
        description: "The first revision to tell; the oldest that is kept when absent",
      }).optional(),
      limit: Limit.meta({ description: "Changes in one page" }).optional(),
      cursor: AuditCursor.optional(),
    }),
    headers: z.object({}),
    responses: {
      200: {
        description:
          "One page; it may be empty and have a cursor, where none of those that were looked at were asked for",
        headers: READ_HEADERS,
        content: {
          "application/json": {
            schema: z.object({
              revision: z.int(),
              changes: z.array(Change),
              cursor: z.string().optional().meta({ description: "Where to go on; absent on the last page" }),
            }),
          },
        },
      },
    },
    problems: [...READ_PROBLEMS, "compacted", "too-large"],
  },
  async ({ context, params, query }, deps) => {
    const { actor, kind, from, limit = PAGE_KEYS_DEFAULT, cursor } = query;
    const first = cursor ?? (from === undefined ? undefined : versionFirst(from));
    const { result, headers } = await read(coordinatorOf(context, deps, params.ns), {
      query: {
        kind: "audit",
        limit,
        withValues: RANGES.releases,
        ...(first === undefined ? {} : { from: first }),
        ...(actor === undefined ? {} : { actor }),
        ...(kind === undefined ? {} : { range: RANGES[kind] }),
      },
      consistency: "linearizable",
    });
    if (result.kind !== "audit") throw unexpected(result);
    const { revision, changes, next } = result;
    const more = next === undefined ? {} : { cursor: `${next}` };
    return jsonResponse({ revision, changes: changes.map(changeJson), ...more }, headers);
  },
);

function changeJson({ kind: type, kv }: WatchEvent): z.input<typeof Change> {
  const { key, modRevision: revision, version, lease, actor, time } = kv;
  const path = isSystemKey(key) ? systemPath(key) : undefined;
  const kind = path === undefined ? "keys" : kindOf(path);
  const transition = kind === "releases" ? Transition.safeParse(documentJson(kv)).data : undefined;
  return {
    revision,
    type,
    kind,
    ...(path === undefined ? keyToJson(key) : { document: path }),
    ...(type === "put" ? { version } : {}),
    ...(lease === "0" ? {} : { lease }),
    ...(actor === undefined ? {} : { actor }),
    ...(time === undefined ? {} : { time: new Date(time).toISOString() }),
    ...(transition === undefined ? {} : { transition }),
  };
}

function kindOf(path: string): AuditKind {
  if (path.startsWith(POLICY_PATH)) return "access";
  return path.startsWith(TRANSITIONS) ? "releases" : "documents";
}
