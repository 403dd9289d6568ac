import type { z } from "zod";
import type { Release } from "../api/release.ts";
import type { ReleasesAnswer, StagedAnswer } from "../api/release-answer.ts";
import { isEnded } from "../api/release-state.ts";
import type { ReleaseNews } from "../api/watch-frame.ts";
import type { Caller } from "./caller.ts";
import { keyFrom } from "./entry.ts";
import { SynodError } from "./error.ts";
import { keyPath } from "./key.ts";
import { type HeldRelease, releaseHeld } from "./overlays.ts";
import { backoffMs, pause } from "./retry.ts";

/** Where a view has its releases from. */
export class ReleaseSource {
  readonly #caller: Caller;
  readonly #prefix: string;

  constructor(caller: Caller, prefix: string) {
    this.#caller = caller;
    this.#prefix = prefix;
  }

  /** The releases of the view's keys that had not ended at a revision, and in which region this client is. */
  async at(
    revision: number,
    known: (id: string) => HeldRelease | undefined,
    signal?: AbortSignal,
  ): Promise<{ readonly region: string; readonly held: readonly HeldRelease[] }> {
    const query = { state: "active", at: `${revision}` };
    const response = await this.#caller.read({ method: "GET", path: "/releases", query, signal });
    const { region, releases } = (await response.json()) as z.infer<typeof ReleasesAnswer>;
    const news = releases.map(({ step, ...release }) => ({ release, mod_revision: step }));
    return { region, held: await this.#held(news, known, signal) };
  }

  /** The releases of the view's keys among those that changed, with their values; tried until they are here. */
  async changed(
    news: readonly ReleaseNews[],
    known: (id: string) => HeldRelease | undefined,
    signal: AbortSignal,
  ): Promise<readonly HeldRelease[]> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#held(news, known, signal);
      } catch (error) {
        if (signal.aborted || (error instanceof SynodError && isRefusal(error))) throw error;
        await pause(backoffMs(attempt), signal);
      }
    }
  }

  async #held(
    news: readonly ReleaseNews[],
    known: (id: string) => HeldRelease | undefined,
    signal: AbortSignal | undefined,
  ): Promise<readonly HeldRelease[]> {
    const here = news.filter(({ release }) => this.#touches(release));
    return Promise.all(
      here.map(async ({ release, mod_revision: step }): Promise<HeldRelease> => {
        const held = known(release.id);
        if (held !== undefined) return { ...held, release, step };
        const staged = isEnded(release) ? [] : await this.#staged(release.id, signal);
        return releaseHeld({ release, step }, staged);
      }),
    );
  }

  #touches({ changes }: Release): boolean {
    return changes.some((change) => keyFrom(change).key.startsWith(this.#prefix));
  }

  async #staged(id: string, signal: AbortSignal | undefined): Promise<z.infer<typeof StagedAnswer>["changes"]> {
    const path = `/releases/${keyPath(id)}/staged`;
    const response = await this.#caller.read({ method: "GET", path, query: { prefix: this.#prefix }, signal });
    return ((await response.json()) as z.infer<typeof StagedAnswer>).changes;
  }
}

/** What no further try can change. */
function isRefusal({ problem }: SynodError): boolean {
  const status = problem?.status ?? 0;
  return status >= 400 && status < 500 && status !== 429;
}
