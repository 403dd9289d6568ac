/**
 * Bundles the Worker and writes workerd's configuration: `node src/serve/prepare.ts FOLDER`, the rest of it as JSON on
 * the standard input. A process of its own, since wrangler and esbuild take more memory than the server's supervisor
 * should keep.
 */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { unstable_readConfig } from "wrangler";
import { dashboardBuild } from "../dashboard/build.ts";
import { bundle } from "./bundle.ts";
import { type Served, workerdConfig } from "./workerd-config.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const [folder = ""] = process.argv.slice(2);
const served = JSON.parse(readFileSync(0, "utf8")) as Served;
if (served.dashboard !== undefined) await dashboardBuild(served.dashboard);
const worker = unstable_readConfig({ config: join(ROOT, "wrangler.toml") });
if (worker.main === undefined) throw new Error("wrangler.toml names no main module");
await bundle(folder, worker.main);
const path = join(folder, "workerd.capnp");
// It holds secrets, and a file that is there already keeps its mode.
writeFileSync(path, "", { mode: 0o600 });
chmodSync(path, 0o600);
writeFileSync(path, workerdConfig(worker, served));
