import { spawn } from "node:child_process";
import type { Command } from "commander";
import { CliError, EXIT } from "../exit.ts";
import { note, printRow, type Row } from "../output.ts";
import { settingsOf } from "../settings.ts";

export function devCommand(program: Command): void {
  program
    .command("dev")
    .description("The development server's own")
    .command("network [json]")
    .description('Read the simulated network, or replace it: \'{"wan":true,"down":["weur"]}\'; \'{}\' heals it')
    .action(async (json: string | undefined, _options, command: Command) => {
      const settings = settingsOf(command);
      const init =
        json === undefined ? {} : { method: "PUT", body: json, headers: { "content-type": "application/json" } };
      const response = await fetch(new URL("/dev/network", settings.url), init);
      const answer = (await response.json()) as Row;
      if (!response.ok)
        throw new CliError(response.status === 404 ? EXIT.notFound : EXIT.usage, `${answer["detail"] as string}`);
      await printRow(answer, settings.output);
    });
}

export function openCommand(program: Command): void {
  program
    .command("open")
    .description("Open the service in a browser")
    .action((_options, command: Command) => {
      const { url } = settingsOf(command);
      const opener = process.platform === "darwin" ? "open" : "xdg-open";
      const child = spawn(opener, [url], { stdio: "ignore", detached: true });
      child.on("error", () => note(url));
      child.unref();
    });
}
