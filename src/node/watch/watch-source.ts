import type { StateMachine } from "../../state/machine.ts";

/** What watches read of the state. */
export type WatchSource = Pick<StateMachine, "revision" | "compactRevision" | "events" | "query">;
