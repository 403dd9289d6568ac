/** What an instrumented server counts, and how it can be made to take one path only. */

export const ROLES = ["acceptor", "learner", "leader"] as const;
export type Role = (typeof ROLES)[number];

export interface RoleCounts {
  /** Calls of the object, by kind: each is a Durable Object request. */
  readonly calls: Record<string, number>;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly statements: number;
  /** Alarms that went off: each is a request. */
  readonly alarms: number;
  /** Alarms set: each is billed as a row written. */
  readonly alarmsSet: number;
}

export type Counts = Readonly<Record<Role, RoleCounts>>;

/**
 * `as-shipped`: nothing is changed. `leader`: every hint says that the log is closed, so that every write goes to a
 * leader. `leaderless`: no leader answers, so that a write that misses has to recover by itself. `classic`: both.
 */
export type Steering = "as-shipped" | "leader" | "leaderless" | "classic";

export interface Control {
  readonly steering?: Steering;
}
