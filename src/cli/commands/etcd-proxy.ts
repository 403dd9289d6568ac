import type { Command } from "commander";
import { CliError, EXIT } from "../exit.ts";
import { note } from "../output.ts";
import { settingsOf } from "../settings.ts";

export function etcdProxyCommand(program: Command): void {
  program
    .command("etcd-proxy")
    .description("Serve etcd's gRPC interface here, so that etcdctl and every other client of etcd works")
    .option("--listen <host:port>", "where", "127.0.0.1:2379")
    .addHelpText("after", "\nExample:\n  synod etcd-proxy &\n  etcdctl --endpoints 127.0.0.1:2379 put greeting hello")
    .action(async ({ listen }: { listen: string }, command: Command) => {
      const settings = settingsOf(command);
      const { etcdProxy } = await import("../etcd-proxy/server.ts");
      const proxy = await etcdProxy(settings, listen).catch((error: unknown) => {
        throw new CliError(
          EXIT.failed,
          `cannot serve on ${listen}: ${error instanceof Error ? error.message : "unknown"}`,
        );
      });
      note(`etcd's interface on port ${proxy.port}, from ${settings.url}, namespace ${settings.namespace}`);
      for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => proxy.close());
    });
}
