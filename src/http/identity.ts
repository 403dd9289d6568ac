import { createRemoteJWKSet, type JWTVerifyGetKey, jwtVerify } from "jose";
import type { Caller } from "../policy/caller.ts";

/** A key that nobody knows is looked for at the issuer at most this often. */
const KEYS_COOLDOWN_MS = 60_000;

/** Who sends a request through Cloudflare Access, which let it in (workers-types 5.20260815: `ctx.access`). */
export async function accessIdentity(execution: object | undefined): Promise<Caller | undefined> {
  const { access } = (execution ?? {}) as { readonly access?: { getIdentity(): Promise<unknown> } };
  if (access === undefined) return undefined;
  const identity = (await access.getIdentity()) as
    | { readonly email?: string; readonly common_name?: string; readonly groups?: readonly unknown[] }
    | undefined;
  const name = identity?.email ?? identity?.common_name;
  if (name === undefined) return undefined;
  return { kind: "identity", provider: "access", name, groups: groupNames(identity?.groups) };
}

function groupNames(groups: readonly unknown[] | undefined): readonly string[] {
  return (groups ?? []).flatMap((group) => {
    if (typeof group === "string") return [group];
    const { name } = (group ?? {}) as { readonly name?: unknown };
    return typeof name === "string" ? [name] : [];
  });
}

export interface JwtSettings {
  readonly issuer: string;
  readonly audience: string;
  /** Where the issuer publishes its keys. */
  readonly keysUrl: string;
}

/** An issuer other than Access, whose signed tokens (RFC 7519) name callers. */
export class JwtIssuer {
  readonly #settings: JwtSettings;
  readonly #keys: JWTVerifyGetKey;

  constructor(settings: JwtSettings) {
    this.#settings = settings;
    this.#keys = createRemoteJWKSet(new URL(settings.keysUrl), { cooldownDuration: KEYS_COOLDOWN_MS });
  }

  /** undefined for a token that is not valid. */
  async callerOf(token: string): Promise<Caller | undefined> {
    const { issuer, audience } = this.#settings;
    try {
      const { payload } = await jwtVerify(token, this.#keys, { issuer, audience });
      const { sub, groups } = payload;
      if (sub === undefined) return undefined;
      return {
        kind: "identity",
        provider: "jwt",
        name: sub,
        groups: groupNames(groups as readonly unknown[] | undefined),
      };
    } catch {
      return undefined;
    }
  }
}
