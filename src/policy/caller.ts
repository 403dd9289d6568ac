/** Who asks, as the edge could tell; whether it is so, and what it may do, documents say. Plain data. */
export type Caller =
  /** Whoever has the root token. */
  | { readonly kind: "root" }
  /** A part of Synod itself: it ends leases, and keeps to the retention. */
  | { readonly kind: "system" }
  /** An API token: its id, and the SHA-256 of its secret in base64url. */
  | { readonly kind: "token"; readonly id: string; readonly hash: string }
  /** Somebody whom an identity provider vouches for, through Cloudflare Access or a signed JWT. */
  | {
      readonly kind: "identity";
      readonly provider: "access" | "jwt";
      readonly name: string;
      readonly groups: readonly string[];
    }
  /** Another Worker of the account, by a binding whose declaration is its capability. */
  | { readonly kind: "binding"; readonly namespace: string; readonly role: string }
  /** A user of etcd's authentication, as signed in while `login` stood in the documents (`loginOf`). */
  | { readonly kind: "user"; readonly name: string; readonly login: string }
  /** Whoever reaches a server that asks for no token: root, but `otherwise` in a namespace whose users sign in. */
  | { readonly kind: "open"; readonly otherwise: Caller }
  /** Whoever sends a token that is none. */
  | { readonly kind: "unknown" }
  /** A ticket that stands for another caller, for these verbs alone. */
  | {
      readonly kind: "ticket";
      readonly of: Caller;
      readonly verbs: readonly string[];
      readonly namespace: string;
    }
  /** Whom an administrator asks about: a principal as bindings name it. It can do nothing itself. */
  | { readonly kind: "named"; readonly name: string }
  | { readonly kind: "anonymous" };

export const ROOT: Caller = { kind: "root" };
export const SYSTEM: Caller = { kind: "system" };
export const ANONYMOUS: Caller = { kind: "anonymous" };
export const UNKNOWN: Caller = { kind: "unknown" };

/** How a caller is named in the labels of versions and in the audit. */
export function callerName(caller: Caller): string {
  switch (caller.kind) {
    case "root":
    case "system":
    case "anonymous":
    case "unknown":
      return caller.kind;
    case "open":
      return caller.otherwise.kind === "user" ? callerName(caller.otherwise) : "root";
    case "token":
      return `token:${caller.id}`;
    case "identity":
      return `${caller.provider}:${caller.name}`;
    case "binding":
      return `binding:${caller.role}`;
    case "user":
      return `user:${caller.name}`;
    case "named":
      return caller.name;
    case "ticket":
      return callerName(caller.of);
  }
}

/** How a Worker tells a learner who watches: the upgrade of a socket has no body. */
export const CALLER_HEADER = "synod-caller";

export function callerToHeader(caller: Caller): string {
  return encodeURIComponent(JSON.stringify(caller));
}

/** Of a header that the same deployment wrote. */
export function callerFromHeader(header: string | null): Caller {
  return header === null ? ANONYMOUS : (JSON.parse(decodeURIComponent(header)) as Caller);
}
