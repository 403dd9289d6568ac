import type { Release } from "../../data/releases.ts";
import { duration, percent } from "../../parts/format.ts";

interface Step {
  readonly name: string;
  readonly about: string;
  readonly isDone: boolean;
  readonly isNow: boolean;
}

/** The stages of a release, and where it stands among them. */
export function StageBar({ release }: { readonly release: Release }) {
  const steps = stepsOf(release);
  return (
    <ol class="stages" aria-label="Stages">
      {steps.map(({ name, about, isDone, isNow }, index) => (
        <li key={index} class={isNow ? "is-now" : isDone ? "is-done" : ""} aria-current={isNow ? "step" : undefined}>
          <strong>{name}</strong>
          <span class="faint">{about}</span>
        </li>
      ))}
    </ol>
  );
}

function stepsOf({ strategy, stage, state }: Release): readonly Step[] {
  const parse = strategy.parse_first;
  const names = [
    ...(parse === undefined ? [] : [{ name: "parse only", about: duration(parse.dwell_s * 1_000) }]),
    ...strategy.stages.map(({ share, regions, dwell_s: seconds }) => ({
      name: share === undefined ? (regions?.join(", ") ?? "a segment") : percent(share),
      about: duration(seconds * 1_000),
    })),
    { name: "all", about: `final after ${duration(strategy.bake_s * 1_000)}` },
  ];
  const isFinal = state === "completed" || state === "reverted";
  const at = isFinal ? names.length : state === "baking" ? names.length - 1 : (stage ?? -1);
  const isUnderWay = ["staging", "paused", "baking"].includes(state);
  return names.map((one, index) => ({ ...one, isDone: index < at, isNow: isUnderWay && index === at }));
}
