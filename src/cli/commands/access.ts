import type { Command } from "commander";
import { confirm, wholeNumber } from "../input.ts";
import { printRow, printRows, type Row } from "../output.ts";
import { deleteRaw, jsonAt, requestRaw } from "../raw.ts";
import { settingsOf } from "../settings.ts";

export function whoamiCommand(program: Command): void {
  program
    .command("whoami")
    .description("Who the server takes you for, and what you may do in the namespace")
    .action(async (_options, command: Command) => {
      const settings = settingsOf(command);
      await printRow(await jsonAt(settings, "/whoami"), settings.output);
    });
}

interface CreateOptions {
  readonly role: readonly string[];
  readonly note?: string;
  readonly ttl?: number;
}

export function tokenCommand(program: Command): void {
  const token = program.command("token").description("API tokens of the namespace");
  token
    .command("create")
    .description("Make a token; its secret is printed once, and kept nowhere")
    .requiredOption("--role <name...>", "the roles that it has")
    .option("--note <text>", "what it is for")
    .option("--ttl <seconds>", "it expires after so long", wholeNumber("--ttl", 1))
    .addHelpText("after", '\nExample:\n  synod token create --role writer --note "the deploy job" --ttl 2592000')
    .action(async ({ role, note, ttl }: CreateOptions, command: Command) => {
      const settings = settingsOf(command);
      const json = JSON.stringify({ roles: role, note, ttl_s: ttl });
      await printRow(await requestRaw(settings, "POST", "/tokens", { json }), settings.output);
    });
  token
    .command("list")
    .description("The tokens, without their secrets")
    .action(async (_options, command: Command) => {
      const settings = settingsOf(command);
      const { tokens } = (await jsonAt(settings, "/tokens")) as { readonly tokens: readonly Row[] };
      await printRows(tokens, settings.output);
    });
  token
    .command("rotate <id>")
    .description("Give a token a new secret")
    .option("--overlap <seconds>", "the old secret goes on working for so long", wholeNumber("--overlap"))
    .action(async (id: string, { overlap }: { overlap?: number }, command: Command) => {
      const settings = settingsOf(command);
      const json = JSON.stringify({ overlap_s: overlap });
      await printRow(
        await requestRaw(settings, "POST", `/tokens/${encodeURIComponent(id)}/rotate`, { json }),
        settings.output,
      );
    });
  token
    .command("revoke <id>")
    .description("Revoke a token: nothing that is ordered after this passes with it")
    .action(async (id: string, _options, command: Command) => {
      const settings = settingsOf(command);
      await confirm(`The token ${id} will not work any more.`, settings.yes);
      await printRow(await deleteRaw(settings, `/tokens/${encodeURIComponent(id)}`), settings.output);
    });
}
