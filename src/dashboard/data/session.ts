import { signal } from "@preact/signals";
import { askJson, type Trouble, troubleOf } from "./http.ts";

export interface Session {
  /** Whether this server simulates a network. */
  readonly development: boolean;
  /** Where the server takes this browser to be. */
  readonly region: string;
}

/** Undefined until it is known. */
export const session = signal<Session | undefined>(undefined);
export const sessionTrouble = signal<Trouble | undefined>(undefined);

export async function sessionLoad(): Promise<void> {
  try {
    session.value = await askJson<Session>("/dashboard/session");
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
