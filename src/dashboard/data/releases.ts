import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ReleaseAnswer } from "../../api/release-answer.ts";
import { place } from "../shell/place.ts";
import { ask, askJson, freshRequestId, jsonBody, type Trouble, troubleOf } from "./http.ts";
import { vantageHeaders } from "./session.ts";
import { telemetry } from "./telemetry.ts";

export type Release = ReleaseAnswer;

/** All releases of the namespace, the newest first; undefined before they were read. */
export const releases = signal<readonly Release[] | undefined>(undefined);
export const releasesTrouble = signal<Trouble | undefined>(undefined);

const PAUSE_MS = 300;

/** While the component is there, releases are read whenever the namespace came to a new revision. */
export function useReleases(namespace: string): void {
  useEffect(() => {
    releases.value = undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let seen = -1;
    const stop = effect(() => {
      const revision = telemetry.value?.status.revision ?? 0;
      if (revision === seen || timer !== undefined) return;
      timer = setTimeout(() => {
        timer = undefined;
        seen = telemetry.value?.status.revision ?? 0;
        void releasesLoad(namespace);
      }, PAUSE_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [namespace]);
}

export async function releasesLoad(namespace: string): Promise<void> {
  try {
    const path = `/v1/${namespace}/releases`;
    const { releases: found } = await askJson<{ releases: readonly Release[] }>(path, { headers: vantageHeaders() });
    if (place.value.namespace === namespace) releases.value = found;
    releasesTrouble.value = undefined;
  } catch (error) {
    releasesTrouble.value = troubleOf(error);
  }
}

export type Action =
  | "validate"
  | "approve"
  | "reject"
  | "start"
  | "advance"
  | "complete"
  | "pause"
  | "resume"
  | "rollback"
  | "revert"
  | "cancel";

/** Takes a release on, from the step that is shown. Throws `Trouble`. */
export async function releaseAct(namespace: string, { id, step }: Release, action: Action): Promise<void> {
  const headers = { ...vantageHeaders(), "if-match": `"${step}"`, "idempotency-key": freshRequestId() };
  await ask(`/v1/${namespace}/releases/${id}/${action}`, { method: "POST", headers });
  await releasesLoad(namespace);
}

export interface NewRelease {
  readonly key: string;
  readonly value: string;
  readonly strategy: string;
  readonly note: string;
}

/** Makes a release of one key. Throws `Trouble`. @returns its id. */
export async function releaseMake(namespace: string, { key, value, strategy, note }: NewRelease): Promise<string> {
  const { headers, body } = jsonBody({
    changes: [{ key, value }],
    strategy,
    ...(note === "" ? {} : { note }),
  });
  const made = await askJson<Release>(`/v1/${namespace}/releases`, {
    method: "POST",
    headers: { ...headers, ...vantageHeaders(), "idempotency-key": freshRequestId() },
    body,
  });
  await releasesLoad(namespace);
  return made.id;
}

export interface NamedStrategy {
  readonly name: string;
  readonly preset: boolean;
}

export async function strategiesRead(namespace: string): Promise<readonly NamedStrategy[]> {
  const path = `/v1/${namespace}/strategies`;
  const { strategies } = await askJson<{ strategies: readonly NamedStrategy[] }>(path, { headers: vantageHeaders() });
  return strategies;
}
