import { ballotCompare } from "../../core/ballot.ts";
import {
  callAdmit,
  enrolmentRecord,
  type Identity,
  identityEnrolled,
  identityReturned,
  identitySilenced,
  isOlderCopy,
  livesOf,
  NO_LIVES,
} from "../../core/identity.ts";
import type { Slot } from "../../core/log.ts";
import { type Configuration, configurationEqual } from "../../network/address.ts";
import type { Host } from "../../network/host.ts";
import type { Region } from "../../network/region.ts";
import type { Sql } from "../../state/sql.ts";
import { askRegister } from "../register/ask-register.ts";
import type { AcceptorAnswer, AcceptorCall, Decided, Storage } from "../rpc/call.ts";
import type { NodeContext } from "../rpc/context.ts";
import type { AcceptorStore, Opened } from "./acceptor-store.ts";
import { enrolRegistered } from "./enrol-at-peers.ts";
import { acceptorReturn } from "./return.ts";

/** That an acceptor went silent, or answers again: for the log. */
export interface StandingNews {
  readonly event: "acceptor-silent" | "acceptor-returned";
  readonly namespace: string;
  readonly region: Region;
  readonly standing: Identity["standing"];
  readonly life: number;
}

/** What it takes of the acceptor that it is part of. */
export interface EnrolmentPorts {
  readonly sql: Sql;
  readonly host: Host;
  readonly region: Region;
  readonly store: AcceptorStore;
  readonly report: (news: StandingNews) => void;
  /** Has `comeBack` called later. */
  readonly arm: () => void;
  readonly contextOf: (configuration: Configuration) => NodeContext;
  /** Takes chosen entries from the peers' logs; how far the log is known to be chosen then. */
  readonly copyLog: (configuration: Configuration, upTo: Slot) => Promise<Slot>;
  readonly learn: (configuration: Configuration, decided: readonly Decided[]) => void;
}

type Known = Extract<Opened, { readonly kind: "opened" }>;

/** Who an acceptor is among its peers, and whether it answers (protocol, "Lives"). */
export class Enrolment {
  readonly #ports: EnrolmentPorts;
  #underWay: { readonly members: string; readonly work: Promise<readonly Region[] | undefined> } | undefined;

  constructor(ports: EnrolmentPorts) {
    this.#ports = ports;
  }

