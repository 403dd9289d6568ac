/** Errors as etcd's JSON gateway tells them: a gRPC code, the HTTP status that goes with it, and etcd's own words. */

/** gRPC's codes (grpc/codes), those that occur here, with the HTTP status that grpc-gateway gives each. */
const CODES = {
  unknown: { code: 2, status: 500 },
  "invalid-argument": { code: 3, status: 400 },
  "not-found": { code: 5, status: 404 },
  "permission-denied": { code: 7, status: 403 },
  "resource-exhausted": { code: 8, status: 429 },
  "failed-precondition": { code: 9, status: 412 },
  "out-of-range": { code: 11, status: 400 },
  unimplemented: { code: 12, status: 501 },
  internal: { code: 13, status: 500 },
  unavailable: { code: 14, status: 503 },
  unauthenticated: { code: 16, status: 401 },
} as const;

/** Every error of etcd's that this gateway answers with. The words are part of the interface: clients match them. */
const ERRORS = {
  "empty-key": ["invalid-argument", "etcdserver: key is not provided"],
  "key-not-found": ["invalid-argument", "etcdserver: key not found"],
  "value-provided": ["invalid-argument", "etcdserver: value is provided"],
  "lease-provided": ["invalid-argument", "etcdserver: lease is provided"],
  "too-many-ops": ["invalid-argument", "etcdserver: too many operations in txn request"],
  "duplicate-key": ["invalid-argument", "etcdserver: duplicate key given in txn request"],
  "request-too-large": ["invalid-argument", "etcdserver: request is too large"],
  compacted: ["out-of-range", "etcdserver: mvcc: required revision has been compacted"],
  "future-revision": ["out-of-range", "etcdserver: mvcc: required revision is a future revision"],
  "lease-not-found": ["not-found", "etcdserver: requested lease not found"],
  "lease-exists": ["failed-precondition", "etcdserver: lease already exists"],
  "lease-ttl-too-large": ["out-of-range", "etcdserver: too large lease TTL"],
  "answer-too-large": ["resource-exhausted", "grpc: trying to send message larger than max"],
  "too-expensive": ["resource-exhausted", "etcdserver: too many keys or bytes in one request"],
  "reader-too-slow": ["resource-exhausted", "etcdserver: the reader is too slow"],
  /** The request had no effect and will have none. */
  "too-many-requests": ["resource-exhausted", "etcdserver: too many requests"],
  "no-space": ["resource-exhausted", "etcdserver: mvcc: database space exceeded"],
  "no-leader": ["unavailable", "etcdserver: no leader"],
  /** Whether it took effect is not known. */
  timeout: ["unavailable", "etcdserver: request timed out"],
  "user-empty": ["invalid-argument", "etcdserver: user name is empty"],
  "permission-denied": ["permission-denied", "etcdserver: permission denied"],
  "invalid-token": ["unauthenticated", "etcdserver: invalid auth token"],
  "auth-off": ["failed-precondition", "etcdserver: authentication is not enabled"],
  "auth-failed": ["invalid-argument", "etcdserver: authentication failed, invalid user ID or password"],
  "no-password": ["unknown", "auth: authentication failed, password was given for no password user"],
  "auth-management": ["invalid-argument", "etcdserver: invalid auth management"],
  "root-user-missing": ["failed-precondition", "etcdserver: root user does not exist"],
  "root-role-missing": ["failed-precondition", "etcdserver: root user does not have root role"],
  "user-exists": ["failed-precondition", "etcdserver: user name already exists"],
  "user-not-found": ["failed-precondition", "etcdserver: user name not found"],
  "role-empty": ["invalid-argument", "etcdserver: role name is empty"],
  "role-exists": ["failed-precondition", "etcdserver: role name already exists"],
  "role-not-found": ["failed-precondition", "etcdserver: role name not found"],
  "role-not-granted": ["failed-precondition", "etcdserver: role is not granted to the user"],
  "permission-not-given": ["invalid-argument", "etcdserver: permission not given"],
  "permission-not-granted": ["failed-precondition", "etcdserver: permission is not granted to the role"],
  /** etcd takes any. */
  "name-invalid": [
    "invalid-argument",
    "etcdserver: a name has at most 128 of these characters: A-Z a-z 0-9 . _ @ -, the first a letter or a digit",
  ],
  "too-much-policy": ["resource-exhausted", "etcdserver: too many users, roles or permissions"],
} as const satisfies Readonly<Record<string, readonly [keyof typeof CODES, string]>>;

export type EtcdErrorName = keyof typeof ERRORS;

/** Thrown anywhere below a route of the gateway to answer with an error. */
export class EtcdError extends Error {
  override readonly name = "EtcdError";
  readonly code: number;
  readonly status: number;

  constructor(code: keyof typeof CODES, message: string) {
    super(message);
    ({ code: this.code, status: this.status } = CODES[code]);
  }

  static named(name: EtcdErrorName): EtcdError {
    const [code, message] = ERRORS[name];
    return new EtcdError(code, message);
  }

  /** The code as gRPC for Go writes it. */
  get codeName(): string {
    const [name = "unknown"] = Object.entries(CODES).find(([, { code }]) => code === this.code) ?? [];
    return name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  }

  /** The body of a whole answer. */
  get body(): object {
    return { error: this.message, message: this.message, code: this.code };
  }
}
