import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { utf8Encode } from "../../api/bytes.ts";
import { keyFault, valueFault } from "../../api/key.ts";
import { keyName } from "../../api/overlay.ts";
import { ProblemError } from "../../api/problem.ts";
import { type Finding, RELEASE_BYTES_MAX, type ReleaseInput, type Staged } from "../../api/release.ts";
import { logicFault } from "../../api/segment.ts";
import type { Strategy } from "../../api/strategy.ts";
import type { Coordinator } from "../../node/coordinate/coordinator.ts";
import { findingsOf } from "../../node/rollout/findings.ts";
import { stagedText } from "../../rollout/create.ts";
import { holdKey } from "../../rollout/documents.ts";
import { type MadeChange, madeChange, stagedFrom } from "../../rollout/make.ts";
import { bytesOfKey, writeOf } from "../../rollout/operations.ts";
import { planFindings } from "../../rollout/plan.ts";
import { PRESET_DEFAULT } from "../../rollout/presets.ts";
import { keysLoad, schemasLoad, strategyLoad } from "./load.ts";

/** A release that could be made, with all that is known of it. */
export interface Draft {
  readonly made: readonly MadeChange[];
  readonly staged: Staged;
  readonly digest: string;
  readonly strategy: Strategy;
  readonly strategyName: string | undefined;
  readonly findings: readonly Finding[];
  /** Keys that other releases hold. */
  readonly held: readonly { readonly key: string; readonly release: string }[];
}

export async function draftOf(coordinator: Coordinator, input: ReleaseInput): Promise<Draft> {
  const changes = input.changes.map((change, index) => {
    const staged = stagedFrom(change);
    if (staged === undefined) throw faulty(index, "not base64");
    return checked(staged, index);
  });
  const names = new Set(changes.map(keyName));
  if (names.size !== changes.length) throw new ProblemError("invalid-request", "body changes: a key is changed once");
  const name = typeof input.strategy === "object" ? undefined : (input.strategy ?? PRESET_DEFAULT);
  const [strategy, schemas, before, holds] = await Promise.all([
    typeof input.strategy === "object" ? input.strategy : strategyLoad(coordinator, name ?? PRESET_DEFAULT),
    schemasLoad(coordinator),
    keysLoad(coordinator, changes.map(bytesOfKey)),
    keysLoad(coordinator, changes.map(holdKey)),
  ]);
  strategyCheck(strategy);
  const made = changes.map((staged, index) => madeChange(staged, before[index]));
  const staged = { changes: made.map((one) => one.staged) };
  if (JSON.stringify(staged).length > RELEASE_BYTES_MAX) {
    throw new ProblemError("too-large", `a release's values have at most ${RELEASE_BYTES_MAX} bytes as JSON`);
  }
  const plan = made.map((one) => one.plan);
  return {
    made,
    staged,
    digest: bytesToHex(sha256(utf8Encode(stagedText(staged)))),
    strategy,
    strategyName: name,
    findings: [...planFindings(plan), ...(await findingsOf(schemas, plan))],
    held: holds.flatMap((hold, index) => {
      const key = changes[index]?.key;
      return hold === undefined || key === undefined ? [] : [{ key, release: holderOf(hold.value) }];
    }),
  };
}

/** A strategy's expressions, where a person gave them. */
export function strategyCheck({ stages }: Strategy): void {
  for (const [index, { segment }] of stages.entries()) {
    const fault = segment === undefined ? undefined : logicFault(segment as never);
    if (fault === undefined) continue;
    const parameter = `strategy.stages.${index}.segment`;
    throw new ProblemError("invalid-request", `body ${parameter}: ${fault}`, { parameter });
  }
}

function checked(staged: Staged["changes"][number], index: number): Staged["changes"][number] {
  const write = writeOf(staged);
  if (write.kind !== "put" && write.kind !== "delete") throw new Error("a staged change is a put or a delete");
  const fault = keyFault(write.key) ?? (write.kind === "put" ? valueFault(write.value) : undefined);
  if (fault !== undefined) throw faulty(index, fault.message);
  return staged;
}

function faulty(index: number, message: string): ProblemError {
  const parameter = `changes.${index}`;
  return new ProblemError("invalid-request", `body ${parameter}: ${message}`, { parameter });
}

/** The release that a hold's document names. */
export function holderOf(value: Uint8Array): string {
  const { release } = JSON.parse(new TextDecoder().decode(value)) as { readonly release?: unknown };
  return typeof release === "string" ? release : "";
}

/** The problem that keys are held by other releases. */
export function heldProblem(held: Draft["held"]): ProblemError {
  const [first] = held;
  const detail = `the release ${first?.release} holds ${held.map(({ key }) => key).join(", ")}; nothing was done`;
  return new ProblemError("release-in-progress", detail, first === undefined ? {} : { release: first.release });
}
