import { expect, test } from "vitest";
import { appSend, freshNamespace } from "./app.ts";

const key = "aw==";

test.each([undefined, "wrong", "Bearer wrong"])(
  "authorization %s is not let in where there is a token",
  async (given) => {
    const response = await range(given);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 16, message: "etcdserver: invalid auth token" });
  },
);

test.each(["secret", "Bearer secret"])(
  "authorization %s is let in, as etcd's clients send it and as others do",
  async (given) => {
    expect((await range(given)).status).toBe(200);
  },
);

async function range(authorization: string | undefined): Promise<Response> {
  const headers = { "synod-namespace": freshNamespace(), ...(authorization === undefined ? {} : { authorization }) };
  return appSend({ token: "secret" })("/v3/kv/range", { method: "POST", headers, body: JSON.stringify({ key }) });
}
