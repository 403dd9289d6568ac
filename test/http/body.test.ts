import { expect, test } from "vitest";
import { bodyBytes } from "../../src/http/body.ts";

const BYTES_MAX = 1_000;

function request(body: BodyInit | null, headers: Record<string, string> = {}): Request {
  return new Request("http://synod.test/", { method: "POST", body, headers });
}

/** Ends only when nobody reads any more; tells how much was read. */
function endless(): { readonly stream: ReadableStream<Uint8Array>; readonly read: () => number } {
  let bytes = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      bytes += 100;
      if (bytes > 100 * BYTES_MAX) throw new Error("everything was read");
      controller.enqueue(new Uint8Array(100));
    },
  });
  return { stream, read: () => bytes };
}

test.each([0, 1, BYTES_MAX])("%i bytes are taken, their number told before or not", async (length) => {
  const body = new Uint8Array(length).fill(7);
  expect(await bodyBytes(request(body), BYTES_MAX)).toEqual(body);
  expect(await bodyBytes(request(body, { "content-length": `${length}` }), BYTES_MAX)).toEqual(body);
});

test("no body is an empty one", async () => {
  expect(await bodyBytes(request(null), BYTES_MAX)).toEqual(new Uint8Array());
  expect(await bodyBytes(new Request("http://synod.test/"), BYTES_MAX)).toEqual(new Uint8Array());
});

test("one byte more is too much, whatever is said of the length", async () => {
  const body = new Uint8Array(BYTES_MAX + 1);
  for (const told of [undefined, "1", "1001", "many"]) {
    const headers: Record<string, string> = told === undefined ? {} : { "content-length": told };
    await expect(bodyBytes(request(body, headers), BYTES_MAX)).rejects.toMatchObject({
      problem: { code: "too-large" },
    });
  }
});

test.each([{}, { "transfer-encoding": "chunked" }, { "transfer-encoding": "chunked", "content-length": "5" }])(
  "a body without a length that counts is read no further than allowed: %j",
  async (headers) => {
    const { stream, read } = endless();
    const refused = bodyBytes(request(stream, headers), BYTES_MAX);
    await expect(refused).rejects.toMatchObject({ problem: { code: "too-large" } });
    expect(read()).toBeLessThan(3 * BYTES_MAX);
  },
);
