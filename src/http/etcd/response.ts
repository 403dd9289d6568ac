/** What etcd sends with everything. */
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "POST, GET, OPTIONS, PUT, DELETE",
  "access-control-allow-headers": "accept, content-type, authorization, synod-namespace",
};

/** Copied by each answer, which is quicker than to read them from an object of strings. */
const JSON_HEADERS = new Headers({ ...CORS, "content-type": "application/json" });

/** Any answer of the gateway's. Its headers are complete from the start: to set them later costs more. */
export function gatewayResponse(
  body: string | null,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(body, { status, headers: { ...CORS, ...headers } });
}

export function jsonResponse(body: object, status: number): Response {
  return new Response(JSON.stringify(body), { status, headers: JSON_HEADERS });
}

/** An answer that goes on: a JSON text a line. */
export function linesResponse(body: ReadableStream<Uint8Array>): Response {
  return new Response(body, { headers: JSON_HEADERS });
}
