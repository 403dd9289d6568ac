const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/;
const NO_TRACE = "0".repeat(32);

/** The trace that the caller's `traceparent` names (W3C Trace Context, 3.2); undefined where it names none. */
export function traceId(request: Request): string | undefined {
  const id = TRACEPARENT.exec(request.headers.get("traceparent") ?? "")?.[1];
  return id === NO_TRACE ? undefined : id;
}
