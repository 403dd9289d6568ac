/** One bounded world to search completely. */
export interface Config {
  readonly name: string;
  /** Acceptors. */
  readonly members: 3 | 5 | 7;
  readonly slots: 1 | 2;
  /** Client entries, each sent as a fast write for every slot in every open ballot that anybody hears of. */
  readonly clients: readonly string[];
  /** One proposer each, with a ballot of its own. Ordered by ballot. */
  readonly attempts: readonly Attempt[];
  /** Chosen slots may be told to acceptors, and proposers may know a chosen prefix before they prepare. */
  readonly learn?: boolean;
  /** A chosen prefix may be dropped. */
  readonly prefix?: boolean;
  /** A linearizable read. */
  readonly reader?: boolean;
  /** Owners may keep their ballot and give it further slots before they open it. */
  readonly lead?: boolean;
  /** All attempts are one process's, which still hears late promises for its earlier ballots. */
  readonly oneProcess?: boolean;
  /** A mistake around the core, that the search must find. */
  readonly twin?: Twin;
}

export type Twin =
  /** Acceptors keep the promise in memory and may restart. */
  | "volatile promise"
  /** A proposer restarts and takes the ballot it had. */
  | "ballot reuse"
  /** Proposers leave out of their prepare one slot more than they know to be chosen. */
  | "prepare beyond the known prefix"
  /** An acceptor reads its votes in one turn and promises in the next. */
  | "promise in two turns";

/** What a proposer may want; each of these is tried with every quorum. */
export interface Attempt {
  /** The entry it brings, if any: fresh, or a client's. */
  readonly own?: string;
  /** May it ask for every slot up to a height to be decided? */
  readonly finish?: boolean;
  /** May it ask for nothing, so that what is free is opened again? */
  readonly reopen?: boolean;
}
