import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Mutant } from "./mutant.ts";
import { editFile } from "./source.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Runs `use` on a copy of the code and its tests with the mutant in it. */
export async function withMutant<T>(mutant: Mutant, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "synod-mutant-"));
  try {
    for (const part of ["src", "test", "package.json", "vitest.config.ts", "wrangler.toml", "tsconfig.base.json"])
      cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    for (const edit of mutant.edits) {
      const path = join(folder, "src", editFile(edit));
      const text = readFileSync(path, "utf8");
      writeFileSync(
        path,
        text.replace(edit.find, () => edit.replace),
      );
    }
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
