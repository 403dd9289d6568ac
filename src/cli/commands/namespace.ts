import type { Command } from "commander";
import { printRows, type Row } from "../output.ts";
import { jsonAt } from "../raw.ts";
import { type Settings, settingsOf } from "../settings.ts";

export function namespaceCommand(program: Command): void {
  program
    .command("namespace")
    .description("The namespaces of the deployment")
    .command("list")
    .description("Their names in order, who made each, and when")
    .action(async (_options, command: Command) => {
      const settings = settingsOf(command);
      await printRows(namespaces(settings), settings.output);
    });
}

/** A page at a time. */
async function* namespaces(settings: Settings): AsyncGenerator<Row, void, undefined> {
  let after: string | undefined;
  for (;;) {
    const path = after === undefined ? "" : `?after=${encodeURIComponent(after)}`;
    const page = (await jsonAt(settings, path, "/v1")) as {
      readonly namespaces: readonly (Row & { readonly name: string })[];
      readonly more: boolean;
    };
    yield* page.namespaces;
    after = page.namespaces.at(-1)?.name;
    if (!page.more || after === undefined) return;
  }
}
