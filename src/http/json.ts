import type { AnswerHeaders } from "./outcome.ts";

/** JSON with a line end, for whoever reads it in a terminal. */
export function jsonResponse(body: unknown, headers: AnswerHeaders = {}, status: 200 | 201 | 503 = 200): Response {
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: {
      "content-type": "application/json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...headers,
    },
  });
}
