import { shareOf } from "../../api/cohort.ts";
import type { ReleaseAnswer } from "../../api/release-answer.ts";
import { etag } from "../etag.ts";
import { jsonResponse } from "../json.ts";
import type { AnswerHeaders } from "../outcome.ts";
import type { Loaded } from "./load.ts";

export function releaseJson({ release, step }: Loaded, headers: AnswerHeaders): ReleaseAnswer {
  return { ...release, step, share: shareOf(release), revision: Number(headers["synod-revision"] ?? step) };
}

export function releaseResponse(loaded: Loaded, headers: AnswerHeaders, status: 200 | 201 = 200): Response {
  return jsonResponse(releaseJson(loaded, headers), { ...headers, etag: etag(loaded.step) }, status);
}
