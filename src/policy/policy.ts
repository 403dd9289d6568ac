import { base64Decode } from "../api/base64.ts";
import { bytesEqual, utf8Encode } from "../api/bytes.ts";
import { prefixRange, RANGE_END_OPEN } from "../api/key-range.ts";
import type { LeaseId, Revision } from "../api/key-value.ts";
import type { Verb } from "../api/verb.ts";
import { type Caller, callerName, ROOT } from "./caller.ts";
import { covers, type Span, spanOf } from "./cover.ts";
import {
  AUTH_PATH,
  AuthJson,
  BINDINGS_PATH,
  BindingJson,
  loginOf,
  PRESETS,
  ROLES_PATH,
  ROOT_NAME,
  RoleJson,
  type RuleJson,
  TOKENS_PATH,
  TokenJson,
  USERS_PATH,
  UserJson,
} from "./documents.ts";
import type { Need } from "./need.ts";

/** A document as it is stored. */
export interface StoredDocument {
  readonly path: string;
  readonly text: string;
}

/** All policy documents of a namespace, as of a policy revision. Plain data. */
export interface PolicyDocuments {
  readonly revision: Revision;
  readonly documents: readonly StoredDocument[];
}

export type Decision =
  /** `stamp`: the policy revision that it was decided under. */
  { readonly kind: "allowed"; readonly stamp: Revision; readonly actor: string; readonly role: string } | Denied;

/** `unauthenticated`: nobody knows the caller; `forbidden`: it is known, and may not. */
export interface Denied {
  readonly kind: "denied";
  readonly why: "unauthenticated" | "forbidden";
  readonly detail: string;
  readonly stamp: Revision;
}

/** The keys of a lease; undefined where they are too many, or cannot be looked up here. */
export type LeaseKeys = (lease: LeaseId) => readonly Uint8Array[] | undefined;

interface Role {
  readonly name: string;
  readonly spans: ReadonlyMap<Verb, readonly Span[]>;
}

/** What `lock` stands for: a lock is a key under its name that goes with a lease. */
const LOCK_VERBS: readonly Verb[] = ["lock", "read", "write", "delete", "watch", "lease"];

/** The documents of one namespace, ready to decide. A pure function of them, the caller and the time. */
export class Policy {
  readonly revision: Revision;
  readonly #roles = new Map<string, Role>();
  readonly #bindings = new Map<string, string[]>();
  readonly #tokens = new Map<string, TokenJson>();
  readonly #users = new Map<string, UserJson>();
  #auth: AuthJson | undefined;

  constructor({ revision, documents }: PolicyDocuments) {
    this.revision = revision;
    for (const [name, role] of Object.entries(PRESETS)) this.#roles.set(name, roleOf(name, role.rules));
    for (const { path, text } of documents) this.#take(path, JSON.parse(text) as unknown);
  }

  /** Whether `asker` has every right of `needs` at `nowMs`, and by which role. */
  decide(asker: Caller, needs: readonly Need[], nowMs: number, leaseKeys: LeaseKeys = () => undefined): Decision {
    const stamp = this.revision;
    const caller = this.#who(asker);
    const actor = callerName(caller);
    if (caller.kind === "root" || caller.kind === "system") return { kind: "allowed", stamp, actor, role: caller.kind };
    const roles = this.#rolesOf(caller, nowMs);
    if (roles === undefined)
      return denied("unauthenticated", "the token is not known, or is not valid any more", stamp);
    const verbs = caller.kind === "ticket" ? caller.verbs : undefined;
    for (const need of needs) {
      const isOutside = verbs !== undefined && !verbs.includes(need.verb);
      if (!isOutside && this.#has(roles, need, leaseKeys)) continue;
      if (caller.kind === "anonymous")
        return denied("unauthenticated", "send Authorization: Bearer with a token", stamp);
      return denied("forbidden", `${actor} has no role that allows ${need.verb} ${needText(need)}`, stamp);
    }
    return { kind: "allowed", stamp, actor, role: roles.map(({ name }) => name).join(", ") };
  }

  /** Where users sign in, an open server is open to nobody. */
  #who(caller: Caller): Caller {
    if (caller.kind !== "open") return caller;
    return this.#auth === undefined ? ROOT : caller.otherwise;
  }

