import type { Random } from "../random.ts";
import { base64, chance, folderOf, intervalOf, keyOf, valueOf } from "./values.ts";
import type { World } from "./world.ts";

/** One request to both servers. */
export interface Asked {
  readonly method?: "GET" | "POST";
  /** Below /v3, or from the root. */
  readonly path: string;
  /** As it is sent, but for the ids of leases that a server chose. */
  readonly body: string;
}

type Fields = Record<string, unknown>;

/** So long that no lease runs out while a test runs. */
const TTL_SECONDS_MIN = 3_600;

export function askedOf(random: Random, world: World): Asked {
  const kind = random.next();
  if (kind < 0.27) return asked(random, "kv/put", put(random, world));
  if (kind < 0.52) return asked(random, "kv/range", range(random, world));
  if (kind < 0.74) return asked(random, "kv/txn", txnTop(random, world));
  if (kind < 0.81) return asked(random, "kv/deleterange", deleteRange(random));
  if (kind < 0.92) return lease(random, world);
  if (kind < 0.94) return asked(random, "kv/compaction", compaction(random, world));
  return mangled(random, world);
}

/** Dresses a request up in one of the ways in which JSON may say it. */
function asked(random: Random, path: string, fields: Fields): Asked {
  const prefix = random.pick(["v3", "v3", "v3beta"]);
  const dressed = chance(random, 0.05) ? { ...fields, no_such_field: random.pick([1, "x", null, {}, []]) } : fields;
  return { path: `/${prefix}/${path}`, body: JSON.stringify(dress(random, dressed)) };
}

function dress(random: Random, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => dress(random, one));
  if (typeof value === "number") return chance(random, 0.5) ? value : `${value}`;
  if (typeof value !== "object" || value === null) return value;
  const camel = chance(random, 0.3);
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [camel ? camelCase(name) : name, dress(random, one)]),
  );
}

