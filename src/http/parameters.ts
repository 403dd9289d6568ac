import { z } from "zod";
import { base64urlDecode } from "../api/base64.ts";
import { byteStringBytes, utf8Decode } from "../api/bytes.ts";
import { cursorDecode } from "../api/cursor.ts";
import { jsonTextParse } from "../api/json-text.ts";
import { type BytesFault, keyFault, prefixFault, queueNameFault } from "../api/key.ts";
import {
  CONTENT_TYPE_BYTES_MAX,
  ETAGS_MAX,
  JSON_DEPTH_MAX,
  KEY_BYTES_MAX,
  LEASE_TTL_SECONDS_MAX,
  NAMESPACE_CHARS_MAX,
  PAGE_KEYS_DEFAULT,
  PAGE_KEYS_MAX,
  PAGE_LEASES_MAX,
  QUEUE_NAME_BYTES_MAX,
  REQUEST_ID_CHARS_MAX,
} from "../api/limits.ts";
import type { Json } from "../api/strategy.ts";
import { backupCursorDecode } from "./backup-cursor.ts";
import { etagsParse } from "./etag.ts";

/**
 * Schemas of what stands in paths, queries and headers. Their input is text (a byte string, see `bytes.ts`), their
 * output what the code works with. `/openapi.json` is made of the same schemas.
 */

/** Text that `parse` understands; `message` says what it should have been. */
function parsed<Output>(schema: z.ZodString, parse: (text: string) => Output | undefined, message: string) {
  return schema.transform((text, context): Output => {
    const output = parse(text);
    if (output !== undefined) return output;
    context.addIssue(message);
    return z.NEVER;
  });
}

/** The bytes of a byte string, unless `faultOf` finds fault with them. */
function bytesOf(faultOf: (bytes: Uint8Array) => BytesFault | undefined) {
  return z.string().transform((text, context): Uint8Array => {
    const bytes = byteStringBytes(text);
    const fault = faultOf(bytes);
    if (fault === undefined) return bytes;
    context.addIssue({ code: "custom", message: fault.message, params: { problem: fault.code } });
    return z.NEVER;
  });
}

function wholeNumber(text: string): number | undefined {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : undefined;
}

export const Namespace = z
  .string()
  .regex(
    new RegExp(`^[a-z0-9][a-z0-9._-]{0,${NAMESPACE_CHARS_MAX - 1}}$`),
    `1 to ${NAMESPACE_CHARS_MAX} of a-z 0-9 . _ - with a letter or digit first`,
  )
  .meta({ description: "The namespace: a store of its own, with its own revisions", example: "demo" });

export const Key = bytesOf(keyFault).meta({
  minLength: 1,
  maxLength: KEY_BYTES_MAX,
  description:
    "The key: all the rest of the path, percent-decoded byte for byte. Slashes may stand as they are; encode them " +
    "as %2F where the key has a part that is . or .., which URLs resolve away",
  example: "greeting",
});

export const QueueName = bytesOf(queueNameFault).meta({
  minLength: 1,
  maxLength: QUEUE_NAME_BYTES_MAX,
  description:
    "The name: one part of the path, percent-decoded byte for byte; a slash in it is %2F. As in etcd, a lock `a` is not " +
    "had while there is a place in line for one whose name begins with `a/`",
  example: "nightly",
});

export const FencingToken = parsed(
  z.string().regex(/^[1-9]\d{0,15}$/, "a token is a whole number"),
  wholeNumber,
  "too large",
).meta({ description: "The fencing token, as it was given out with the lock", example: "7" });

export const Prefix = bytesOf(prefixFault).meta({
  maxLength: KEY_BYTES_MAX,
  description: "Only keys that begin with it; empty means all",
  example: "config/",
});

export const Revision = parsed(
  z.string().regex(/^[1-9]\d{0,15}$/, "a revision is a whole number from 1 on"),
  wholeNumber,
  "too large",
).meta({ description: "A revision of the store" });

export const MinRevision = parsed(
  z.string().regex(/^\d{1,16}$/, "a revision is a whole number"),
  wholeNumber,
  "too large",
).meta({ description: "Answer from a state that is at least as new as this revision" });

export const Consistency = z.enum(["linearizable", "local"]).meta({
  description:
    "linearizable (the default) sees every write acknowledged before the read began; local answers from the nearest " +
    "region at once and says in synod-lag how old it may be",
});

export const Limit = parsed(
  z.string().regex(/^[1-9]\d{0,3}$/, `a whole number from 1 to ${PAGE_KEYS_MAX}`),
  (text) => (Number(text) <= PAGE_KEYS_MAX ? Number(text) : undefined),
  `a whole number from 1 to ${PAGE_KEYS_MAX}`,
).meta({ description: `Keys in one page: 1 to ${PAGE_KEYS_MAX}; ${PAGE_KEYS_DEFAULT} when not given` });

export const CursorText = parsed(z.string(), cursorDecode, "not a cursor of this list").meta({
  description: "The `cursor` of the page before; the pages are all read at one revision",
});

export const AuditCursor = parsed(z.string().regex(/^[1-9]\d{0,15}$/), wholeNumber, "not a cursor of the audit").meta({
  description: "The `cursor` of the page before",
});

export const BackupCursor = parsed(
  z.string(),
  (text) => (text === "" ? "first" : backupCursorDecode(text)),
  "not a cursor of a backup",
).meta({ description: "The `synod-cursor` of the part before; empty for the first part" });

export const BackupSince = parsed(z.string().regex(/^\d{1,16}$/), wholeNumber, "a revision").meta({
  description: "Only what changed after this revision: an increment to a backup that reaches it",
});

