import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { freePort } from "../../test/free-port.ts";
import { folderFresh, isHealthy, Service } from "../run/server.ts";

const MEMBERS = 5;
/** Three times the default, so that a machine busy with five members and the load does not cost etcd its leader. */
const ELECTION_MS = 3_000;

export interface Etcd {
  readonly services: readonly Service[];
  /** The leader's: what goes to another member is passed on to it, and takes longer. */
  readonly port: number;
  readonly version: string;
}

/** The version of etcd on this machine; undefined when there is none. */
export function etcdVersion(): string | undefined {
  const run = spawnSync("etcd", ["--version"], { encoding: "utf8" });
  return run.status === 0 ? /etcd Version: (\S+)/.exec(run.stdout)?.[1] : undefined;
}

/** Five members on loopback, each with a folder of its own beside Synod's, syncing to disk as etcd does. */
export async function etcdStart(version: string): Promise<Etcd> {
  const members = await Promise.all(
    Array.from({ length: MEMBERS }, async (_, index) => ({
      name: `m${index}`,
      port: await freePort(),
      peer: `http://127.0.0.1:${await freePort()}`,
    })),
  );
  const folder = folderFresh("etcd");
  const cluster = members.map(({ name, peer }) => `${name}=${peer}`).join(",");
  const services = members.map(({ name, port, peer }) => {
    const url = `http://127.0.0.1:${port}`;
    const flags = {
      name,
      "data-dir": join(folder, name),
      "listen-client-urls": url,
      "advertise-client-urls": url,
      "listen-peer-urls": peer,
      "initial-advertise-peer-urls": peer,
      "initial-cluster": cluster,
      "election-timeout": ELECTION_MS,
      logger: "zap",
      "log-level": "error",
    };
    return new Service(
      "etcd",
      Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
    );
  });
  await Promise.all(
    services.map((service, index) => service.until(() => isHealthy(members[index]?.port ?? 0, "/health"))),
  );
  for (const { port } of members) if (await leads(port)) return { services, port, version };
  throw new Error("no member of etcd says that it leads");
}

async function leads(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/v3/maintenance/status`, { method: "POST", body: "{}" });
  const status = (await response.json()) as {
    readonly leader?: string;
    readonly header?: { readonly member_id?: string };
  };
  return status.leader !== undefined && status.leader === status.header?.member_id;
}
