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
}

/** What a proposer may want; each is tried with every quorum. */
export interface Attempt {
  /** The entry it brings, if any: fresh, or a client's. */
  readonly own?: string;
  /** May it ask for every slot up to a height to be decided? */
  readonly finish?: boolean;
  /** May it ask for nothing, so that what is free is opened again? */
  readonly reopen?: boolean;
}

const EVERYTHING = { finish: true, reopen: true } as const;

const P = { own: "p", ...EVERYTHING } as const;
const Q = { own: "q", ...EVERYTHING } as const;
const R = { own: "r", ...EVERYTHING } as const;

/** With the number of states each has: a change of it is a change of the protocol or of this model, to be explained. */
export interface PinnedConfig extends Config {
  readonly states: number;
  /** Rare things that must happen in it. */
  readonly sometimes: readonly string[];
}

const ONE_SLOT = ["forced fast value", "noop over a live command", "plurality kept a command", "open used"];

/** Small enough for every run of the tests. */
export const QUICK: readonly PinnedConfig[] = [
  {
    name: "N=3, 1 ballot, one process, learn, drop",
    members: 3,
    slots: 1,
    clients: ["x", "y"],
    attempts: [{ ...P, own: "x" }],
    learn: true,
    prefix: true,
    states: 0,
    sometimes: [],
  },
  {
    name: "N=3, 2 ballots",
    members: 3,
    slots: 1,
    clients: ["x", "y"],
    attempts: [P, Q],
    states: 0,
    sometimes: [...ONE_SLOT, "recovery of a recovery"],
  },
  {
    name: "N=5, 1 ballot",
    members: 5,
    slots: 1,
    clients: ["x", "y", "z"],
    attempts: [P],
    states: 0,
    sometimes: [...ONE_SLOT, "2-2-1 split recovered"],
  },
  {
    name: "N=5, 1 ballot, reader",
    members: 5,
    slots: 1,
    clients: ["x", "y"],
    attempts: [P],
    reader: true,
    states: 0,
    sometimes: [...ONE_SLOT, "read had to finish a slot"],
  },
];
