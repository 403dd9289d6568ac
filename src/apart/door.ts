/** The object that a request at the door is for: its class's binding and its name. */
export const OBJECT_HEADER = "synod-object";

export type Binding = "ACCEPTOR" | "LEARNER" | "LEADER";
