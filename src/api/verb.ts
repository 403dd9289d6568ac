/** What a role may allow. */
export const VERBS = [
  "read",
  "write",
  "delete",
  "watch",
  "lease",
  "lock",
  "propose",
  "release:author",
  "release:approve",
  "release:operate",
  "admin",
] as const;
export type Verb = (typeof VERBS)[number];