function camelCase(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

function put(random: Random, world: World, mayKeep = true): Fields {
  const fields: Fields = { key: chance(random, 0.01) ? "" : keyOf(random), value: valueOf(random) };
  if (chance(random, 0.3)) fields.prev_kv = true;
  if (chance(random, 0.25)) fields.lease = leaseAny(random, world);
  if (mayKeep && chance(random, 0.08)) {
    fields.ignore_value = true;
    if (chance(random, 0.8)) delete fields.value;
  }
  if (mayKeep && chance(random, 0.08)) {
    fields.ignore_lease = true;
    if (chance(random, 0.8)) delete fields.lease;
  }
  return fields;
}

function leaseAny(random: Random, world: World): unknown {
  if (world.leases.length === 0 || chance(random, 0.06)) return random.pick([0, -7, 404, "9223372036854775807"]);
  return random.pick(world.leases);
}

/** A revision: now, in the past, compacted, to come, or nonsense. */
function revisionAny(random: Random, { revision, compacted }: World): number {
  if (chance(random, 0.06)) return revision + random.integer(1, 3);
  if (chance(random, 0.03)) return random.integer(-3, 0);
  if (chance(random, 0.1)) return Math.max(1, compacted + random.integer(-2, 1));
  return random.integer(Math.max(1, compacted), revision);
}

function range(random: Random, world: World): Fields {
  const target = chance(random, 0.3) ? random.pick(["VERSION", "CREATE", "MOD", "VALUE"]) : undefined;
  const fields: Fields = { ...(target === undefined ? intervalOf(random) : folderOf(random)) };
  if (target !== undefined) fields.sort_target = target;
  else if (chance(random, 0.2)) fields.sort_target = "KEY";
  if (chance(random, 0.4)) fields.sort_order = random.pick(["NONE", "ASCEND", "DESCEND", 1, 2, 7]);
  if (chance(random, 0.35)) fields.limit = random.pick([0, 1, 2, 3, 5, 9, 50, -1]);
  if (chance(random, 0.3)) fields.revision = revisionAny(random, world);
  if (chance(random, 0.12)) fields.keys_only = true;
  if (chance(random, 0.12)) fields.count_only = true;
  for (const bound of ["min_mod_revision", "max_mod_revision", "min_create_revision", "max_create_revision"]) {
    if (chance(random, 0.07)) fields[bound] = chance(random, 0.05) ? -1 : random.integer(0, world.revision + 1);
  }
  // A local read may be behind; here, with one client, it is not.
  if (chance(random, 0.15)) fields.serializable = true;
  return fields;
}

function deleteRange(random: Random): Fields {
  const wide = chance(random, 0.25);
  const fields: Fields = wide ? { ...intervalOf(random) } : { key: keyOf(random) };
  if (chance(random, 0.4)) fields.prev_kv = true;
  return fields;
}

function compaction(random: Random, world: World): Fields {
  const back = chance(random, 0.15) ? random.integer(-2, 0) : random.integer(5, 60);
  const fields: Fields = { revision: world.revision - back };
  if (chance(random, 0.5)) fields.physical = true;
  return fields;
}

function txnTop(random: Random, world: World): Fields {
  // Deleting and keeping in one transaction could end the etcd server (see `kept.ts`).
  return txn(random, world, 0, chance(random, 0.3));
}

function txn(random: Random, world: World, depth: number, mayKeep: boolean): Fields {
  const several = (most: number, make: () => Fields): Fields[] =>
    Array.from({ length: random.integer(0, most) }, () => make());
  const part = (): Fields => txnPart(random, world, depth, mayKeep);
  const fields: Fields = {
    compare: several(3, () => compare(random, world)),
    success: several(4, part),
    failure: several(3, part),
  };
  if (depth === 0 && chance(random, 0.01)) fields.success = manyRanges(random);
  return fields;
}

function manyRanges(random: Random): Fields[] {
  const length = random.integer(127, 130);
  return Array.from({ length }, () => ({ request_range: { key: keyOf(random), count_only: true } }));
}

function txnPart(random: Random, world: World, depth: number, mayKeep: boolean): Fields {
  const kind = random.next();
  if (kind < 0.01) return {};
  if (kind < 0.45) return { request_put: put(random, world, mayKeep) };
  if (kind < 0.75) return { request_range: rangePart(random, world) };
  if (kind < 0.9 || depth >= 2) {
    return mayKeep ? { request_range: rangePart(random, world) } : { request_delete_range: deleteRange(random) };
  }
  return { request_txn: txn(random, world, depth + 1, mayKeep) };
}

/** Mostly of now: one revision that is refused refuses the whole transaction. */
function rangePart(random: Random, world: World): Fields {
  const { revision, ...fields } = range(random, world);
  return revision === undefined || chance(random, 0.7) ? fields : { ...fields, revision };
}

function compare(random: Random, world: World): Fields {
  const fields: Fields = chance(random, 0.8) ? { key: keyOf(random) } : { ...intervalOf(random) };
  if (chance(random, 0.9)) fields.result = random.pick(["EQUAL", "GREATER", "LESS", "NOT_EQUAL", 0, 3, 9]);
  const target = random.pick(["VERSION", "CREATE", "MOD", "VALUE", "LEASE"]);
  fields.target = chance(random, 0.02) ? 9 : target;
  // Now and then without the operand, or with another's, as bad clients do.
  const operand = chance(random, 0.04) ? random.pick(["VERSION", "VALUE"]) : target;
  if (chance(random, 0.95)) Object.assign(fields, operandOf(random, world, operand));
  // Ids that each server chose for itself are not in the same order.
  if (`${fields.lease as string}`.startsWith("@")) fields.result = random.pick(["EQUAL", "NOT_EQUAL"]);
  return fields;
}

function operandOf(random: Random, world: World, target: string): Fields {
  switch (target) {
    case "VERSION":
      return { version: random.integer(-1, 5) };
    case "CREATE":
      return { create_revision: random.pick([0, revisionAny(random, world)]) };
    case "MOD":
      return { mod_revision: random.pick([0, revisionAny(random, world)]) };
    case "VALUE":
      return { value: valueOf(random) };
    default:
      return { lease: random.pick([0, leaseAny(random, world)]) };
  }
}

function lease(random: Random, world: World): Asked {
  const kind = random.next();
  const id = leaseAny(random, world);
  if (kind < 0.3) return asked(random, "lease/grant", grant(random));
  if (kind < 0.42) return asked(random, random.pick(["lease/revoke", "kv/lease/revoke"]), { ID: id });
  if (kind < 0.66) {
    const fields: Fields = chance(random, 0.7) ? { ID: id, keys: true } : { ID: id };
    return asked(random, random.pick(["lease/timetolive", "kv/lease/timetolive"]), fields);
  }
  if (kind < 0.8) return asked(random, random.pick(["lease/leases", "kv/lease/leases"]), {});
  const one = asked(random, "lease/keepalive", { ID: id });
  // Several requests in one stream.
  if (chance(random, 0.3)) return { ...one, body: `${one.body}${JSON.stringify({ ID: leaseAny(random, world) })}` };
  return one;
}

function grant(random: Random): Fields {
  const TTL = random.pick([TTL_SECONDS_MIN, 100_000, 9_000_000_000, 9_000_000_001]);
  if (chance(random, 0.3)) return { TTL };
  return { TTL, ID: random.pick([random.integer(1, 30), -random.integer(1, 3), "7587874444612323072"]) };
}

const BAD_BODIES = [
  "",
  " ",
  "null",
  "[]",
  '"x"',
  "5",
  "true",
  "{",
  "}",
  "nul",
  "{}x",
  '{"key":"YQ=="} x',
  '{"key":"YQ=="}}',
  '{"key":}',
  '{"key":tru}',
  '{"key":1}',
  '{"key":[97,98]}',
  '{"key":[300]}',
  '{"key":["a"]}',
  '{"key":{}}',
  '{"key":"Zm9"}',
  '{"key":"Y==="}',
  '{"key":"YQ=a"}',
  '{"key":"YQ==x"}',
  '{"key":"YQ==\\n"}',
  '{"key":"Y Q="}',
  '{"key":"YQ==","limit":1.5}',
  '{"key":"YQ==","limit":"-"}',
  '{"key":"YQ==","limit":"1 2"}',
  '{"key":"YQ==","limit":true}',
  '{"key":"YQ==","limit":"true"}',
  '{"key":"YQ==","limit":"99999999999999999999"}',
  '{"key":"YQ==","limit":1e3}',
  '{"key":"YQ==","limit":01}',
  '{"key":"YQ==","limit":" 1 "}',
  '{"limit":""}',
  '{"key":"YQ==","revision":9223372036854775807}',
  '{"key":"YQ==","revision":-9223372036854775808}',
  '{"key":"YQ==","keys_only":"true"}',
  '{"key":"YQ==","keys_only":1}',
  '{"key":"YQ==","sort_order":"UP"}',
  '{"key":"YQ==","sort_order":true}',
  '{"key":"YQ==","sort_order":99999999999}',
  '{"key":"YQ==","sort_order":"1"}',
  '{"key":"YQ==","range_end":"AA==","rangeEnd":"Yg=="}',
  '{"key":"YQ==","key":"Yg=="}',
  '{"KEY":"YQ=="}',
  '{"compare":{}}',
  '{"compare":[1]}',
  '{"success":["x"]}',
  '{"success":[{"request_put":{"key":1}}]}',
  '{"success":[{"request_range":null}]}',
  '{"compare":[{"key":"YQ==","result":"SAME"}]}',
  '{"compare":[{}]}',
  '{"success":[{"request_put":{"key":"YQ=="}},{"requestPut":{"key":"YQ=="}}]}',
  '{"failure":[{"request_txn":{}}]}',
];

/** A body that makes no sense, or nearly does: one of those above, or a good one with a few characters changed. */
function mangled(random: Random, world: World): Asked {
  const path = random.pick(["kv/range", "kv/put", "kv/deleterange", "kv/txn"]);
  if (chance(random, 0.5)) return { path: `/v3/${path}`, body: random.pick(BAD_BODIES) };
  if (chance(random, 0.08)) return random.pick(STRANGE);
  const fields =
    path === "kv/put" ? put(random, world) : path === "kv/txn" ? txn(random, world, 1, true) : range(random, world);
  // As a number it might become a target that does not exist, which ends the etcd server.
  if (path === "kv/txn" || "sort_target" in fields) return { path: "/v3/kv/range", body: JSON.stringify({ key: 5 }) };
  const good = asked(random, path === "kv/put" ? path : "kv/range", fields);
  return { ...good, body: mutated(random, good.body) };
}

const ALPHABET = '{}[]",:01 .\\eE+nxA=/@';

function mutated(random: Random, text: string): string {
  let body = text;
  for (let times = random.integer(1, 3); times > 0; times--) {
    const at = random.integer(0, body.length);
    const kind = random.next();
    if (kind < 0.3) body = body.slice(0, at);
    else if (kind < 0.6) body = body.slice(0, at) + body.slice(at + 1);
    else
      body =
        body.slice(0, at) +
        ALPHABET.charAt(random.integer(0, ALPHABET.length - 1)) +
        body.slice(at + random.integer(0, 1));
  }
  return body;
}

const STRANGE: readonly Asked[] = [
  { method: "GET", path: "/v3/kv/range", body: "" },
  { path: "/v3/kv/nothing", body: "{}" },
  { path: "/v3/kv/range/", body: "{}" },
  { method: "GET", path: "/version", body: "" },
  { method: "GET", path: "/health", body: "" },
  { path: "/version", body: "" },
  { path: "/health", body: "" },
  { path: "/v3/kv/put", body: JSON.stringify({ key: base64("k"), value: base64("x".repeat(1_600_000)) }) },
  { path: "/v3/kv/put", body: JSON.stringify({ key: base64("k"), value: base64("x".repeat(2_100_000)) }) },
];
