import { signal } from "@preact/signals";
import { ask, askJson, isSignedOut, jsonBody, type Trouble, troubleOf } from "./http.ts";

export interface Session {
  /** Whether this server simulates a network. */
  readonly development: boolean;
  /** Where the server takes this browser to be. */
  readonly region: string;
  /** Whether everybody who reaches the server may do everything. */
  readonly open: boolean;
  readonly principal: string;
  /** Whether by a session, which can be ended here. */
  readonly signed_in: boolean;
}

/** Undefined until it is known. */
export const session = signal<Session | undefined>(undefined);
export const sessionTrouble = signal<Trouble | undefined>(undefined);

const PATH = "/dashboard/session";
/** A session that is used is renewed so often, long before it ends. */
const RENEW_MS = 3_600_000;

/** Keeps the token in a cookie that no script can read. Throws `Trouble`. */
export async function signIn(token: string): Promise<void> {
  session.value = await askJson<Session>(PATH, { method: "POST", ...jsonBody({ token }) });
  isSignedOut.value = false;
}

export async function signOut(): Promise<void> {
  await ask(PATH, { method: "DELETE" });
  await sessionLoad();
}

export function sessionRenew(): void {
  setInterval(() => {
    if (session.value?.signed_in === true) void sessionLoad();
  }, RENEW_MS);
}

export async function sessionLoad(): Promise<void> {
  try {
    const found = await askJson<Session>(PATH);
    isSignedOut.value = !found.open && found.principal === "anonymous";
    session.value = found;
    sessionTrouble.value = undefined;
  } catch (error) {
    sessionTrouble.value = troubleOf(error);
  }
}

/** In development: where requests of this page come from, as the server is told. Undefined: where it takes us to be. */
export const vantage = signal<string | undefined>(undefined);

export function vantageHeaders(): Readonly<Record<string, string>> {
  return vantage.value === undefined ? {} : { "synod-region": vantage.value };
}
