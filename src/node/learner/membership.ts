import { type Configuration, configurationEqual, membersEqual } from "../../network/address.ts";
import type { Region } from "../../network/region.ts";
import type { Sql } from "../../state/sql.ts";
import { askRegister } from "../register/ask-register.ts";
import type { LearnerAnswer, LearnerCall, LearnerQuestion, Parts } from "../rpc/call.ts";
import type { NodeContext } from "../rpc/context.ts";
import { MembershipWatch } from "../rpc/membership-watch.ts";

/** Questions that are no use of the namespace: what parts of one membership tell each other. */
const AMONG_PARTS: readonly LearnerQuestion["kind"][] = ["learn", "recall", "digests", "status"];

/**
 * Which members a learner's namespace has (protocol, "Membership"): those that it stored, which it did when its home
 * acceptor first answered under them; before that those that it was started with, unless the register, or an
 * acceptor, tells of others.
 */
export class Membership {
  readonly configuration: Configuration;
  readonly #sql: Sql;
  readonly #parts: Parts;
  readonly #watch = new MembershipWatch();
  #isStored: boolean;
  #isCompared = false;
  #looking: Promise<void> | undefined;

  /** `configuration`: what the learner was started with. */
  constructor(sql: Sql, configuration: Configuration, parts: Parts) {
    this.#sql = sql;
    this.#parts = parts;
    sql.exec("CREATE TABLE IF NOT EXISTS membership (one INTEGER PRIMARY KEY CHECK (one = 1), members TEXT NOT NULL)");
    const row = sql.exec<{ members: string }>("SELECT members FROM membership")[0];
    this.#isStored = row !== undefined;
    const members = row?.members.split(",") as Region[] | undefined;
    this.configuration = members === undefined ? configuration : { ...configuration, members };
  }

  /** The same parts, listened to: an acceptor may know of other members. */
  listening(parts: Parts): Parts {
    return this.#watch.parts(parts);
  }

  /** The home acceptor, which is enrolled, answered under these members. The register holds them, too, from now on. */
  confirm({ host }: Pick<NodeContext, "host">): void {
    if (this.#isStored) return;
    this.#sql.exec("INSERT OR REPLACE INTO membership VALUES (1, ?)", this.configuration.members.join(","));
    this.#isStored = true;
    host.background(askRegister({ parts: this.#parts, configuration: this.configuration }, "claim"));
  }

  /** Answers a call that names this namespace's members. To others it tells those that it knows of. */
  async answer(call: LearnerCall, work: () => Promise<LearnerAnswer>): Promise<LearnerAnswer> {
    const { configuration } = this;
    const isMeant = configurationEqual(configuration, call.configuration);
    if (this.#isStored) return isMeant ? work() : { kind: "other-members", members: configuration.members };
    if (!isMeant) return { kind: "silent" };
    if (!AMONG_PARTS.includes(call.kind)) await this.#compare();
    return this.#watch.until<LearnerAnswer>(work, (members) => ({ kind: "other-members", members }));
  }

  /** Its members, if they are not those that somebody names who wants to watch it. */
  async others(members: readonly Region[]): Promise<readonly Region[] | undefined> {
    if (!this.#isStored) await this.#compare();
    const own = this.#watch.members ?? this.configuration.members;
    return membersEqual(own, members) ? undefined : own;
  }

  /** Asks the register, until it answered once. Without an answer it goes on: acceptors compare, too. */
  async #compare(): Promise<void> {
    if (this.#isCompared || this.#watch.members !== undefined) return;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  async #look(): Promise<void> {
    const registered = await askRegister({ parts: this.#parts, configuration: this.configuration }, "look");
    if (registered.kind === "others") this.#watch.heard(registered.members);
    this.#isCompared = registered.kind === "same";
  }
}
