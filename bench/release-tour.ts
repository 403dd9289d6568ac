/** The tour of releases: `npm run demo:release`. A server of its own, clients in ten regions, and three releases. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isEnded } from "../src/api/release-state.ts";
import { createSynod, type Release, type Synod, type View } from "../src/client/index.ts";
import { REGIONS } from "../src/network/region.ts";

const PORT = process.env["PORT"] ?? "8786";
const CLIENTS = Number(process.argv[2] ?? 100);
const URL_BASE = `http://127.0.0.1:${PORT}`;
const NAMESPACE = "tour";
const KEY = "limits";
const LOOK_MS = 250;

/** One client: a view of its own, and what it was shown. */
interface Client {
  readonly name: string;
  readonly synod: Synod;
  readonly view: View;
  /** When it was shown a value that it cannot use, and when it was rid of it, in milliseconds. */
  badFrom?: number;
  badTo?: number;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function server(): Promise<() => Promise<void>> {
  const state = await mkdtemp(join(tmpdir(), "synod-tour-"));
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "src/serve/start.ts", "--dev"], {
    env: { ...process.env, PORT, SYNOD_STATE: state },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  await new Promise<void>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}:\n${printed}`)));
    const collect = (chunk: Buffer) => {
      // What it says after that is of clients that end.
      if (!printed.includes("Synod is ready")) printed += chunk.toString();
      if (printed.includes("Synod is ready")) resolve();
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
  });
  return async () => {
    child.removeAllListeners("exit");
    child.kill("SIGTERM");
    await once(child, "exit");
    await rm(state, { recursive: true, force: true, maxRetries: 5 });
  };
}

async function network(json: object): Promise<void> {
  const response = await fetch(`${URL_BASE}/dev/network`, { method: "PUT", body: JSON.stringify(json) });
  if (!response.ok) throw new Error(await response.text());
}

async function client(index: number): Promise<Client> {
  const region = REGIONS[index % REGIONS.length];
  const name = `${region}-${index}`;
  const synod = createSynod({ url: URL_BASE }, { namespace: NAMESPACE, region });
  const view = await synod.config.view(KEY, { target: name });
  const one: Client = { name, synod, view };
  view.onChange(() => {
    const isBad = !canUse(view);
    if (isBad && one.badFrom === undefined) {
      one.badFrom = performance.now();
      void refuse(one);
    }
    if (!isBad && one.badFrom !== undefined) one.badTo ??= performance.now();
  });
  return one;
}

function canUse(view: View): boolean {
  try {
    view.at().get(KEY, "json");
    return true;
  } catch {
    return false;
  }
}

/** Says that it cannot use what it was shown. */
async function refuse({ name, view }: Client): Promise<void> {
  const id = view.at().releaseOf(KEY);
  if (id === undefined) return;
  const releases = [{ id, step: view.revision, exposed: true, refused: "the value is not JSON" }];
  const report = { client: name, applied: view.revision, releases };
  const response = await fetch(`${URL_BASE}/v1/${NAMESPACE}/releases:report`, {
    method: "POST",
    headers: { "content-type": "application/json", "synod-region": name.split("-")[0] ?? "" },
    body: JSON.stringify(report),
  });
  await response.arrayBuffer();
}

/** Tells of a release until it has ended. */
async function followed(
  synod: Synod,
  { id }: Release,
  clients: readonly Client[],
  during?: Promise<void>,
): Promise<Release> {
  let told = "";
  for (;;) {
    const release = await synod.releases.get(id);
    if (release === null) throw new Error(`${id} is gone`);
    const seen = clients.filter(({ view }) => view.at().releaseOf(KEY) === id).length;
    const stage = release.stage === null ? "" : ` ${release.stage + 1}`;
    const line = `  ${release.state}${stage}, by ${release.last.by}`;
    if (line !== told) say(`${line}; ${seen} of ${clients.length} clients see it`);
    told = line;
    if (isEnded(release)) {
      await during;
      return release;
    }
    await sleep(LOOK_MS);
  }
}

const STAGES = [
  { share: 0.1, dwell_s: 4 },
  { share: 0.5, dwell_s: 4 },
];
const STRATEGY = { stages: STAGES, bake_s: 4 };

async function release(synod: Synod, value: string, note: string): Promise<Release> {
  const changes = [{ key: KEY, value, contentType: "text/plain; charset=utf-8" }];
  const made = await synod.releases.create({ changes, strategy: STRATEGY, note });
  return synod.releases.start(made.id, { step: made.step });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function tour(synod: Synod): Promise<void> {
  await synod.kv.put(KEY, '{"cores":1}', { contentType: "text/plain; charset=utf-8" });
  const clients = await Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(index)));
  say(`${clients.length} clients in ${REGIONS.length} regions follow ${KEY} = {"cores":1}`);

  say("\nA good release: two cores, for 10 %, then 50 %, then all");
  const good = await followed(synod, await release(synod, '{"cores":2}', "two cores"), clients);
  await Promise.all(clients.map(async ({ view }) => reached(view, good.step)));
  const two = clients.filter(({ view }) => (view.at().get(KEY, "json") as { cores: number }).cores === 2).length;
  say(`  ${two} of ${clients.length} clients have two cores, all since revision ${good.step}`);

  say("\nA bad release: the value is cut off");
  const bad = await followed(synod, await release(synod, '{"cores":', "four cores"), clients);
  await Promise.all(clients.map(async ({ view }) => reached(view, bad.step)));
  const hit = clients.flatMap(({ badFrom, badTo }) => (badFrom === undefined ? [] : [(badTo ?? Number.NaN) - badFrom]));
  say(`  why: ${bad.last.reason}`);
  say(
    `  ${hit.length} of ${clients.length} clients saw it, for ${Math.round(median(hit))} ms in the median, ${Math.round(Math.max(...hit))} ms at most`,
  );
  say(`  ${clients.filter(({ view }) => canUse(view)).length} of ${clients.length} have two cores again`);

  const [, region = ""] = good.last.by.split(":");
  say(`\nA release whose conductor is lost: ${region} conducted the first one, and is taken down in mid-release`);
  const third = await release(synod, '{"cores":3}', "three cores");
  const outage = network({ wan: true, down: [region] });
  const ended = await followed(synod, third, clients, outage);
  say(`  ${ended.state} without ${region}: ${ended.last.evidence?.map((yes) => yes.region).join(" and ")} agreed`);
  await network({ wan: true });
  await Promise.all(clients.map((one) => one.synod[Symbol.asyncDispose]()));
}

async function reached(view: View, revision: number): Promise<void> {
  while (view.revision < revision) await sleep(LOOK_MS);
}

const stop = await server();
try {
  await network({ wan: true });
  // From where no region is taken down: writes go on.
  await using synod = createSynod({ url: URL_BASE }, { namespace: NAMESPACE, region: "weur", deadlineMs: 30_000 });
  await tour(synod);
} finally {
  await stop();
}
