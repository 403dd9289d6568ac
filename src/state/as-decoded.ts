const LONE_SURROGATE = /\p{Surrogate}/u;
const BYTE_ORDER_MARK = "\ufeff";

/**
 * `value` as it comes out of MessagePack, without encoding it: what is undefined is left out, and every list and object
 * is a new one. Undefined where it holds anything that may come out as something else.
 */
export function asDecoded(value: unknown): unknown {
  if (typeof value === "boolean" || value === null) return value;
  if (typeof value === "number") return Number.isSafeInteger(value) && !Object.is(value, -0) ? value : undefined;
  // A decoder drops a byte order mark, and replaces half a surrogate pair.
  if (typeof value === "string") {
    return value.startsWith(BYTE_ORDER_MARK) || LONE_SURROGATE.test(value) ? undefined : value;
  }
  return typeof value === "object" ? partsDecoded(value) : undefined;
}

function partsDecoded(value: object): unknown {
  switch (Object.getPrototypeOf(value)) {
    case Uint8Array.prototype:
      return value;
    case Array.prototype:
      return listDecoded(value as readonly unknown[]);
    case Object.prototype:
      return objectDecoded(value);
    default:
      return undefined;
  }
}

function listDecoded(list: readonly unknown[]): unknown[] | undefined {
  const decoded: unknown[] = [];
  for (const item of list) {
    const one = asDecoded(item);
    if (one === undefined) return undefined;
    decoded.push(one);
  }
  return decoded;
}

function objectDecoded(value: object): object | undefined {
  const decoded: Record<string, unknown> = {};
  for (const [name, held] of Object.entries(value)) {
    if (held === undefined) continue;
    const one = asDecoded(held);
    if (one === undefined || name === "__proto__" || asDecoded(name) === undefined) return undefined;
    decoded[name] = one;
  }
  return decoded;
}
