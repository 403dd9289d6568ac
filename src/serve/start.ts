/**
 * `npm start` and `npm run serve`: serve Synod on this machine, with the state kept on disk.
 *
 * The Worker is bundled and run by workerd itself. `wrangler dev` works too, but puts two
 * proxies in front, and stops altogether when a client cuts an upload off (workers-sdk issue 15203).
 *
 * `--dev` adds what only development has: the simulated network, and where a client says it is.
 * Environment: `PORT` (default 8787), `HOST` (default 127.0.0.1), `SYNOD_STATE` (default `.wrangler/state`), and the
 * Worker's own `SYNOD_REGIONS`, `SYNOD_RETENTION`, `SYNOD_TOKEN`.
 */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { unstable_readConfig } from "wrangler";
import { bundle } from "./bundle.ts";
import { earlierRunEnd } from "./earlier-run.ts";
import { workerdConfig } from "./workerd-config.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const require = createRequire(import.meta.url);

/** The default, or the port asked for; undefined when it is not one. */
function portOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return 8787;
  const port = Number(text);
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : undefined;
}

/** What the environment says instead of wrangler.toml, or besides: variables and secrets of the Worker. */
function varsOf(dev: boolean): Record<string, string> {
  const vars: Record<string, string> = dev ? { SYNOD_DEV: "1" } : {};
  for (const name of ["SYNOD_REGIONS", "SYNOD_RETENTION", "SYNOD_TOKEN"]) {
    const value = process.env[name];
    if (value !== undefined) vars[name] = value;
  }
  return vars;
}

async function main(): Promise<void> {
  const port = portOf(process.env.PORT);
  if (port === undefined) {
    console.error(`PORT must be a whole number from 1 to 65535, not "${process.env.PORT}".`);
    process.exit(2);
  }
  const host = process.env.HOST ?? "127.0.0.1";
  const dev = process.argv.includes("--dev");
  const folder = join(ROOT, ".wrangler", `serve-${port}`);
  const state = resolve(ROOT, process.env.SYNOD_STATE ?? ".wrangler/state");
  mkdirSync(folder, { recursive: true });
  mkdirSync(state, { recursive: true });
  await earlierRunEnd(folder);
  const wranglerConfig = unstable_readConfig({ config: join(ROOT, "wrangler.toml") });
  if (wranglerConfig.main === undefined) throw new Error("wrangler.toml names no main module");
  await bundle(folder, wranglerConfig.main);

  const configPath = join(folder, "workerd.capnp");
  writeFileSync(configPath, workerdConfig(wranglerConfig, { address: `${host}:${port}`, state, vars: varsOf(dev) }));

  spawn(process.execPath, [join(ROOT, "src/serve/ready.ts"), `http://localhost:${port}`, ...(dev ? ["--dev"] : [])], {
    stdio: ["ignore", "inherit", "inherit"],
  }).unref();
  // This process becomes workerd: whoever stops or kills it stops the server, and nothing is left behind.
  const workerd: string = require("workerd").default;
  process.execve?.(workerd, [workerd, "serve", "--experimental", configPath], { ...process.env } as Record<
    string,
    string
  >);
}

await main();
