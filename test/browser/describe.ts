import { afterAll, beforeAll, describe } from "vitest";
import { chromiumPath } from "./chromium.ts";
import { Dashboard } from "./dashboard.ts";

/** Tests of the dashboard in a real Chromium; skipped, and said so, where there is none. */
export function describeDashboard(name: string, tests: (dashboard: () => Dashboard) => void): void {
  const path = chromiumPath();
  if (path === undefined) console.log(`No Chromium is installed: the tests "${name}" are skipped.`);
  describe.skipIf(path === undefined)(name, () => {
    let dashboard: Dashboard;
    beforeAll(async () => {
      dashboard = await Dashboard.start(path ?? "");
    });
    afterAll(() => dashboard?.dispose());
    tests(() => dashboard);
  });
}
