import { dwellSeconds, stageCount } from "../../api/release-state.ts";
import type { Release, ReleaseHealth, ReleasePlan } from "../../client/index.ts";
import { type Row, tableOf } from "../output.ts";

type Verdict = ReleaseHealth["verdicts"][number];
type Transition = ReleaseHealth["transitions"][number];

/** What a person wants to know of a release in one line. */
export function statusRow(release: Release): Row {
  const { id, state, share, step, author, note, strategy_name: strategy, changes, last } = release;
  return {
    id,
    state,
    stage: stageText(release),
    share,
    step,
    keys: changes.length === 1 ? changes[0]?.key : `${changes.length} keys`,
    strategy,
    author,
    note,
    last: `${last.kind} by ${last.by}`,
    reason: last.reason,
  };
}

/** `2 of 3`, while it is staged. */
export function stageText({ stage, strategy }: Pick<Release, "stage" | "strategy">): string | undefined {
  return stage === null ? undefined : `${stage + 1} of ${stageCount(strategy)}`;
}

export function percentText(share: number): string {
  return `${Math.round(share * 1_000) / 10} %`;
}

export function verdictRow({ guard, action, verdict, detail, evidence }: Verdict): Row {
  return { guard, action, verdict, evidence: evidence === undefined ? undefined : round(evidence), detail };
}

function round(value: number): number {
  return value < 100 ? Math.round(value * 100) / 100 : Math.round(value);
}

export function planText({ diff, findings, conflicts, stages, strategy, digest }: ReleasePlan): string {
  const changes = diff.map(({ key, change, before, after }) => ({
    key,
    change,
    before: before?.text ?? bytesText(before),
    after: after?.text ?? bytesText(after),
  }));
  const steps = stages.map(({ stage, exposed }) => ({
    stage: stage + 1,
    lasts: `${dwellSeconds(strategy, stage)} s`,
    exposed: exposed ?? undefined,
  }));
  const parts = [
    tableOf(changes),
    tableOf(findings.map(({ severity, code, detail }) => ({ severity, finding: code, detail }))),
    tableOf(conflicts.map(({ key, release }) => ({ conflict: key, "held by": release }))),
    tableOf(steps),
    `digest  ${digest}\n`,
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function bytesText(value: { readonly bytes: number } | undefined): string | undefined {
  return value === undefined ? undefined : `${value.bytes} bytes`;
}

/** A transition with its evidence, over several lines. */
export function explanationOf({
  kind,
  from,
  to,
  stage,
  by,
  at_ms,
  reason,
  evidence = [],
  overrode,
}: Transition): string {
  const where = to === "staging" && stage !== undefined ? `staging, stage ${stage + 1}` : to;
  const lines = [
    `${new Date(at_ms).toISOString()}  ${kind}: ${from === undefined ? "" : `${from} → `}${where}, by ${by}`,
    ...(reason === undefined ? [] : [`  why: ${reason}`]),
    ...(overrode === undefined ? [] : [`  past the freeze window ${overrode}`]),
    ...evidence.flatMap(({ region, dwelt_ms, verdicts }) => [
      `  ${region} saw it for ${Math.round(dwelt_ms / 100) / 10} s`,
      ...verdicts.map(({ guard, verdict, detail }) => `    ${guard} is ${verdict}: ${detail}`),
    ]),
  ];
  return `${lines.join("\n")}\n`;
}
