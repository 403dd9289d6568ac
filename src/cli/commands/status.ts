import type { Command } from "commander";
import { CliError, EXIT } from "../exit.ts";
import { note, printRow, tableOf, write } from "../output.ts";
import { type Settings, settingsOf, synodOf } from "../settings.ts";

type Status = Awaited<ReturnType<ReturnType<typeof synodOf>["status"]>>;

export function statusCommand(program: Command): void {
  program
    .command("status")
    .description("The regions of a namespace, how far each has come, and how many may still fail")
    .action(async (_options, command: Command) => {
      const settings = settingsOf(command);
      const status = await synodOf(settings).status();
      if (settings.output !== "table") return printRow(status, settings.output);
      const { reachable, margin } = marginOf(status);
      await write(`${status.namespace}  revision ${status.revision}  ${status.mode.kind}\n`);
      await write(`${reachable} of ${status.acceptors.length} regions answer; ${marginText(margin)}\n\n`);
      await write(tableOf(status.acceptors.map((acceptor) => regionRow(status, acceptor))));
    });
}

export function doctorCommand(program: Command): void {
  program
    .command("doctor")
    .description("Check the way to the service, step by step, and say what is wrong")
    .action(async (_options, command: Command) => {
      const settings = settingsOf(command);
      let failures = 0;
      for (const [name, check] of checksOf(settings)) {
        const found = await check().then(
          (text) => ({ mark: "ok", text }),
          (error: unknown) => ({ mark: "FAILED", text: String(error instanceof Error ? error.message : error) }),
        );
        if (found.mark !== "ok") failures++;
        await write(`${found.mark.padEnd(6)}  ${name}: ${found.text}\n`);
        if (failures > 0) break;
      }
      if (failures > 0) throw new CliError(EXIT.unavailable, "something is wrong; the last line above says what");
    });
}

function checksOf(settings: Settings): readonly (readonly [string, () => Promise<string>])[] {
  const synod = synodOf(settings);
  const key = `doctor/${crypto.randomUUID()}`;
  return [
    ["server", async () => `${settings.url} answers ${(await fetch(new URL("/healthz", settings.url))).status}`],
    [
      "read",
      async () => receipt(await synod.kv.get(key).then((entry) => entry ?? { path: "quorum-read", roundTrips: 1 })),
    ],
    ["write", async () => receipt(await synod.kv.put(key, "ok"))],
    ["read back", async () => ((await synod.kv.get(key))?.value === "ok" ? "what was written" : mismatch())],
    ["clean up", async () => receipt(await synod.kv.delete(key))],
    [
      "regions",
      async () => {
        const { reachable, margin } = marginOf(await synod.status());
        if (margin < 0) throw new Error("too few regions answer");
        return `${reachable} answer; ${marginText(margin)}`;
      },
    ],
  ];
}

function receipt({ path, roundTrips }: { readonly path: string; readonly roundTrips: number }): string {
  return `${path}, ${roundTrips} wide-area round trip${roundTrips === 1 ? "" : "s"}`;
}

function mismatch(): never {
  note("a value that was written was not read back");
  throw new Error("another value than was written");
}

/** How many regions more may fail before writes stop. */
function marginOf({ acceptors }: Status) {
  const reachable = acceptors.filter((acceptor) => acceptor.reachable).length;
  return { reachable, margin: reachable - (Math.floor(acceptors.length / 2) + 1) };
}

function marginText(margin: number): string {
  if (margin < 0) return "writes and linearizable reads have stopped";
  return margin === 0 ? "none may fail any more" : `${margin} more may fail`;
}

function regionRow({ learners }: Status, acceptor: Status["acceptors"][number]) {
  const learner = learners.find(({ region }) => region === acceptor.region);
  return {
    region: acceptor.region,
    acceptor: acceptor.reachable ? "up" : "down",
    learner: learner?.reachable === true ? "up" : "down",
    applied: learner?.applied_up_to,
    revision: learner?.revision,
    watchers: learner?.watchers,
    round_trip_ms: acceptor.round_trip_ms === undefined ? undefined : Math.round(acceptor.round_trip_ms),
  };
}
