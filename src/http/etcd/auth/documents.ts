import type { Revision } from "../../../api/key-value.ts";
import {
  AUTH_PATH,
  AuthJson,
  BINDINGS_PATH,
  BindingJson,
  POLICY_BYTES_MAX,
  PRESETS,
  ROLES_PATH,
  RoleJson,
  USERS_PATH,
  UserJson,
} from "../../../policy/documents.ts";
import { needOverAll } from "../../../policy/need.ts";
import { type Denied, Policy } from "../../../policy/policy.ts";
import { documentPut } from "../../../rollout/documents.ts";
import type { Compare, TxnOp } from "../../../state/command.ts";
import { POLICY_PATH, systemKey, systemPath, systemRange } from "../../../state/system-space.ts";
import { deniedError, type EtcdCall, read, write } from "../call.ts";
import { EtcdError } from "../codec/error.ts";

/** How often a change is made anew because other changes came between. */
const CHANGE_TRIES_MAX = 8;

interface Stored {
  readonly text: string;
  readonly modRevision: Revision;
}

/** The policy documents of a namespace at one revision, and what is to be changed in them. */
export class AuthDocuments {
  readonly revision: Revision;
  readonly #stored: ReadonlyMap<string, Stored>;
  /** By path; undefined: deleted. */
  readonly #changed = new Map<string, object | undefined>();
  /** What a change stands on, but does not change. */
  readonly #looked = new Set<string>();

  constructor(revision: Revision, stored: ReadonlyMap<string, Stored>) {
    this.revision = revision;
    this.#stored = stored;
  }

  get auth(): AuthJson | undefined {
    return AuthJson.safeParse(this.#json(AUTH_PATH)).data;
  }

  user(name: string): UserJson | undefined {
    return UserJson.safeParse(this.#json(`${USERS_PATH}${name}`)).data;
  }

  /** One of the namespace's own. */
  role(name: string): RoleJson | undefined {
    return RoleJson.safeParse(this.#json(`${ROLES_PATH}${name}`)).data;
  }

  /** One of the namespace's own, or one that every namespace has. */
  roleOrPreset(name: string): RoleJson | undefined {
    return this.role(name) ?? (Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined);
  }

  /** Names of the documents under a path, in order of their bytes. */
  names(path: string): readonly string[] {
    return [...this.#stored.keys()].filter((one) => one.startsWith(path)).map((one) => one.slice(path.length));
  }

  /** All bindings, with their names. */
  get bindings(): readonly (readonly [string, BindingJson])[] {
    return this.names(BINDINGS_PATH).flatMap((name) => {
      const binding = this.binding(name);
      return binding === undefined ? [] : [[name, binding] as const];
    });
  }

  binding(name: string): BindingJson | undefined {
    return BindingJson.safeParse(this.#json(`${BINDINGS_PATH}${name}`)).data;
  }

  /** What a user may not: undefined for whoever may change who may do what. */
  deniedAdmin({ caller }: EtcdCall): Denied | undefined {
    const documents = [...this.#stored].map(([path, { text }]) => ({ path, text }));
    const policy = new Policy({ revision: this.revision, documents });
    const decision = policy.decide(caller, [needOverAll("admin")], Date.now());
    return decision.kind === "denied" ? decision : undefined;
  }

  put(path: string, json: object): void {
    this.#changed.set(path, json);
  }

  delete(path: string): void {
    this.#changed.set(path, undefined);
  }

  /** The change as a transaction, which happens only if no policy document was changed since; undefined without any. */
  change(): TxnOp | undefined {
    if (this.#changed.size === 0) return undefined;
    const unchanged: Compare = {
      ...systemRange(POLICY_PATH),
      result: "less",
      target: { kind: "mod", value: this.revision + 1 },
    };
    // A document that was deleted leaves nothing in the range.
    const stoodOn = [...new Set([...this.#looked, ...this.#changed.keys()])].map((path): Compare => {
      const value = this.#stored.get(path)?.modRevision ?? 0;
      return { key: systemKey(path), result: "equal", target: { kind: "mod", value } };
    });
    const success = [...this.#changed].map(([path, json]) => {
      const key = systemKey(path);
      return json === undefined ? ({ kind: "delete", key } as const) : documentPut(key, json);
    });
    return { kind: "txn", compare: [unchanged, ...stoodOn], success, failure: [] };
  }

  /** Bytes of all of them, once changed. */
  get bytes(): number {
    let sum = 0;
    for (const [path, { text }] of this.#stored) if (!this.#changed.has(path)) sum += text.length;
    for (const json of this.#changed.values()) sum += json === undefined ? 0 : JSON.stringify(json).length;
    return sum;
  }

  #json(path: string): unknown {
    this.#looked.add(path);
    const stored = this.#stored.get(path);
    return stored === undefined ? undefined : (JSON.parse(stored.text) as unknown);
  }
}

/** Whoever asks: what of it is for whom, routes decide by the documents themselves. */
export async function authDocuments(call: EtcdCall): Promise<AuthDocuments> {
  const query = { kind: "range", ...systemRange(POLICY_PATH) } as const;
  const { kvs, revision } = await read(call, { query, needs: [], consistency: "linearizable" }, "range");
  const decoder = new TextDecoder();
  return new AuthDocuments(
    revision,
    new Map(
      kvs.map(
        ({ key, value, modRevision }) => [systemPath(key), { text: decoder.decode(value), modRevision }] as const,
      ),
    ),
  );
}

/**
 * Changes the documents on behalf of an administrator, by the policy stamp as every command, and gives the revision
 * that they then have. `alter` may be run again, on newer documents.
 */
export async function authChange(
  call: EtcdCall,
  alter: (documents: AuthDocuments) => Promise<void> | void,
): Promise<Revision> {
  for (let tries = 1; tries <= CHANGE_TRIES_MAX; tries++) {
    const documents = await adminDocuments(call);
    await alter(documents);
    const op = documents.change();
    if (op === undefined) return documents.revision;
    if (documents.bytes > POLICY_BYTES_MAX) throw EtcdError.named("too-much-policy");
    const { succeeded, revision } = await write(call, op, "txn");
    if (succeeded) return revision;
  }
  throw EtcdError.named("too-many-requests");
}

/** The documents, for an administrator. */
export async function adminDocuments(call: EtcdCall): Promise<AuthDocuments> {
  const documents = await authDocuments(call);
  const denied = documents.deniedAdmin(call);
  if (denied !== undefined) throw deniedError(denied, call.caller);
  return documents;
}
