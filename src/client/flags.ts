import { FLAG_SET_DEFAULT, flagSetKey } from "../api/flag-set-name.ts";
import type { FlagContext } from "../flags/resolution.ts";
import { flagEngine } from "./flag-engine-flagd.ts";
import { createSynod, type Place, type SynodOptions } from "./synod.ts";
import type { View, ViewOptions } from "./view.ts";

export { flagEngine };

export interface SynodAdapterOptions
  extends Omit<SynodOptions, "flagEngine">,
    Pick<ViewOptions, "maxAgeMs" | "waitUntil"> {
  /** The flag set: `default` when absent, which is the value of `flags/default`. */
  readonly set?: string | undefined;
}

/** What Vercel's Flags SDK asks: `entities`, which `identify` found out, are the context of the evaluation. */
interface Decision<Entities> {
  readonly entities?: Entities | undefined;
}

/** An adapter of Vercel's Flags SDK (`flags`, version 4). */
export interface SynodAdapter<Value, Entities> {
  readonly adapterId: symbol;
  readonly config: { readonly reportValue: boolean };
  decide(asked: Decision<Entities> & { readonly key: string; readonly defaultValue?: unknown }): Promise<Value>;
  bulkDecide(
    asked: Decision<Entities> & { readonly flags: { readonly key: string; readonly defaultValue?: unknown }[] },
  ): Promise<Record<string, Value>>;
}

/** A function's instance may sleep between two requests, so its view is read anew when it is used, and older than this. */
const MAX_AGE_MS = 5_000;

/**
 * Makes adapters of Vercel's Flags SDK that share one view of a flag set: `flag({ key, adapter: synodAdapter() })`. Flags
 * that are evaluated together are of one revision. What has no value is left to the flag's `defaultValue`.
 */
export function createSynodAdapter(
  place: Place,
  { set = FLAG_SET_DEFAULT, maxAgeMs = MAX_AGE_MS, waitUntil, ...options }: SynodAdapterOptions = {},
): <Value, Entities extends object = FlagContext>() => SynodAdapter<Value, Entities> {
  const synod = createSynod(place, { ...options, flagEngine });
  const adapterId = Symbol(`synod ${set}`);
  let opening: Promise<View> | undefined;
  const open = (): Promise<View> => {
    opening ??= synod.config.view(flagSetKey(set), { maxAgeMs, waitUntil }).catch((error: unknown) => {
      // The next evaluation tries again.
      opening = undefined;
      throw error;
    });
    return opening;
  };
  return <Value, Entities extends object>(): SynodAdapter<Value, Entities> => {
    const pinned = async (entities: Entities | undefined) => {
      const at = (await open()).at((entities ?? {}) as FlagContext);
      return (key: string) => at.flag<unknown>(key, undefined, set).value as Value;
    };
    return {
      adapterId,
      config: { reportValue: true },
      decide: async ({ key, entities }) => (await pinned(entities))(key),
      async bulkDecide({ flags, entities }) {
        const valueOf = await pinned(entities);
        return Object.fromEntries(flags.map(({ key }) => [key, valueOf(key)]));
      },
    };
  };
}
