import { addressOf, type Configuration } from "../../network/address.ts";
import { isRegion } from "../../network/region.ts";
import type { Parts } from "../rpc/call.ts";
import type { NearLearners } from "../rpc/near-learners.ts";
import * as timing from "../timing.ts";
import type { BackupAnswer, BackupQuestion } from "./coordinator.ts";

/** A page takes a learner longer to read than a question to answer. */
const PAGE_MS = 10_000;
const TRIES_MAX = 3;

/** A backup as a Worker reads it: begun at the nearest learner that can, and read from that one to its end. */
export async function backupAnswer(
  { parts, configuration, learners }: { parts: Parts; configuration: Configuration; learners: NearLearners },
  question: BackupQuestion,
): Promise<BackupAnswer> {
  if (question.kind === "page") return pageOf(parts, configuration, question);
  const { waitMs } = learners;
  for (const region of learners.order()) {
    const call = { kind: "backup", configuration, isLocal: question.isLocal, waitMs } as const;
    const answer = await learners.ask(region, call, waitMs + timing.CALL_MARGIN_MS);
    if (answer?.kind === "backup-head") {
      return { kind: "head", region, epoch: configuration.epoch, head: answer.head };
    }
  }
  return { kind: "unreachable" };
}

async function pageOf(
  parts: Parts,
  configuration: Configuration,
  { region, place, at }: Extract<BackupQuestion, { kind: "page" }>,
): Promise<BackupAnswer> {
  if (!isRegion(region)) return { kind: "unreachable" };
  const to = addressOf(configuration, "learner", region);
  const call = { kind: "backup", configuration, isLocal: true, waitMs: 0, page: { place, at } } as const;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const outcome = await parts.learners.call(to, call, PAGE_MS);
    if (outcome.ok && outcome.answer.kind === "backup-page") return outcome.answer.page;
  }
  return { kind: "unreachable" };
}
