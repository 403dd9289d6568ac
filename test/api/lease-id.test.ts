import { expect, test } from "vitest";
import { isLeaseId, LeaseIdText, leaseIdFrom } from "../../src/api/lease-id.ts";

test.each(["1", "42", "9223372036854775807"])("%s is a lease id", (text) => {
  expect(LeaseIdText.parse(text)).toBe(text);
});

test.each(["", "0", "01", "-1", "1.0", "x", "9223372036854775808", "99999999999999999999"])("%j is none", (text) => {
  expect(LeaseIdText.safeParse(text).success).toBe(false);
});

test.each([
  ["ffffffffffffffffffffffffffffffff", "9223372036854775807"],
  ["8000000000000000", "1"],
  ["00000000-0000-00ff-0000-000000000000", "255"],
  ["0123456789abcdef", "81985529216486895"],
])("%s makes the lease id %s", (random, id) => {
  expect(leaseIdFrom(random)).toBe(id);
  expect(isLeaseId(id)).toBe(true);
});
