import { expect, test } from "vitest";
import { Namespace, put, until } from "./namespace.ts";

const BROKEN = "apac";

/** A learner whose disk holds something else than it wrote. */
async function spoil(ns: Namespace): Promise<void> {
  await ns.inStorage("learner", BROKEN, ({ sql }) => void sql.exec("UPDATE history SET version = version + 1"));
  await ns.crash("learner", BROKEN);
}

test("a learner with a corrupted row goes out of service and comes back with the state of the others", async () => {
  const ns = new Namespace();
  await ns.write("weur", put("k", "1"));
  await ns.settled();
  await spoil(ns);

  await ns.write("weur", put("k", "2"));
  await until(async () => (await ns.status(BROKEN)).alarms.length > 0);
  await until(async () => {
    const [own, other] = [await ns.status(BROKEN), await ns.status("weur")];
    await ns.alarm("learner", BROKEN);
    return !own.isSuspended && own.digest === other.digest;
  });
  expect(await ns.local(BROKEN, "k")).toBe("2");
  for (const region of ["weur", "enam"] as const) {
    const { alarms, isSuspended } = await ns.status(region);
    expect(isSuspended).toBe(false);
    // It may be whole again before these two hear of it.
    for (const { detail } of alarms) expect(detail).toContain(`but ${BROKEN} differs`);
  }
});

test("its clients are served by other learners meanwhile, and no client reads what it made up", async () => {
  const ns = new Namespace();
  await ns.write("weur", put("k", "1"));
  await ns.settled();
  await spoil(ns);
  for (let write = 2; write < 6; write++) {
    expect(await ns.write(BROKEN, put("k", `${write}`))).toBe(write + 1);
    const read = await ns.client(BROKEN).read({
      query: { kind: "range", key: new TextEncoder().encode("k") },
      consistency: "linearizable",
    });
    if (read.kind !== "answer" || read.result.kind !== "range") throw new Error(read.kind);
    expect(new TextDecoder().decode(read.result.kvs[0]?.value)).toBe(`${write}`);
  }
});
