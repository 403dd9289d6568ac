import { clientConformance } from "../conformance.ts";
import { type Outcome, testsRun } from "./small-vitest.ts";

/** What the page runs: bundled with `small-vitest.ts` in place of vitest. */

declare global {
  var conformance: (url: string) => Promise<readonly Outcome[]>;
}

globalThis.conformance = (url) => {
  clientConformance("the client in a page", () => ({ url }));
  return testsRun();
};
