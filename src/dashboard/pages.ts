import { FaultLabPage } from "./pages/fault-lab/fault-lab-page.tsx";
import { KeysPage } from "./pages/keys/keys-page.tsx";
import { LogPage } from "./pages/log/log-page.tsx";
import { OperationsPage } from "./pages/operations/operations-page.tsx";
import { ReleasesPage } from "./pages/releases/releases-page.tsx";
import { WatchersPage } from "./pages/watchers/watchers-page.tsx";
import { WorldPage } from "./pages/world/world-page.tsx";
import type { Page } from "./shell/pages.ts";

/** The pages, in the order in which they are offered. */
export const PAGES: readonly Page[] = [
  {
    id: "world",
    title: "World",
    about: "The regions, what may still fail, how writes are decided",
    key: "w",
    component: WorldPage,
  },
  { id: "keys", title: "Keys", about: "All keys, their values and their history", key: "k", component: KeysPage },
  {
    id: "releases",
    title: "Releases",
    about: "What is being rolled out, and how far",
    key: "r",
    component: ReleasesPage,
  },
  { id: "log", title: "Log", about: "Slots and votes, as they are decided", key: "l", component: LogPage },
  {
    id: "watchers",
    title: "Watchers",
    about: "Who watches, and how far they are told",
    key: "t",
    component: WatchersPage,
  },
  {
    id: "operations",
    title: "Operations",
    about: "What is wrong, history, feature level",
    key: "o",
    component: OperationsPage,
  },
  {
    id: "fault-lab",
    title: "Fault lab",
    about: "Break the simulated network, and see what holds",
    key: "f",
    developmentOnly: true,
    component: FaultLabPage,
  },
];
