import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";

const MINUTE_MS = 60_000;

/** Read by `src/objects/development-limits.ts`. */
const SMALL = {
  SYNOD_DEV: "1",
  SYNOD_LIMITS: JSON.stringify({
    node: { logRetainedSlots: 12, logDropSlots: 4, logDropSlotsMax: 8, recentEntriesMax: 6, pendingEntriesMax: 8 },
  }),
};

const IN_WORKERD = {
  wrangler: { configPath: "./wrangler.toml" },
  miniflare: {
    // What fences guard, in their tests.
    d1Databases: ["FENCED_DATABASE"],
    r2Buckets: ["FENCED_BUCKET"],
    bindings: { SYNOD_ROOT_TOKEN: "root-of-the-tests" },
  },
};

const LIGHT = [
  "test/flags/*.test.ts",
  "test/objects/{binding,fresh-id}.test.ts",
  "test/http/{body,cross-origin,edge-log,etag,own-host,parameters,region}.test.ts",
];

const SMOKE = [
  "test/smoke/**/*.test.ts",
  "test/e2e/basics.test.ts",
  "test/client/node.test.ts",
  "test/etcd/gateway.test.ts",
];

const WITHOUT_ETCD = ["test/etcd/{compare,message,watch}.test.ts"];

const AGAINST_A_SERVER = {
  environment: "node",
  // Servers compete for cores, so one file at a time, after the projects that need none.
  fileParallelism: false,
  testTimeout: 4 * MINUTE_MS,
  hookTimeout: 4 * MINUTE_MS,
  sequence: { groupOrder: 1 },
} as const;

/** An object that was just being started when a file's last test ended: the harness's own, and nothing of ours. */
const isTeardown = ({ name, message }: { readonly name?: string; readonly message?: string }): boolean =>
  name === "EnvironmentTeardownError" && message?.includes('Closing rpc while "resolve" was pending') === true;

export default defineConfig({
  test: {
    onUnhandledError: (error) => !isTeardown(error),
    projects: [
      {
        // Everything that needs neither workerd nor a server.
        test: {
          // Nothing here depends on how fast the machine is, or how busy.
          testTimeout: 4 * MINUTE_MS,
          hookTimeout: 4 * MINUTE_MS,
          name: "unit",
          environment: "node",
          include: [
            "test/{core,dashboard,state,api,network,node,serve,checker,model,sim,rollout}/**/*.test.ts",
            "test/tidy*.test.ts",
            ...WITHOUT_ETCD,
          ],
        },
      },
      {
        // Durable Objects inside real workerd, each file in one of its own.
        plugins: [cloudflareTest(IN_WORKERD)],
        test: {
          testTimeout: 4 * MINUTE_MS,
          hookTimeout: 4 * MINUTE_MS,
          name: "workers",
          include: ["test/objects/*.test.ts"],
          exclude: LIGHT,
        },
      },
      {
        // The Worker over them, likewise: `npm run http`.
        plugins: [cloudflareTest(IN_WORKERD)],
        test: {
          testTimeout: 4 * MINUTE_MS,
          hookTimeout: 4 * MINUTE_MS,
          name: "http",
          include: ["test/http/*.test.ts"],
          exclude: LIGHT,
        },
      },
      {
        // What leaves no objects behind: these share one workerd, which takes longer to start than they to pass.
        plugins: [cloudflareTest(IN_WORKERD)],
        test: {
          testTimeout: 4 * MINUTE_MS,
          hookTimeout: 4 * MINUTE_MS,
          name: "workers-light",
          isolate: false,
          maxWorkers: 1,
          include: LIGHT,
        },
      },
      {
        // The same with limits so small that a test comes near them.
        plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.toml" }, miniflare: { bindings: SMALL } })],
        test: {
          testTimeout: 4 * MINUTE_MS,
          hookTimeout: 4 * MINUTE_MS,
          name: "workers-small",
          include: ["test/objects/small/*.test.ts"],
        },
      },
      {
        // One file for each way in, against a real `npm start`: `npm test` runs it.
        test: { ...AGAINST_A_SERVER, name: "smoke", include: SMOKE },
      },
      {
        // Everything else that needs a server: `npm run e2e`.
        test: { ...AGAINST_A_SERVER, name: "e2e", include: ["test/e2e/**/*.test.ts"], exclude: SMOKE },
      },
      {
        // The examples, as their READMEs say to run them: `npm run examples`.
        test: {
          ...AGAINST_A_SERVER,
          name: "examples",
          // `wrangler dev` bundles for minutes on a busy machine, and loses connections there.
          testTimeout: 4 * MINUTE_MS,
          retry: 1,
          include: ["test/examples/*.test.ts"],
        },
      },
      {
        // Programs that were written for other servers, and ours: `npm run clients`.
        test: {
          ...AGAINST_A_SERVER,
          name: "clients",
          // Browsers have an EventSource; Node only when it is told to.
          execArgv: ["--experimental-eventsource", "--disable-warning=ExperimentalWarning"],
          include: ["test/{cli,client,etcd,package}/**/*.test.ts"],
          exclude: [...SMOKE, ...WITHOUT_ETCD],
        },
      },
      {
        // The dashboard in a real Chromium: `npm run browser`.
        test: {
          ...AGAINST_A_SERVER,
          name: "browser",
          testTimeout: 6 * MINUTE_MS,
          include: ["test/browser/**/*.test.ts"],
          // What is polled for comes when it comes.
          expect: { poll: { timeout: MINUTE_MS } },
        },
      },
      {
        // Prometheus and its tool, from Debian, against a real server: `npm run ops`.
        test: { ...AGAINST_A_SERVER, name: "ops", include: ["test/ops/**/*.test.ts"] },
      },
    ],
  },
});
