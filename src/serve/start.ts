/**
 * `npm start` and `npm run serve`: serve Synod on this machine, with the state kept on disk.
 *
 * The Worker is bundled and run by workerd itself. `wrangler dev` works too, but puts two
 * proxies in front, and stops altogether when a client cuts an upload off (workers-sdk issue 15203).
 *
 * `--dev` adds what only development has: the simulated network, and where a client says it is.
 * Environment: `PORT` (default 8787), `HOST` (default: both loopback addresses), `SYNOD_STATE` (default
 * `.wrangler/state`, and `.wrangler/state-PORT` for another port), `SYNOD_HEAP_MIB` (no limit), and the Worker's own `SYNOD_REGIONS`,
 * `SYNOD_RETENTION`, `SYNOD_TOKEN`.
 *
 * Ends with 2 when a setting makes no sense, with 1 when it cannot serve, with 0 when it was asked to stop.
 */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Control } from "./control.ts";
import { type Listening, listeningFind } from "./listening.ts";
import { type Settings, settingsRead } from "./settings.ts";
import { StateLock } from "./state-lock.ts";
import { supervise } from "./supervisor.ts";
import { tour } from "./tour.ts";
import type { Served } from "./workerd-config.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const require = createRequire(import.meta.url);
/** Only the owner may read what may hold secrets and keys. */
const PRIVATE_FOLDER = 0o700;
const OTHERS = 0o077;

function refuse(code: 1 | 2, ...lines: readonly string[]): never {
  for (const line of lines) console.error(line);
  process.exit(code);
}

/** Creates the folder; or a line that says why it cannot be. */
function folderFault(path: string): string | undefined {
  try {
    mkdirSync(path, { recursive: true, mode: PRIVATE_FOLDER });
    return undefined;
  } catch (error) {
    return `${path} cannot be a folder of this server (${String(error instanceof Error && "code" in error ? error.code : error)}).`;
  }
}

/** `wrangler dev` reads secrets from it, and whoever wrote it may not have thought of the others on this machine. */
function secretsProtect(path: string): void {
  if (!existsSync(path) || (statSync(path).mode & OTHERS) === 0) return;
  chmodSync(path, 0o600);
  console.error(`${path} could be read by others on this machine; now by its owner only.`);
}

/** Bundles and configures; or what went wrong. */
function prepare(folder: string, served: Served): Promise<string | undefined> {
  return new Promise((resolve) => {
    const parameters = ["--disable-warning=ExperimentalWarning", join(ROOT, "src/serve/prepare.ts"), folder];
    const child = execFile(process.execPath, parameters, { cwd: ROOT }, (error, _stdout, stderr) =>
      resolve(error === null ? undefined : stderr),
    );
    child.stdin?.end(JSON.stringify(served));
  });
}

async function serve(settings: Settings, listening: Listening, lock: StateLock): Promise<number> {
  const secret = randomUUID();
  const fault = await prepare(settings.folder, {
    addresses: listening.addresses,
    state: settings.state,
    dashboard: join(settings.folder, "dashboard"),
    heapMib: settings.heapMib,
    vars: { ...settings.vars, SYNOD_CONTROL: secret },
  });
  if (fault !== undefined) refuse(1, `The Worker could not be bundled:\n${fault}`);
  const workerd: string = require("workerd").default;
  return supervise({
    command: workerd,
    parameters: ["serve", "--experimental", join(settings.folder, "workerd.capnp")],
    control: new Control(listening.ownUrl, secret),
    endsWithParent: ["start", "serve"].includes(process.env.npm_lifecycle_event ?? ""),
    started: (pid) => lock.serverStarted(pid),
    ready: () => console.log(settings.dev ? tour(listening.url) : `Synod is ready on ${listening.url}.`),
    ending: () => lock.ending(),
  });
}

async function main(): Promise<void> {
  const settings = settingsRead(ROOT, process.env, process.argv.slice(2));
  if (Array.isArray(settings)) refuse(2, ...settings);
  const unusable = folderFault(settings.state) ?? folderFault(settings.folder);
  if (unusable !== undefined) refuse(2, unusable);
  chmodSync(settings.folder, PRIVATE_FOLDER);
  secretsProtect(join(ROOT, ".dev.vars"));
  const lock = await StateLock.take(settings.state, `port ${settings.port}`);
  if (typeof lock === "string") refuse(1, lock);
  const listening = await listeningFind(settings.host, settings.port);
  if (typeof listening === "string") refuse(1, listening);
  const code = await serve(settings, listening, lock);
  lock.release();
  process.exit(code);
}

await main();
