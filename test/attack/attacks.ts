import type { Attack } from "./attack.ts";
import { GUESS_ATTACKS } from "./guesses.ts";
import { IDENTITY_ATTACKS } from "./identity.ts";
import { leaseStorm } from "./leases.ts";
import { OPERATION_ATTACKS } from "./operations.ts";
import { START_ATTACKS } from "./starts.ts";
import { STRANGER_ATTACKS } from "./strangers.ts";
import { WATCHER_ATTACKS } from "./watchers.ts";

export const ATTACKS: readonly Attack[] = [
  ...OPERATION_ATTACKS,
  leaseStorm,
  ...WATCHER_ATTACKS,
  ...STRANGER_ATTACKS,
  ...GUESS_ATTACKS,
  ...IDENTITY_ATTACKS,
  ...START_ATTACKS,
].toSorted((a, b) => a.name.localeCompare(b.name));
