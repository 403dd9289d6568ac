import { join } from "node:path";
import { build } from "esbuild";

/** Bundles the Worker into `folder`, with the options that matter of those `wrangler deploy` bundles with. */
export async function bundle(folder: string, main: string): Promise<void> {
  await build({
    entryPoints: [main],
    outfile: join(folder, "index.js"),
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    keepNames: false,
    logLevel: "warning",
  });
}
