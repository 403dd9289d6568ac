import { execFile } from "node:child_process";
import { join } from "node:path";
import { withMutant } from "./copy.ts";
import type { Finding, Layer } from "./layer.ts";
import type { Mutant } from "./mutant.ts";
import { editFile } from "./source.ts";

export interface Kill extends Finding {
  readonly layer: string;
  /** Where and when nothing but a wrong outcome is looked for. */
  readonly outcome?: Finding | undefined;
}

/** The first layer that objects to `mutant`, or undefined: a survivor. */
export async function mutantHunt(
  mutant: Mutant,
  layers: readonly Layer[],
  args: readonly string[],
): Promise<Kill | undefined> {
  return withMutant(mutant, async (folder) => {
    for (const layer of layers.filter((one) => isAsked(one, mutant))) {
      const [first, outcome] = await layerRun(layer, folder, args);
      if (first !== undefined) return { layer: layer.name, ...first, outcome };
    }
    return undefined;
  });
}

function isAsked({ name, sees }: Layer, { layers, edits }: Mutant): boolean {
  return layers?.includes(name) ?? edits.some((edit) => editFile(edit).startsWith(sees));
}

function layerRun(layer: Layer, folder: string, args: readonly string[]): Promise<Finding[]> {
  const options = { cwd: folder, timeout: layer.deadlineMs };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [join(folder, layer.script), ...args], options, (error, stdout, stderr) => {
      // Neither killed nor a survivor: somebody has to look.
      // That the layer could not even begin says nothing of the mutant.
      if (typeof error?.code === "string") return reject(error);
      if (error?.killed === true) return reject(new Error(`${layer.name} was not done in ${layer.deadlineMs} ms`));
      const findings = stdout
        .split("\n")
        .flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as Finding] : []));
      if (error !== null) findings.push({ where: "it fails", rule: failure(stderr) ?? error.message });
      resolve(findings);
    });
  });
}

function failure(stderr: string): string | undefined {
  return /^\w*(?:Error|Violation).*$/m.exec(stderr)?.[0];
}
