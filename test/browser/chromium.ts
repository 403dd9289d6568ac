import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** The Chromium of this machine, or the one that `CHROMIUM` names; undefined when there is none. */
export function chromiumPath(): string | undefined {
  const { CHROMIUM: named, PATH: path = "" } = process.env;
  if (named !== undefined) return named;
  const folders = path.split(delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find((file) => existsSync(file));
}

export async function chromiumLaunch(executablePath: string): Promise<Browser> {
  // Containers have no user namespaces for its sandbox, and it only sees our own pages.
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}
