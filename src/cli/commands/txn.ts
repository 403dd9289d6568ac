import type { Command } from "commander";
import { usage } from "../exit.ts";
import { valueFrom } from "../input.ts";
import { printRow } from "../output.ts";
import { requestRaw } from "../raw.ts";
import { settingsOf } from "../settings.ts";

const EXAMPLE = `
Example:
  synod txn '{"compare":[{"key":"stock","value":"1"}],"success":[{"put":{"key":"stock","value":"0"}}]}'`;

export function txnCommand(program: Command): void {
  program
    .command("txn [json]")
    .description("Compare, then do one of two lists of operations at one moment; JSON as POST /v1/{ns}/txn takes it")
    .option("--request-id <id>", "repeat a transaction whose outcome was unknown: it takes effect at most once")
    .addHelpText("after", EXAMPLE)
    .action(async (json: string | undefined, { requestId }: { requestId?: string }, command: Command) => {
      const settings = settingsOf(command);
      const text = new TextDecoder().decode(await valueFrom(json));
      if (!isJson(text)) throw usage("a transaction is JSON; see synod txn --help");
      const answer = await requestRaw(settings, "POST", "/txn", { json: text, requestId });
      await printRow(answer, settings.output);
    });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
