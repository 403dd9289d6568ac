import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";

const MINUTE_MS = 60_000;

export default defineConfig({
  test: {
    projects: [
      {
        // Everything that needs neither workerd nor a server.
        test: {
          // Nothing here depends on how fast the machine is.
          testTimeout: MINUTE_MS,
          hookTimeout: MINUTE_MS,
          name: "unit",
          environment: "node",
          include: ["test/{core,state,api,network,node,serve,checker,model,sim}/**/*.test.ts", "test/tidy*.test.ts"],
        },
      },
      {
        // Durable Objects and the Worker inside real workerd.
        plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.toml" } })],
        test: {
          testTimeout: MINUTE_MS,
          hookTimeout: MINUTE_MS,
          name: "workers",
          include: ["test/{objects,http}/**/*.test.ts"],
        },
      },
      {
        // Against a real `npm start`; servers compete for cores, so one file at a time.
        test: {
          name: "e2e",
          environment: "node",
          include: ["test/{cli,client,e2e,etcd}/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 2 * MINUTE_MS,
          hookTimeout: 2 * MINUTE_MS,
          // After the other projects, so that their load does not disturb measured times.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