  #has(roles: readonly Role[], need: Need, leaseKeys: LeaseKeys): boolean {
    const spans = roles.flatMap(({ spans: all }) => all.get(need.verb) ?? []);
    if ("lease" in need) {
      const keys = leaseKeys(need.lease);
      return keys === undefined ? covers(spans, ALL) : keys.every((key) => covers(spans, spanOf(key)));
    }
    if (need.key.length === 0) return spans.length > 0;
    return covers(spans, spanOf(need.key, need.end));
  }

  #rolesOf(caller: Caller, nowMs: number): readonly Role[] | undefined {
    switch (caller.kind) {
      case "token": {
        const token = this.#tokens.get(caller.id);
        if (token === undefined || !tokenHolds(token, caller.hash, nowMs)) return undefined;
        return this.#named([...token.roles, ...this.#bound([`token:${caller.id}`])]);
      }
      case "identity": {
        const groups = caller.groups.map((group) => `${caller.provider}-group:${group}`);
        return this.#named(this.#bound([`${caller.provider}:${caller.name}`, ...groups]));
      }
      case "binding":
        return this.#named([caller.role, ...this.#bound([`binding:${caller.role}`])]);
      case "user": {
        const user = this.#users.get(caller.name);
        const isIn = this.#auth !== undefined && user !== undefined && caller.login === loginOf(this.#auth, user);
        return isIn ? this.#rolesOfUser(caller.name) : undefined;
      }
      case "unknown":
        return undefined;
      case "anonymous":
        return this.#named(this.#bound(["anonymous"]));
      case "named": {
        const [, id = ""] = /^token:(.*)$/.exec(caller.name) ?? [];
        const [, user] = /^user:(.*)$/.exec(caller.name) ?? [];
        if (user !== undefined) return this.#users.has(user) ? this.#rolesOfUser(user) : [];
        return this.#named([...(this.#tokens.get(id)?.roles ?? []), ...this.#bound([caller.name])]);
      }
      case "ticket":
        return this.#rolesOf(this.#who(caller.of), nowMs);
      case "open":
        return this.#rolesOf(this.#who(caller), nowMs);
      case "root":
      case "system":
        return this.#named(["admin"]);
    }
  }

  /** As in etcd: every user may have leases, and one with the role of root may do everything. */
  #rolesOfUser(name: string): readonly Role[] {
    const names = this.#bound([`user:${name}`]);
    return [...this.#named(names), ...(names.includes(ROOT_NAME) ? this.#named(["admin"]) : []), EVERY_USER];
  }

  #bound(principals: readonly string[]): readonly string[] {
    return principals.flatMap((principal) => this.#bindings.get(principal) ?? []);
  }

  #named(names: readonly string[]): readonly Role[] {
    return [...new Set(names)].flatMap((name) => this.#roles.get(name) ?? []);
  }

  /** A document that is not as it should be gives no rights. */
  #take(path: string, json: unknown): void {
    if (path.startsWith(ROLES_PATH)) {
      const name = path.slice(ROLES_PATH.length);
      const role = RoleJson.safeParse(json).data;
      if (role !== undefined) this.#roles.set(name, roleOf(name, role.rules));
    } else if (path.startsWith(BINDINGS_PATH)) {
      const { role = "", principals = [] } = BindingJson.safeParse(json).data ?? {};
      for (const principal of principals) {
        this.#bindings.set(principal, [...(this.#bindings.get(principal) ?? []), role]);
      }
    } else if (path.startsWith(TOKENS_PATH)) {
      const token = TokenJson.safeParse(json).data;
      if (token !== undefined) this.#tokens.set(path.slice(TOKENS_PATH.length), token);
    } else if (path.startsWith(USERS_PATH)) {
      const user = UserJson.safeParse(json).data;
      if (user !== undefined) this.#users.set(path.slice(USERS_PATH.length), user);
    } else if (path === AUTH_PATH) {
      this.#auth = AuthJson.safeParse(json).data ?? NOBODY_IN;
    }
  }
}

/** Users sign in, but by a document that is not as it should be, so that nobody can. */
const NOBODY_IN: AuthJson = { login: "" };

const EVERY_USER: Role = roleOf("etcd user", [{ verbs: ["lease"] }]);

const ALL: Span = { from: "\0", to: undefined };

function denied(why: Denied["why"], detail: string, stamp: Revision): Denied {
  return { kind: "denied", why, detail, stamp };
}

function roleOf(name: string, rules: readonly RuleJson[]): Role {
  const spans = new Map<Verb, Span[]>();
  for (const rule of rules) {
    const span = ruleSpan(rule);
    for (const verb of rule.verbs.flatMap((one) => (one === "lock" ? LOCK_VERBS : [one]))) {
      const others = spans.get(verb);
      if (others === undefined) spans.set(verb, [span]);
      else others.push(span);
    }
  }
  return { name, spans };
}

function ruleSpan({ key, prefix, from, to, encoding }: RuleJson): Span {
  const bytes = (text: string) =>
    encoding === "base64" ? (base64Decode(text) ?? new Uint8Array(0)) : utf8Encode(text);
  if (key !== undefined) return spanOf(bytes(key));
  if (from !== undefined) return spanOf(bytes(from), to === undefined ? RANGE_END_OPEN : bytes(to));
  const range = prefixRange(bytes(prefix ?? ""));
  return spanOf(range.key, range.end);
}

/** Hashes are compared in full, however early they differ: what differs tells nothing about the secret, but costs nothing. */
function tokenHolds({ hashes, expires }: TokenJson, hash: string, nowMs: number): boolean {
  if (expires !== undefined && Date.parse(expires) <= nowMs) return false;
  let isHeld = false;
  for (const one of hashes) {
    const isOver = one.until !== undefined && Date.parse(one.until) <= nowMs;
    if (bytesEqual(utf8Encode(one.hash), utf8Encode(hash)) && !isOver) isHeld = true;
  }
  return isHeld;
}

const lossy = new TextDecoder();

function needText(need: Need): string {
  if ("lease" in need) return `on the keys of lease ${need.lease}`;
  if (need.key.length === 0) return "";
  const name = (key: Uint8Array) => JSON.stringify(lossy.decode(key.subarray(0, 128)));
  if (need.end === undefined) return `on the key ${name(need.key)}`;
  const isOpen = need.end.length === 1 && need.end[0] === 0;
  if (isOpen && need.key.length === 1 && need.key[0] === 0) return "on all keys";
  return `on the keys from ${name(need.key)}${isOpen ? "" : ` to ${name(need.end)}`}`;
}
