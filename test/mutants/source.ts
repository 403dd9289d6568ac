import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Edit } from "./mutant.ts";

const SOURCE = fileURLToPath(new URL("../../src/", import.meta.url));

/** Every TypeScript file below `src/`, by its path there. */
const texts: ReadonlyMap<string, string> = new Map(
  readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => [path, readFileSync(join(SOURCE, path), "utf8")]),
);

/** The file, below `src/`, that holds what `edit` changes. Throws unless it stands in exactly one place. */
export function editFile({ find }: Edit): string {
  const places = [...texts].flatMap(([path, text]) => Array.from({ length: text.split(find).length - 1 }, () => path));
  const [place] = places;
  if (place === undefined || places.length > 1) {
    throw new Error(`found ${places.length} times, in ${places.join(", ") || "no file"}:\n${find}`);
  }
  return place;
}
