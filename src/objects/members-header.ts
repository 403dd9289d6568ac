/** Names the members that a Worker counts with, or a learner has, where a watch is opened. */
export const MEMBERS_HEADER = "synod-members";
