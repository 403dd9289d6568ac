/** Which database of a local server is which object's, as workerd names them. */
import { createHash, createHmac } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** workerd's id of an object made by its name: half of it is the name's, half makes sure of that. */
export function objectId(uniqueKey: string, name: string): string {
  const key = createHash("sha256").update(uniqueKey).digest();
  const half = createHmac("sha256", key).update(name).digest().subarray(0, 16);
  const check = createHmac("sha256", key).update(half).digest().subarray(0, 16);
  return Buffer.concat([half, check]).toString("hex");
}

/** Takes an object's storage away, as a lost disk does. Returns whether there was any. */
export function storageWipe(state: string, className: string, name: string): boolean {
  const folder = join(state, `synod-${className}`);
  const id = objectId(`synod-${className}`, name);
  const files = readdirSync(folder).filter((file) => file.startsWith(id));
  for (const file of files) rmSync(join(folder, file));
  return files.length > 0;
}
