import { Strategy, type StrategyInput } from "../api/strategy.ts";

const MINUTE_S = 60;

/** The strategies that AWS AppConfig has under the same names, with its times. */
const INPUTS = {
  AllAtOnce: { stages: [{ share: 1, dwell_s: 0 }], bake_s: 10 * MINUTE_S },
  Linear50PercentEvery30Seconds: {
    stages: [
      { share: 0.5, dwell_s: 30 },
      { share: 1, dwell_s: 30 },
    ],
    bake_s: MINUTE_S,
  },
  Linear20PercentEvery6Minutes: {
    stages: [0.2, 0.4, 0.6, 0.8, 1].map((share) => ({ share, dwell_s: 6 * MINUTE_S })),
    bake_s: 30 * MINUTE_S,
  },
  Canary10Percent20Minutes: {
    stages: [0.1, 0.2, 0.4, 0.8, 1].map((share) => ({ share, dwell_s: 4 * MINUTE_S })),
    bake_s: 10 * MINUTE_S,
  },
} satisfies Readonly<Record<string, StrategyInput>>;

export const PRESETS: Readonly<Record<string, Strategy>> = Object.fromEntries(
  Object.entries(INPUTS).map(([name, input]) => [name, Strategy.parse(input)]),
);

/** Of a release that names none. */
export const PRESET_DEFAULT = "Linear20PercentEvery6Minutes";

export function presetOf(name: string): Strategy | undefined {
  return Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined;
}
