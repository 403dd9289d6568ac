import { z } from "zod";
import { byteStringBytes, utf8Decode } from "../../api/bytes.ts";
import { FLAG_SET_DEFAULT, FLAG_SET_NAME, FLAG_SET_NAME_CHARS_MAX } from "../../api/flag-set-name.ts";
import { jsonTextParse } from "../../api/json-text.ts";
import { CONFIG_BYTES_MAX, JSON_DEPTH_MAX } from "../../api/limits.ts";
import { OfrepRequest } from "../../api/ofrep.ts";
import { ProblemError } from "../../api/problem.ts";
import type { FlagContext } from "../../flags/resolution.ts";
import { bodyBytes } from "../body.ts";
import { Namespace } from "../parameters.ts";
import { issueProblem } from "../validate.ts";
import type { FlagSetPlace } from "./flag-set-read.ts";

/** The namespace that OFREP's clients and etcd's use unless they say otherwise. */
const NAMESPACE_DEFAULT = "default";

export const FlagSetName = z
  .string()
  .regex(FLAG_SET_NAME, `1 to ${FLAG_SET_NAME_CHARS_MAX} of A-Z a-z 0-9 . _ - with a letter or digit first`)
  .meta({ description: "The flag set: `default` is the value of the key flags/default", example: "default" });

export const FlagKey = z
  .string()
  .transform((text, context): string => {
    const key = utf8Decode(byteStringBytes(text));
    if (key !== undefined) return key;
    context.addIssue("not UTF-8");
    return z.NEVER;
  })
  .meta({ description: "The flag's key: all the rest of the path, percent-decoded", example: "new-banner" });

/** Where the flag set of a request is. */
export const PLACE_HEADERS = {
  "synod-namespace": Namespace.optional(),
  "synod-flag-set": FlagSetName.optional(),
};

export function placeOf(headers: {
  readonly "synod-namespace"?: string | undefined;
  readonly "synod-flag-set"?: string | undefined;
}): FlagSetPlace {
  const { "synod-namespace": namespace = NAMESPACE_DEFAULT, "synod-flag-set": set = FLAG_SET_DEFAULT } = headers;
  return { namespace, set };
}

/** The evaluation context of a request. No body, or one without a context, is an empty context, as for flagd. */
export async function contextOf(request: Request): Promise<FlagContext> {
  const text = utf8Decode(await bodyBytes(request, CONFIG_BYTES_MAX));
  if (text === undefined) throw contextFault("the body is not UTF-8");
  if (text.trim() === "") return {};
  const json = jsonTextParse(text, JSON_DEPTH_MAX);
  if (json.kind === "fault") throw contextFault(`body: ${json.detail}`);
  const parsed = OfrepRequest.safeParse(json.value);
  if (parsed.success) return parsed.data.context ?? {};
  throw contextFault(issueProblem("body", parsed.error).message);
}

/** The parameter at fault, by which OFREP's INVALID_CONTEXT is told from other errors. */
export const CONTEXT_PARAMETER = "context";

function contextFault(detail: string): ProblemError {
  return new ProblemError("invalid-request", detail, { parameter: CONTEXT_PARAMETER });
}
