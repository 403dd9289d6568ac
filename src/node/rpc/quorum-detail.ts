import { enrolmentPeers } from "../../core/identity.ts";
import type { NodeContext } from "./context.ts";

/** Why too few acceptors answered, as far as they said so themselves. */
export function quorumDetail({ health, configuration }: Pick<NodeContext, "health" | "configuration">): string {
  const { namespace, members } = configuration;
  const silent = [...health.news.silent(namespace)];
  const named = (isMeant: (why: string) => boolean) =>
    silent.filter(([, why]) => isMeant(why)).map(([region]) => region);
  const blank = named((why) => why === "blank");
  const lost = named((why) => why !== "blank");
  const details = ["too few acceptors answered"];
  if (blank.length > 0) {
    const needed = enrolmentPeers(members.length) + 1;
    details.push(
      `a namespace's first use needs ${needed} of ${members.length} regions up: ${blank.join()} wait for it`,
    );
  }
  if (lost.length > 0) details.push(`${lost.join()} lost stored votes and stay silent until they returned`);
  return details.join("; ");
}
