import { z } from "zod";
import type { LeaseId } from "./key-value.ts";

/** The largest signed 64-bit integer. */
const LEASE_ID_MAX = 2n ** 63n - 1n;

export function isLeaseId(text: string): boolean {
  return /^[1-9]\d{0,18}$/.test(text) && BigInt(text) <= LEASE_ID_MAX;
}

/** A lease's id in JSON and URLs: decimal text, because JSON numbers are not exact beyond 2^53. */
export const LeaseIdText = z
  .string()
  .regex(/^[1-9]\d{0,18}$/, "a lease id is a whole number from 1 to 9223372036854775807, in quotes")
  .refine(isLeaseId, "a lease id is at most 9223372036854775807")
  .meta({ description: "A lease's id", example: "7587862094713" });

/** A lease id made of the random hexadecimal digits in `random`: 63 bits of the first 64. */
export function leaseIdFrom(random: string): LeaseId {
  const digits = random.replaceAll(/[^0-9a-f]/gi, "").slice(0, 16);
  return `${BigInt(`0x${digits}`) & LEASE_ID_MAX || 1n}`;
}
