import { z } from "zod";
import { withGzipHeader } from "../../backup/gzip-header.ts";
import { needOverAll } from "../../policy/need.ts";
import { type BackupResume, backupCursorEncode } from "../backup-cursor.ts";
import { type BackupBlock, type BackupSource, backupBegin, backupGoOn } from "../backup-lines.ts";
import { coordinatorOf } from "../caller.ts";
import { permitted } from "../denied.ts";
import { BackupCursor, BackupSince, Consistency } from "../parameters.ts";
import { route } from "../route.ts";
import { IN_NAMESPACE } from "../schemas.ts";

export const backupRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/backup",
    operationId: "backup",
    summary: "All of a namespace at one revision, while writes go on",
    params: IN_NAMESPACE,
    query: z.strictObject({
      since: BackupSince.optional(),
      consistency: Consistency.optional(),
      cursor: BackupCursor.optional(),
    }),
    headers: z.object({}),
    responses: {
      200: {
        description:
          "synod-backup/1: a gzip file of JSON lines. With `cursor`, empty at first, one part of those lines, not " +
          "compressed, and the next part's cursor in `synod-cursor`, which is absent after the last",
        headers: { "synod-cursor": { description: "Where to go on", schema: { type: "string" } } },
        content: {
          "application/gzip": { schema: { type: "string", format: "binary" } },
          "application/x-ndjson": { schema: { type: "string" } },
        },
      },
    },
    problems: ["no-quorum", "compacted", "future-revision"],
  },
  async ({ context, params, query }, deps) => {
    const coordinator = coordinatorOf(context, deps, params.ns);
    await permitted(coordinator, [needOverAll("admin")]);
    const source: BackupSource = (question) => coordinator.backup(question);
    const { cursor } = query;
    if (cursor !== undefined && cursor !== "first") return partResponse(await backupGoOn(source, cursor));
    const block = await backupBegin(source, {
      namespace: params.ns,
      isLocal: query.consistency === "local",
      since: query.since,
      created: new Date((deps.now ?? Date.now)()).toISOString(),
    });
    return cursor === undefined ? fileResponse(source, block, params.ns) : partResponse(block);
  },
);

function partResponse({ text, next }: BackupBlock): Response {
  const headers = { "content-type": "application/x-ndjson", "cache-control": "no-store" };
  return new Response(text, {
    headers: { ...headers, ...(next === undefined ? {} : { "synod-cursor": backupCursorEncode(next) }) },
  });
}

function fileResponse(source: BackupSource, first: BackupBlock, namespace: string): Response {
  let next: BackupResume | undefined = first.next;
  const encoder = new TextEncoder();
  const lines = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(first.text)),
    async pull(controller) {
      if (next === undefined) return controller.close();
      const block = await backupGoOn(source, next);
      next = block.next;
      controller.enqueue(encoder.encode(block.text));
    },
  });
  const file = lines
    .pipeThrough(new CompressionStream("gzip") as TransformStream<Uint8Array, Uint8Array>)
    .pipeThrough(withGzipHeader());
  return new Response(file, {
    headers: {
      "content-type": "application/gzip",
      "content-disposition": `attachment; filename="${namespace}.synod-backup.gz"`,
      "cache-control": "no-store",
    },
  });
}
