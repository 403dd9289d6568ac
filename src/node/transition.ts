/** Something that a part went over to, told once where people look. */
export type Transition =
  /** A learner: its namespace reached a feature level. */
  | { readonly event: "level-reached"; readonly featureLevel: number; readonly slot: number }
  /** A learner: it met an entry that its build does not know, or such a stored state, and waits for an update. */
  | { readonly event: "learner-stopped"; readonly slot?: number; readonly why: string }
  /** A learner: it took over another one's state. */
  | { readonly event: "snapshot-installed"; readonly slot: number }
  /** A leader: the log is its own now, or open again. */
  | { readonly event: "leader-elected"; readonly ballot: number; readonly slot: number }
  | { readonly event: "leader-rested"; readonly ballot: number; readonly slot: number };

export type TellTransition = (transition: Transition) => void;