export const Flag = z
  .enum(["true", "false"])
  .transform((text) => text === "true")
  .meta({ description: "true or false" });

export const Etags = parsed(z.string(), etagsParse, `* or up to ${ETAGS_MAX} tags, each in double quotes`).meta({
  description: "Tags as they stand in ETag, or *; one that is not the key's names nothing, whoever made it",
  example: '"7"',
});

export const RequestId = z
  .string()
  .regex(
    new RegExp(`^[\\x20-\\x7e]{1,${REQUEST_ID_CHARS_MAX}}$`),
    `1 to ${REQUEST_ID_CHARS_MAX} printable ASCII characters`,
  )
  .meta({ description: "Names this write: a repeat changes nothing and gets the first answer again" });

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

/** RFC 9110, §8.3.1; parameters are taken as they come, so long as they are printable. */
export const ContentType = z
  .string()
  .max(CONTENT_TYPE_BYTES_MAX, `at most ${CONTENT_TYPE_BYTES_MAX} characters`)
  .regex(new RegExp(`^${TOKEN}/${TOKEN}\\s*(;[\\x20-\\x7e]*)?$`), "a media type, such as text/plain")
  .meta({ description: "Stored with the value and served with it", example: "text/plain" });

/** An id that is not one of this server's says nothing of where to go on. */
export const LastEventId = z
  .string()
  .transform((text) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined))
  .meta({
    description:
      "Event streams: the last `id` that arrived; the stream goes on after it, whatever `from` says. One that is " +
      "empty, or no id of this server's, is as none",
  });

export const Before = parsed(
  z.string().regex(/^[1-9]\d{0,15}$/, "a revision is a whole number from 1 on"),
  wholeNumber,
  "too large",
).meta({ description: "Only versions older than this revision" });

/** Long polls are cut off by what lies between, many after a minute. */
const WAIT_MS_MAX = 60_000;
const WAIT_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

export const Wait = parsed(
  z.string(),
  (text) => {
    const [, number = "", unit = "s"] = /^(\d{1,6})(ms|s|m)?$/.exec(text) ?? [];
    const ms = Number(number) * (WAIT_UNITS[unit] ?? 0);
    return number !== "" && ms <= WAIT_MS_MAX ? ms : undefined;
  },
  "a time such as 30s or 1500ms, at most 60s",
).meta({ description: "Answer only when the key changes after `since`, or when this time is over", example: "30s" });

export const WaitMs = parsed(
  z.string().regex(/^\d{1,5}$/, "a whole number of milliseconds"),
  (text) => (Number(text) <= WAIT_MS_MAX ? Number(text) : undefined),
  `at most ${WAIT_MS_MAX} milliseconds`,
).meta({ description: "Milliseconds to wait in line for it: 0 to 60000; without it, it is had at once or not at all" });

export const Since = parsed(
  z.string().regex(/^\d{1,16}$/, "a revision is a whole number"),
  wholeNumber,
  "too large",
).meta({ description: "With wait: what changed after this revision counts; without it, what changes after now" });

export const Delimiter = z
  .string()
  .regex(/^.$/s, "one byte, such as /")
  .transform((text) => text.charCodeAt(0))
  .meta({
    description: "Ends the first part of a key after the prefix: only direct children are listed",
    example: "/",
  });

export const Ttl = parsed(
  z.string().regex(/^[1-9]\d{0,9}$/, "a whole number of seconds"),
  (text) => (Number(text) <= LEASE_TTL_SECONDS_MAX ? Number(text) : undefined),
  `at most ${LEASE_TTL_SECONDS_MAX} seconds`,
).meta({ description: "Seconds after which the key is deleted, by a lease of its own" });

export const PageLimit = parsed(
  z.string().regex(/^[1-9]\d{0,3}$/, `a whole number from 1 to ${PAGE_LEASES_MAX}`),
  (text) => (Number(text) <= PAGE_LEASES_MAX ? Number(text) : undefined),
  `a whole number from 1 to ${PAGE_LEASES_MAX}`,
).meta({ description: `How many in one page: 1 to ${PAGE_LEASES_MAX}, which it is when not given` });

export const KeyCursor = parsed(z.string().min(1), base64urlDecode, "not a cursor of this list").meta({
  description: "The `cursor` of the page before",
});

export const ReleaseId = z
  .string()
  .regex(/^r-[0-9a-f]{12}$/, "r- and 12 hex digits, as it was given")
  .meta({ description: "The release", example: "r-0123456789ab" });

const TARGET_CHARS_MAX = 256;
const CONTEXT_CHARS_MAX = 4_096;

/** Text of a byte string. */
function textOf(text: string): string | undefined {
  return utf8Decode(byteStringBytes(text));
}

export const TargetKey = parsed(z.string().min(1).max(TARGET_CHARS_MAX), textOf, "a target is text").meta({
  description: "OpenFeature's targetingKey: who asks. Releases show a target their values whole, or not at all",
  type: "string",
  example: "user-42",
});

export const TargetContext = parsed(
  z.string().max(CONTEXT_CHARS_MAX),
  (text): Readonly<Record<string, Json>> | undefined => {
    const json = jsonTextParse(textOf(text) ?? "", JSON_DEPTH_MAX);
    const isObject = json.kind === "json" && typeof json.value === "object" && json.value !== null;
    return isObject && !Array.isArray(json.value) ? (json.value as Readonly<Record<string, Json>>) : undefined;
  },
  "a JSON object with the target's attributes",
).meta({ description: 'Attributes of the target as JSON: `{"staff": true}`', type: "string" });
