/**
 * A message as it crosses: a copy, of plain data only. Bytes are never changed by anybody and are shared. Throws at
 * what the platform could not send, a getter for instance, which would be read after its turn.
 */
export function wireCopy<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (typeof value === "function" || typeof value === "symbol") throw new Error("a message carries a function");
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(copy);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new Error("a message carries an object of a class");
  const copied: Record<string, unknown> = {};
  for (const key in value) {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (descriptor?.get !== undefined) throw new Error(`a message carries a getter, ${key}`);
    copied[key] = copy(descriptor?.value);
  }
  return copied;
}
