import { z } from "zod";
import { VERBS } from "../api/verb.ts";
import { POLICY_PATH } from "../state/system-space.ts";

/** The documents that say who may do what, with their paths below `policy/`. */

/** Bytes of all policy documents of a namespace together. */
export const POLICY_BYTES_MAX = 1_048_576;
export const RULES_MAX = 128;
export const PRINCIPALS_MAX = 1_024;

const Name = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._@-]{0,127}$/);
/** Text, or bytes in base64 where a key is no text. */
const KeyText = z.string().max(2_048);

/** Keys: one, those from `from` up to but not including `to`, those with a prefix, or all. */
export const RuleJson = z
  .strictObject({
    verbs: z.array(z.enum(VERBS)).min(1),
    key: KeyText.optional(),
    prefix: KeyText.optional(),
    from: KeyText.optional(),
    to: KeyText.optional().meta({ description: "absent: open-ended" }),
    encoding: z.literal("base64").optional(),
  })
  .refine(
    ({ key, prefix, from, to }) =>
      [key, prefix, from].filter((one) => one !== undefined).length <= 1 && !(to !== undefined && from === undefined),
    {
      message: "give one of key, prefix, or from (and to); none means all keys",
    },
  )
  .meta({ id: "Rule" });
export type RuleJson = z.infer<typeof RuleJson>;

export const RoleJson = z.strictObject({ rules: z.array(RuleJson).max(RULES_MAX) }).meta({ id: "Role" });
export type RoleJson = z.infer<typeof RoleJson>;

export const PRINCIPAL = /^(?:anonymous|(?:token|user|access|access-group|jwt|jwt-group|binding):.{1,256})$/;

export const BindingJson = z
  .strictObject({
    role: Name,
    principals: z
      .array(
        z
          .string()
          .regex(
            PRINCIPAL,
            "anonymous, token:ID, user:NAME, access:EMAIL, access-group:NAME, jwt:SUBJECT, jwt-group:NAME",
          ),
      )
      .max(PRINCIPALS_MAX),
  })
  .meta({ id: "Binding" });
export type BindingJson = z.infer<typeof BindingJson>;

/** An API token, without its secret. */
export const TokenJson = z
  .strictObject({
    /** SHA-256 of the secret, base64url. The second is the one that a rotation replaced, for as long as it overlaps. */
    hashes: z.array(z.strictObject({ hash: z.string(), until: z.iso.datetime().optional() })).max(2),
    roles: z.array(Name).max(16),
    note: z.string().max(256).optional(),
    created: z.iso.datetime(),
    created_by: z.string(),
    expires: z.iso.datetime().optional(),
  })
  .meta({ id: "StoredToken" });
export type TokenJson = z.infer<typeof TokenJson>;

/** A user of etcd's authentication. What it may do, bindings of `user:NAME` say. */
export const UserJson = z.strictObject({
  /** Drawn anew with each password: what signed in before does not hold any more. */
  login: z.string(),
  /** PBKDF2 of the password, salt and key in base64url; absent: nobody signs in by a password. */
  password: z
    .strictObject({ hash: z.literal("SHA-512"), iterations: z.int().min(1), salt: z.string(), key: z.string() })
    .optional(),
});
export type UserJson = z.infer<typeof UserJson>;

/** There while users sign in. */
export const AuthJson = z.strictObject({ login: z.string() });
export type AuthJson = z.infer<typeof AuthJson>;

export const RoleName = Name;
export const UserName = Name;
export const BindingName = Name;
export const TokenId = z.string().regex(/^[a-z0-9]{8,32}$/);

export const ROLES_PATH = `${POLICY_PATH}roles/`;
export const BINDINGS_PATH = `${POLICY_PATH}bindings/`;
export const TOKENS_PATH = `${POLICY_PATH}tokens/`;
export const USERS_PATH = `${POLICY_PATH}users/`;
export const AUTH_PATH = `${POLICY_PATH}auth`;

/** The user and the role that etcd's authentication cannot do without: a user with this role may do everything. */
export const ROOT_NAME = "root";

/** What a caller that signed in carries: it holds for as long as both documents stand as they are. */
export function loginOf(auth: AuthJson, user: UserJson): string {
  return `${auth.login}.${user.login}`;
}

/** Roles that every namespace has. */
export const PRESETS: Readonly<Record<string, RoleJson>> = {
  reader: { rules: [{ verbs: ["read", "watch"] }] },
  writer: { rules: [{ verbs: ["read", "watch", "write", "delete", "lease", "lock", "propose"] }] },
  releaser: { rules: [{ verbs: ["read", "watch", "release:author", "release:operate"] }] },
  approver: { rules: [{ verbs: ["read", "watch", "release:approve"] }] },
  admin: { rules: [{ verbs: [...VERBS] }] },
};
