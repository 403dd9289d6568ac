import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Command } from "commander";
import { CliError, EXIT } from "../exit.ts";
import { contentTypeOf, valueFrom, wholeNumber } from "../input.ts";
import { note, printRow, printRows, write } from "../output.ts";
import { settingsOf, synodOf } from "../settings.ts";
import { valueText } from "../value-text.ts";

const TTL = wholeNumber("--ttl", 1);

export function proposeCommand(program: Command): void {
  program
    .command("propose <key> [value]")
    .description("Propose a value: the first is chosen for ever; without a value on a terminal, read the chosen one")
    .action(async (key: string, value: string | undefined, _options, command: Command) => {
      const settings = settingsOf(command);
      const synod = synodOf(settings);
      if (value === undefined && process.stdin.isTTY) {
        const chosen = await synod.proposals.get(key, { as: "bytes" });
        if (chosen === null) throw new CliError(EXIT.notFound, `nothing was chosen for "${key}" yet`);
        return write(chosen.value);
      }
      const bytes = await valueFrom(value);
      const proposed = await synod.propose(key, bytes, { as: "bytes", contentType: contentTypeOf(bytes) });
      await printRow({ won: proposed.won, ...valueText(proposed.value), slot: proposed.slot }, settings.output);
    });
}

export function leaseCommand(program: Command): void {
  const lease = program.command("lease").description("Leases: keys put under one go when it does");
  lease
    .command("grant <ttl>")
    .description("Grant a lease of so many seconds")
    .action(async (ttl: string, _options, command: Command) => {
      const settings = settingsOf(command);
      await printRow({ ...(await synodOf(settings).leases.grant(wholeNumber("ttl", 1)(ttl))) }, settings.output);
    });
  lease.command("list").action(async (_options, command: Command) => {
    const settings = settingsOf(command);
    const ids = await synodOf(settings).leases.list();
    await printRows(
      ids.map((id) => ({ id })),
      settings.output,
    );
  });
  lease.command("get <id>").action(async (id: string, _options, command: Command) => {
    const settings = settingsOf(command);
    const held = await synodOf(settings).leases.get(id, { keys: true });
    if (held === null) throw new CliError(EXIT.notFound, `there is no lease ${id}, or not any more`);
    await printRow({ ...held, keys: held.keys.map(({ key }) => key) }, settings.output);
  });
  lease.command("keep-alive <id>").action(async (id: string, _options, command: Command) => {
    const settings = settingsOf(command);
    await printRow({ ...(await synodOf(settings).leases.keepAlive(id)) }, settings.output);
  });
  lease.command("revoke <id>").action(async (id: string, _options, command: Command) => {
    await synodOf(settingsOf(command)).leases.revoke(id);
  });
}

export function lockCommand(program: Command): void {
  program
    .command("lock <name> [command...]")
    .description(
      "Run a command while holding a lock; its exit code is this one's, and it is killed when the lock is lost",
    )
    .option("--ttl <seconds>", "how long the lock outlives its holder's last sign of life", TTL)
    .option("--try", "do not wait: exit 4 when the lock is held")
    .addHelpText(
      "after",
      "\nExamples:\n  synod lock nightly -- ./backup.sh\n  SYNOD_FENCING_TOKEN tells the command its fencing token",
    )
    .action(async (name: string, words: string[], options: { ttl?: number; try?: boolean }, command: Command) => {
      await using synod = synodOf(settingsOf(command));
      const wanted = { ttl: options.ttl, signal: interrupted() };
      const lock =
        options.try === true ? await synod.locks.tryAcquire(name, wanted) : await synod.locks.acquire(name, wanted);
      if (lock === null) throw new CliError(EXIT.conflict, `the lock "${name}" is held`);
      await using _held = lock;
      process.exitCode = await runHolding(words, lock);
    });
}

export function electCommand(program: Command): void {
  program
    .command("elect <name> [value]")
    .description("Campaign and lead until interrupted; with --observe, follow who leads")
    .option("--ttl <seconds>", "how long leadership outlives its holder's last sign of life", TTL)
    .option("--observe", "one line of JSON for each leader")
    .action(async (name: string, value = "", options: { ttl?: number; observe?: boolean } = {}, command?: Command) => {
      if (command === undefined) return;
      await using synod = synodOf(settingsOf(command));
      const signal = interrupted();
      if (options.observe === true) {
        for await (const leader of synod.elections.observe<Uint8Array>(name, { as: "bytes", signal })) {
          const row =
            leader === null ? null : { key: leader.key, ...valueText(leader.value), token: leader.createRevision };
          await write(`${JSON.stringify(row)}\n`);
        }
        return;
      }
      const leadership = await synod.elections.campaign(name, value, { ttl: options.ttl, signal });
      note(`leading with token ${leadership.token}`);
      await ended(AbortSignal.any([signal, leadership.signal]));
      await leadership.resign();
      if (!signal.aborted) throw new CliError(EXIT.failed, "leadership was lost");
    });
}

/** The child's exit code. Without a command, holds on until interrupted. */
async function runHolding(words: readonly string[], lock: { readonly token: number; readonly signal: AbortSignal }) {
  const [program, ...args] = words;
  if (program === undefined) {
    note(`held with token ${lock.token}; interrupt to release it`);
    await ended(AbortSignal.any([interrupted(), lock.signal]));
    return lock.signal.aborted ? EXIT.failed : EXIT.done;
  }
  const env = { ...process.env, SYNOD_FENCING_TOKEN: `${lock.token}` };
  const child = spawn(program, args, { stdio: "inherit", env });
  lock.signal.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
  try {
    const [code] = (await once(child, "exit")) as [number | null];
    if (lock.signal.aborted) note("the lock was lost; the command was killed");
    return code ?? EXIT.failed;
  } catch (error) {
    throw new CliError(127, `${program} cannot be run: ${(error as NodeJS.ErrnoException).code}`);
  }
}

function interrupted(): AbortSignal {
  const end = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => end.abort());
  return end.signal;
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    // A signal alone does not keep the program running.
    const keep = setInterval(() => {}, 60_000);
    signal.addEventListener(
      "abort",
      () => {
        clearInterval(keep);
        resolve();
      },
      { once: true },
    );
  });
}
