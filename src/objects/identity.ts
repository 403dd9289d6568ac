import { type Address, addressParse, type Role } from "../network/address.ts";

/** Who an object is, by its name. Cloudflare changelog, 2026-03-15: `ctx.id.name` is there in alarms too. */
export function identityOf(role: Role, id: DurableObjectId): Address {
  const address = id.name === undefined ? undefined : addressParse(role, id.name);
  if (address === undefined) throw new Error(`a ${role} is made by its name, not as ${id.name ?? "an unnamed object"}`);
  return address;
}
