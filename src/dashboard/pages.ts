import { KeysPage } from "./pages/keys/keys-page.tsx";
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
];
