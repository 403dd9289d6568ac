import { ProblemError } from "../../api/problem.ts";
import type { Release } from "../../api/release.ts";
import type { Coordinator } from "../../node/coordinate/coordinator.ts";
import { findingsOf } from "../../node/rollout/findings.ts";
import type { Asker, ReleaseEvent, ReleaseRefusal } from "../../rollout/event.ts";
import { madeChange, movedKey } from "../../rollout/make.ts";
import { bytesOfKey, transitionOp } from "../../rollout/operations.ts";
import { transition } from "../../rollout/transition.ts";
import { etag } from "../etag.ts";
import { type AnswerHeaders, unexpected, write } from "../outcome.ts";
import { freezesLoad, keysLoad, type Loaded, releaseLoad, schemasLoad, stagedLoad } from "./load.ts";

/** A transition that a person asks for. */
export interface Ask {
  readonly id: string;
  /** The step that the person saw; absent where it does not matter. */
  readonly step: number | undefined;
  readonly asker: Asker;
  readonly requestId: string;
  readonly nowMs: number;
  readonly event: (release: Release) => Exclude<ReleaseEvent, { readonly findings: unknown }> | FindingEvent;
}

/** Events that are validated anew: what the validators say is filled in. */
export interface FindingEvent {
  readonly kind: "validate" | "start" | "advance" | "complete";
  readonly reason?: string | undefined;
}

export interface Changed extends Loaded {
  readonly headers: AnswerHeaders;
}

/** Makes the transition, or throws the problem that says why not. A repeat of the same request is answered like the first. */
export async function releaseChange(coordinator: Coordinator, ask: Ask): Promise<Changed> {
  const { value: loaded } = await releaseLoad(coordinator, ask.id);
  if (ask.step !== undefined && ask.step !== loaded.step) return repeated(coordinator, ask, loaded.step);
  const wanted = ask.event(loaded.release);
  const { event, moved } = await prepared(coordinator, loaded.release, wanted);
  const around = {
    nowMs: ask.nowMs,
    step: loaded.step,
    freezes: await freezesLoad(coordinator),
    // A person's word is enough: two learners agree only among themselves.
    learners: 1,
    ...(moved === undefined ? {} : { moved }),
  };
  const outcome = transition(loaded.release, event, ask.asker, around);
  if (outcome.kind === "refused") throw refusalProblem(outcome, loaded.step);
  const staged = outcome.effect === "write-keys" ? await stagedLoad(coordinator, ask.id) : [];
  const op = transitionOp(loaded.step, outcome, staged);
  const { result, headers } = await write(coordinator, { op, requestId: ask.requestId }, asked(ask, wanted.kind));
  if (result.kind !== "txn" && result.kind !== "applied-before") throw unexpected(result);
  if (result.kind === "txn" && !result.succeeded) throw overtaken(headers);
  const { value: now } = await releaseLoad(coordinator, ask.id);
  return { ...now, headers };
}

/** What a retry has in common with the request, whatever the release is meanwhile. */
function asked({ id, step }: Ask, kind: string): object {
  return { kind: `release-${kind}`, id, step };
}

/**
 * The step has moved on. If it was this very request that moved it, the log knows: the same request id is answered with
 * what became of it; any other comparison of the old step fails.
 */
async function repeated(coordinator: Coordinator, ask: Ask, step: number): Promise<Changed> {
  const { value: now } = await releaseLoad(coordinator, ask.id);
  const { kind } = ask.event(now.release);
  const stale = { kind: "txn", compare: [], success: [], failure: [] } as const;
  const op = {
    ...stale,
    compare: [{ key: new Uint8Array([0]), result: "less", target: { kind: "mod", value: 0 } }],
  } as const;
  const { result, headers } = await write(coordinator, { op, requestId: ask.requestId }, asked(ask, kind));
  if (result.kind === "txn" && result.succeeded) return { ...now, headers };
  const detail = `the release is at step ${step}; read it again`;
  throw new ProblemError("precondition-failed", detail, { mod_revision: step }, { ...headers, etag: etag(step) });
}

function overtaken(headers: AnswerHeaders): ProblemError {
  const detail = "the release, or a key of it, changed meanwhile; read it again";
  return new ProblemError("precondition-failed", detail, {}, headers);
}

async function prepared(
  coordinator: Coordinator,
  release: Release,
  wanted: Exclude<ReleaseEvent, { readonly findings: unknown }> | FindingEvent,
): Promise<{ readonly event: ReleaseEvent; readonly moved: string | undefined }> {
  if (!isFindingEvent(wanted)) return { event: wanted, moved: undefined };
  const keys = release.changes.map(bytesOfKey);
  const [staged, before, schemas] = await Promise.all([
    stagedLoad(coordinator, release.id),
    keysLoad(coordinator, keys),
    schemasLoad(coordinator),
  ]);
  const changes = staged.map((one, index) => madeChange(one, before[index]).plan);
  const mods = new Map(keys.map((key, index) => [key.join(), before[index]?.modRevision ?? 0]));
  const moved = movedKey(release.changes, (key) => mods.get(key.join()) ?? 0);
  return { event: { ...wanted, findings: await findingsOf(schemas, changes) }, moved };
}

function isFindingEvent(event: { readonly kind: ReleaseEvent["kind"] }): event is FindingEvent {
  return ["validate", "start", "advance", "complete"].includes(event.kind);
}

function refusalProblem({ code, detail, findings }: ReleaseRefusal, step: number): ProblemError {
  const more = { mod_revision: step, ...(findings === undefined ? {} : { findings: [...findings] }) };
  return new ProblemError(code, detail, more, { etag: etag(step) });
}
