/** Parts that forgot who they are (B1), and a membership that changed under data (B3). */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, networkSet } from "../e2e/client.ts";
import { DevServer } from "../e2e/server.ts";
import { type Attack, verdict } from "./attack.ts";
import { tally } from "./load.ts";
import { storageWipe } from "./objects.ts";

const DOWN = ["apac", "oc"] as const;

/** B1. Two regions down, acknowledged writes by the other three, and one of those loses its acceptor's disk. */
const wipedAcceptor: Attack = {
  kind: "alone",
  name: "B1 an acceptor loses its storage while two others are down",
  async run() {
    const server = await DevServer.start();
    try {
      const client = new Client(server.base, "wiped", "enam");
      await client.put("before", "1");
      await networkSet(server.base, { down: DOWN });
      for (const key of ["a", "b", "c"]) await client.put(key, "acknowledged");
      await server.stop();
      const wasThere = storageWipe(server.state, "AcceptorObject", "wiped/1/weur");
      // Its learner has gone with it, as when a region's disks are lost.
      storageWipe(server.state, "LearnerObject", "wiped/1/weur");
      await server.start();
      await networkSet(server.base, { down: ["wnam", "enam"] });
      // Of those that are up only the wiped one ever knew of the writes.
      const read = await new Client(server.base, "wiped", "weur").get("a");
      const written = await new Client(server.base, "wiped", "oc").put("a", "another", { ifNoneMatch: "*" });
      await networkSet(server.base, {});
      const healed = await client.get("a");
      return verdict(
        `${tally([read, written])}, healed: ${healed.text}`,
        [wasThere, "its database was not found"],
        [read.status === 200 || read.status === 503, `a read without the write: ${read.status}`],
        [written.status !== 201, "a second value was created"],
        [healed.text === "acknowledged", "the acknowledged value is gone"],
      );
    } finally {
      await server.dispose();
    }
  },
};

/** B3. The same data under another list of regions. */
const regionsChanged: Attack = {
  kind: "alone",
  name: "B3 SYNOD_REGIONS changed under data",
  async run() {
    const state = mkdtempSync(join(tmpdir(), "synod-attack-"));
    const first = await DevServer.start({}, [], state);
    await new Client(first.base, "moved").put("key", "1");
    await first.stop();
    const second = await DevServer.start({ SYNOD_REGIONS: "enam,eeur,apac-ne" }, [], state);
    try {
      const client = new Client(second.base, "moved");
      const written = await client.put("key", "2", { ifNoneMatch: "*" });
      const read = await client.get("key");
      return verdict(
        tally([written, read]),
        [written.status !== 201, "an existing key was created again"],
        [read.status !== 404, "an existing key is not found"],
        [written.text.includes("membership-mismatch"), "the answer does not name the memberships"],
      );
    } finally {
      await second.dispose();
    }
  },
};

export const IDENTITY_ATTACKS: readonly Attack[] = [wipedAcceptor, regionsChanged];
