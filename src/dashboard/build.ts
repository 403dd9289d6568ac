/**
 * Builds the dashboard into a folder: `node src/dashboard/build.ts [FOLDER]`, `dist/dashboard` without one. Wrangler runs
 * it before it looks for the folder (`[build]` in wrangler.toml), `npm start` and `npm run serve` at each start.
 *
 * The folder has `page.html` and, with a hash of their contents in their names, the files that it loads.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile } from "esbuild";

const SOURCE = fileURLToPath(new URL(".", import.meta.url));
const ROOT = join(SOURCE, "../..");

/** Where the Worker serves the files from, besides the page (`src/http/routes/dashboard.ts`). */
const PUBLIC_PATH = "/dashboard/assets";

export async function dashboardBuild(folder: string): Promise<Metafile> {
  mkdirSync(folder, { recursive: true });
  // The folder itself stays: a server may have it open.
  for (const file of readdirSync(folder)) rmSync(join(folder, file), { recursive: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { app: join(SOURCE, "app.tsx"), icon: join(SOURCE, "icon.svg") },
    outdir: folder,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    publicPath: PUBLIC_PATH,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: "es2023",
    jsx: "automatic",
    jsxImportSource: "preact",
    loader: { ".svg": "copy" },
    define: { "process.env.NODE_ENV": '"production"' },
    metafile: true,
    legalComments: "none",
    logLevel: "warning",
  });
  const files = Object.keys(metafile.outputs).map((path) => basename(path));
  const named = (pattern: RegExp): string => `${PUBLIC_PATH}/${files.find((file) => pattern.test(file)) ?? ""}`;
  const page = readFileSync(join(SOURCE, "page.html"), "utf8")
    .replace("{script}", named(/^app-\w+\.js$/))
    .replace("{style}", named(/^app-\w+\.css$/))
    .replace("{icon}", named(/^icon-\w+\.svg$/));
  writeFileSync(join(folder, "page.html"), page);
  return metafile;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await dashboardBuild(process.argv[2] ?? join(ROOT, "dist/dashboard"));
}