  /** Why a call is refused; undefined when it is admitted. In the turn of the call. */
  admit(call: Exclude<AcceptorCall, { readonly kind: "enrol" }>, opened: Known): AcceptorAnswer | undefined {
    const { identity } = opened;
    if (identity.standing !== "enrolled") return silent(opened);
    const self = this.#ports.region;
    const told = call.kind === "steps" ? call.witness : undefined;
    const isOlder = isOlderCopy(identity, this.#ports.store, { ownLife: call.lives?.[self] ?? 0, told });
    if (isOlder) return this.#silence(call.configuration, opened);
    const returning = call.kind === "steps" ? call.returning : undefined;
    const after = callAdmit(identity, self, { lives: call.lives ?? NO_LIVES, returning });
    if (after.identity !== identity) this.#save(call.configuration, after.identity, opened.since);
    return after.admitted ? undefined : { kind: "other-lives", lives: livesOf(after.identity, self) };
  }

  /** Records a peer that stores nothing yet. */
  record(configuration: Configuration, opened: Opened, { region, nonce }: Storage): AcceptorAnswer {
    const { store } = this.#ports;
    const known = opened.kind === "opened" ? opened : this.#begin();
    const { identity, admitted } = enrolmentRecord(known.identity, region, nonce);
    if (identity !== known.identity || opened.kind !== "opened") this.#save(configuration, identity, known.since);
    const { standing } = identity;
    const standings = { isEnrolled: standing === "enrolled", isBlank: standing === "blank" };
    const lives = livesOf(identity, this.#ports.region);
    return { kind: "peer", isRecorded: admitted, ...standings, lives, promised: store.promised };
  }

  /** Enrols an acceptor that stores nothing yet, if enough peers record it. Answers other members that it was told of. */
  attempt(configuration: Configuration): Promise<readonly Region[] | undefined> {
    const members = configuration.members.toSorted().join();
    if (this.#underWay?.members === members) return this.#underWay.work;
    const work = this.#enrol(configuration).finally(() => {
      if (this.#underWay?.work === work) this.#underWay = undefined;
    });
    this.#underWay = { members, work };
    return work;
  }

  /** Enrols, or returns; whether it answers now. */
  async comeBack(configuration: Configuration): Promise<boolean> {
    const opened = this.#open(configuration);
    if (opened?.identity.standing === "blank") await this.attempt(configuration);
    else if (opened !== undefined && opened.identity.standing !== "enrolled") await this.#return(configuration, opened);
    return this.#open(configuration)?.identity.standing === "enrolled";
  }

  async #enrol(configuration: Configuration): Promise<readonly Region[] | undefined> {
    const { sql, store, contextOf, arm } = this.#ports;
    const context = contextOf(configuration);
    // Before anything is stored: who asks with other members leaves no trace.
    const registered = await askRegister(context, "look");
    if (registered.kind === "others") return registered.members;
    const known = sql.transaction(() => {
      const opened = store.open(configuration, this.#ports.region);
      if (opened.kind === "opened") return opened;
      // A blank one that was asked under other members begins again under these, unless they may be the wrong ones.
      const isFree = opened.kind === "nothing" || (opened.kind === "other-members" && opened.isBlank);
      if (!isFree || (opened.kind !== "nothing" && registered.kind === "unreachable")) return undefined;
      const begun = this.#begin();
      this.#save(configuration, begun.identity, begun.since);
      return begun;
    });
    if (known === undefined || known.identity.standing !== "blank") return undefined;
    const { told, others } = await enrolRegistered(context, known.identity.nonce);
    sql.transaction(() => {
      // Peers may have asked this acceptor to record them meanwhile.
      const now = this.#open(configuration);
      if (now?.identity.standing !== "blank" || now.identity.nonce !== known.identity.nonce) return;
      if (told === "lost") this.#silence(configuration, now, "lost-storage");
      else if (told === "recorded") this.#save(configuration, identityEnrolled(now.identity), 0);
    });
    if (told !== "recorded") arm();
    return others;
  }

  async #return(configuration: Configuration, { identity }: Known): Promise<void> {
    const { sql, store, contextOf, copyLog, learn, report } = this.#ports;
    const context = contextOf(configuration);
    const { region } = context.parts;
    const returned = await acceptorReturn(context, { identity, promised: store.promised, from: store.chosenUpTo + 1 });
    if (returned === undefined) return;
    learn(configuration, returned.decided);
    if ((await copyLog(configuration, returned.upTo)) < returned.upTo) return;
    const others = configuration.members.filter((member) => member !== region);
    const isBack = sql.transaction(() => {
      const now = this.#open(configuration);
      if (now?.identity.nonce !== identity.nonce || ballotCompare(store.promised, returned.ballot) >= 0) return false;
      // What an older copy holds above is no more than a blank disk would: the return found all that counts.
      store.forgetUndecided();
      store.apply([{ kind: "promise", ballot: returned.ballot, openFrom: returned.openFrom }]);
      this.#save(configuration, identityReturned(now.identity, returned.lives, region, others), 0);
      return true;
    });
    if (!isBack) return;
    context.health.news.heardLives(configuration.namespace, returned.lives);
    const life = returned.lives[region] ?? 0;
    report({ event: "acceptor-returned", namespace: configuration.namespace, region, standing: "enrolled", life });
  }

  #silence(
    configuration: Configuration,
    { identity }: Known,
    standing: "lost-storage" | "older-copy" = "older-copy",
  ): AcceptorAnswer {
    const { host, region, report, arm } = this.#ports;
    const silenced = identitySilenced(identity, standing, host.freshId());
    const since = host.now();
    this.#save(configuration, silenced, since);
    const { namespace } = configuration;
    report({ event: "acceptor-silent", namespace, region, standing, life: identity.life });
    arm();
    return silent({ kind: "opened", identity: silenced, since });
  }

  /** Of an acceptor that stores nothing. */
  #begin(): Known {
    const { host } = this.#ports;
    const identity: Identity = { standing: "blank", nonce: host.freshId(), life: 0, peers: {} };
    return { kind: "opened", identity, since: host.now() };
  }

  #open(configuration: Configuration): Known | undefined {
    const opened = this.#ports.store.open(configuration, this.#ports.region);
    return opened.kind === "opened" ? opened : undefined;
  }

  #save(configuration: Configuration, identity: Identity, since: number): void {
    const { store } = this.#ports;
    // The stored order of the members ranks, whatever order a caller names them in.
    const stored = store.configuration();
    const ranked = stored !== undefined && configurationEqual(stored, configuration) ? stored : configuration;
    store.saveIdentity(ranked, this.#ports.region, identity, since);
  }
}

function silent({ identity, since }: Known): AcceptorAnswer {
  const { standing, life } = identity;
  return standing === "enrolled" ? { kind: "silent" } : { kind: "silent", why: standing, life, sinceMs: since };
}
