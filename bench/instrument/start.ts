import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { unstable_readConfig } from "wrangler";
import { bundle } from "../../src/serve/bundle.ts";
import { workerdConfig } from "../../src/serve/workerd-config.ts";
import { freePort } from "../../test/free-port.ts";
import { folderFresh, isHealthy, ROOT, type Server, Service } from "../run/server.ts";
import type { Control, Counts } from "./counts.ts";

const require = createRequire(import.meta.url);

const ENTRY = `
import * as product from ${JSON.stringify(join(ROOT, "src/worker.ts"))};
import { counted, steered } from ${JSON.stringify(join(ROOT, "bench/instrument/worker.ts"))};
export const AcceptorObject = counted("acceptor", product.AcceptorObject);
export const LearnerObject = counted("learner", product.LearnerObject);
export const LeaderObject = counted("leader", product.LeaderObject);
export const RegisterObject = product.RegisterObject;
export default steered(product.default);
`;

/** Starts workerd with the Worker that `entry` holds; `flags` go to workerd. */
export async function workerdStart(entry: string, dev: boolean, flags: readonly string[] = []): Promise<Server> {
  const port = await freePort();
  const folder = folderFresh("workerd");
  const state = folderFresh("state");
  await bundle(folder, entry);
  const configPath = join(folder, "workerd.capnp");
  const wranglerConfig = unstable_readConfig({ config: join(ROOT, "wrangler.toml") });
  const serve = { addresses: [`127.0.0.1:${port}`], state, dev, vars: dev ? { SYNOD_DEV: "1" } : {} };
  writeFileSync(configPath, workerdConfig(wranglerConfig, serve));
  const service = new Service(require("workerd").default, ["serve", "--experimental", ...flags, configPath]);
  await service.until(() => isHealthy(port));
  return { service, pid: service.pid, port, folder: state };
}

/** The product's classes with counters and steering around them, and workerd's inspector if it is asked for. */
export async function instrumentedStart(dev: boolean, inspectorPort?: number): Promise<Server> {
  const folder = folderFresh("entry");
  const entry = join(folder, "index.ts");
  writeFileSync(entry, ENTRY);
  return workerdStart(entry, dev, inspectorPort === undefined ? [] : [`-i127.0.0.1:${inspectorPort}`]);
}

/** Sets the steering, and all counters to zero. */
export async function control({ port }: Server, wanted: Control): Promise<void> {
  await bench(port, { method: "PUT", body: JSON.stringify(wanted) });
}

export async function countsOf({ port }: Server): Promise<Counts> {
  return (await (await bench(port)).json()) as Counts;
}

async function bench(port: number, init?: RequestInit): Promise<Response> {
  const response = await fetch(`http://127.0.0.1:${port}/bench`, init);
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return response;
}
