import { Command, InvalidArgumentError } from "commander";
import { tokenCommand, whoamiCommand } from "./commands/access.ts";
import { auditCommand } from "./commands/audit.ts";
import { backupCommand } from "./commands/backup.ts";
import { completionCommand } from "./commands/completion.ts";
import { electCommand, leaseCommand, lockCommand, proposeCommand } from "./commands/coordination.ts";
import { devCommand, openCommand } from "./commands/dev.ts";
import { documentCommands } from "./commands/documents.ts";
import { etcdProxyCommand } from "./commands/etcd-proxy.ts";
import { flagCommand } from "./commands/flag.ts";
import { kvCommand } from "./commands/kv.ts";
import { namespaceCommand } from "./commands/namespace.ts";
import { releaseCommand } from "./commands/release.ts";
import { restoreCommand } from "./commands/restore.ts";
import { doctorCommand, statusCommand } from "./commands/status.ts";
import { exportCommand, importCommand } from "./commands/transfer.ts";
import { txnCommand } from "./commands/txn.ts";
import { watchCommand } from "./commands/watch.ts";
import { CliError, EXIT, errorLine, exitCodeOf } from "./exit.ts";
import { note } from "./output.ts";
import { OUTPUTS } from "./settings.ts";

const HELP = `
Examples:
  synod kv put config/limit 2
  synod kv get config/limit
  synod watch config/
  synod lock nightly -- ./backup.sh
  synod flag eval new-banner --target user-42
  synod release create limits/cpu=2 --stage 10%:5m --start

Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 precondition or conflict, 5 unavailable, 6 denied,
7 outcome unknown, 8 timed out.`;

const COMMANDS = [
  kvCommand,
  watchCommand,
  txnCommand,
  proposeCommand,
  leaseCommand,
  lockCommand,
  electCommand,
  flagCommand,
  releaseCommand,
  documentCommands,
  whoamiCommand,
  tokenCommand,
  auditCommand,
  namespaceCommand,
  statusCommand,
  doctorCommand,
  exportCommand,
  importCommand,
  backupCommand,
  restoreCommand,
  etcdProxyCommand,
  devCommand,
  openCommand,
  completionCommand,
];

export function programMake(): Command {
  const program = new Command("synod")
    .description("Strongly consistent configuration and coordination for the edge")
    .option("--url <url>", "where the service is (SYNOD_URL; http://localhost:8787)")
    .option("--token <token>", "a bearer token (SYNOD_TOKEN)")
    .option("-n, --namespace <name>", "the namespace (SYNOD_NAMESPACE; default)")
    .option("-c, --context <name>", "a context of the contexts file (SYNOD_CONTEXT)")
    .option("-o, --output <format>", OUTPUTS.join(", "), outputOf)
    .option("--region <region>", "development only: where this client says that it is")
    .option("--timeout <seconds>", "how long an answer is waited for", secondsOf)
    .option("--yes", "do not ask")
    .addHelpText("after", HELP)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  for (const add of COMMANDS) add(program);
  quiet(program);
  return program;
}

/** Runs one command line. Errors are one line on standard error, and the exit code says what kind they are. */
export async function run(args: readonly string[]): Promise<void> {
  const program = programMake();
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    const code = commanderCode(error) ?? exitCodeOf(error);
    process.exitCode = code;
    if (code !== EXIT.done) note(`synod: ${errorLine(error).replace(/^error: /, "")}`);
  }
}

/** Help that was asked for is no error; everything else that the parser throws is wrong usage. */
function commanderCode(error: unknown): number | undefined {
  if (error instanceof CliError) return undefined;
  const { code } = error as { readonly code?: unknown };
  if (typeof code !== "string" || !code.startsWith("commander.")) return undefined;
  return code === "commander.helpDisplayed" || code === "commander.version" ? EXIT.done : EXIT.usage;
}

/** Commands below take their settings from their parent when they are made, before these were set. */
function quiet(command: Command): void {
  for (const one of command.commands) {
    one.exitOverride().configureOutput({ writeErr: () => {} });
    quiet(one);
  }
}

function outputOf(text: string): string {
  if ((OUTPUTS as readonly string[]).includes(text)) return text;
  throw new InvalidArgumentError(`one of ${OUTPUTS.join(", ")}.`);
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (seconds > 0) return seconds;
  throw new InvalidArgumentError("seconds, more than none.");
}
