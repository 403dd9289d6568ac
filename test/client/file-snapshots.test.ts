import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fileSnapshots } from "../../src/client/snapshot/file.ts";

test("a snapshot is a file that is replaced as a whole, whatever its name", async () => {
  const folder = await mkdtemp(join(tmpdir(), "synod-snapshots-"));
  const store = fileSnapshots(join(folder, "deep"));
  expect(await store.load("../app/")).toBeNull();
  await store.save("../app/", "one");
  await store.save("../app/", "two");
  expect(await store.load("../app/")).toBe("two");
  expect(await readdir(join(folder, "deep"))).toHaveLength(1);
  await rm(folder, { recursive: true });
});
