import { afterAll, beforeAll } from "vitest";
import { DevServer } from "../e2e/server.ts";
import { clientConformance } from "./conformance.ts";

let server: DevServer;
beforeAll(async () => {
  server = await DevServer.start();
});
afterAll(() => server.stop());

clientConformance("the client in Node, over HTTP", () => ({ url: server.base }));
