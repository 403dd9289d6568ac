import type { DevNetwork } from "../network/dev-network.ts";
import type { Region } from "../network/region.ts";
import type { Coordinator } from "../node/coordinate/coordinator.ts";
import type { Listed } from "../node/coordinate/directory.ts";
import type { Caller } from "../policy/caller.ts";
import type { Access } from "./authenticate.ts";
import type { LogLine } from "./edge-log.ts";
import type { DashboardFiles } from "./routes/dashboard.ts";

/** On whose behalf a coordinator works. */
export interface Requester {
  readonly namespace: string;
  /** Who asks. */
  readonly caller: Caller;
  /** Where the client is, as well as can be told. */
  readonly region: Region;
  /** Lets `work` go on after the answer has left. */
  readonly background: (work: Promise<unknown>) => void;
}

/** What the development server can do and a deployment can not. */
export interface DevTools {
  networkGet(): DevNetwork;
  networkSet(network: DevNetwork): void;
}

/** All that the HTTP app needs from around it. */
export interface AppDeps {
  coordinatorFor(requester: Requester): Coordinator;
  /** The namespaces of the deployment, a page; absent where nobody keeps a directory. */
  readonly namespaces?:
    | ((
        requester: Omit<Requester, "namespace">,
        after?: string,
      ) => Promise<{ readonly names: readonly Listed[]; readonly more: boolean } | undefined>)
    | undefined;
  /** A fresh id that nobody can guess. */
  freshId(): string;
  /** A fresh request id, for a client that has none. */
  freshRequestId(): string;
  /** Whom this deployment knows. */
  readonly access: Access;
  readonly dev?: DevTools | undefined;
  /** The files of the dashboard, where it is part of the deployment. */
  readonly dashboard?: DashboardFiles | undefined;
  /** The time, for the log; the machine's where absent. */
  readonly now?: (() => number) | undefined;
  /** Where lines of the log go; the console where absent. */
  readonly log?: ((line: LogLine) => void) | undefined;
  /** When set, only requests for the loopback's names and these are answered. */
  readonly hosts?: readonly string[] | undefined;
}
