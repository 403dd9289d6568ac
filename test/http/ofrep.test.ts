import { describe, expect, test } from "vitest";
import { appSend, freshNamespace, problemOf, type Send } from "./app.ts";

const SWITCH = { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "off" } as const;
const FLAGS = {
  flags: {
    static: SWITCH,
    aimed: { ...SWITCH, targeting: { if: [{ ends_with: [{ var: "email" }, "@example.com"] }, "on", null] } },
    disabled: { ...SWITCH, state: "DISABLED" },
    code: { state: "ENABLED", variants: { a: "b" } },
    broken: { ...SWITCH, targeting: { nope: [1] } },
    "with/slash ü": SWITCH,
  },
  metadata: { team: "web" },
};

type Json = Readonly<Record<string, unknown>>;

class Flags {
  readonly namespace = freshNamespace();
  readonly send: Send;

  constructor(send = appSend()) {
    this.send = send;
  }

  async put(json: unknown, set = "default"): Promise<number> {
    const body = typeof json === "string" ? json : JSON.stringify(json);
    const answer = await this.send(`/v1/${this.namespace}/kv/flags/${set}`, { method: "PUT", body });
    return ((await answer.json()) as { revision: number }).revision;
  }

  ask(path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return this.send(`/ofrep/v1/evaluate/flags${path}`, {
      method: "POST",
      headers: { "synod-namespace": this.namespace, ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  }

  async json(path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Json> {
    return (await (await this.ask(path, body, headers)).json()) as Json;
  }
}

describe("one flag", () => {
  test("is answered as flagd answers it, with the set's name and revision", async () => {
    const flags = new Flags();
    const version = await flags.put(FLAGS);
    const metadata = { team: "web", flagSetId: "default", version };
    const aimed = { key: "aimed", reason: "TARGETING_MATCH", variant: "on", value: true, metadata };
    expect(await flags.json("/aimed", { context: { targetingKey: "u", email: "a@example.com" } })).toEqual(aimed);
    expect(await flags.json("/aimed", { context: { email: "a@bar.com" } })).toEqual({
      ...aimed,
      reason: "DEFAULT",
      variant: "off",
      value: false,
    });
    const still = { reason: "STATIC", variant: "off", value: false, metadata };
    expect(await flags.json("/static", { context: {} })).toEqual({ key: "static", ...still });
    expect(await flags.json("/disabled", {})).toEqual({ key: "disabled", reason: "DISABLED", metadata });
    expect(await flags.json("/code", {})).toEqual({ key: "code", reason: "DEFAULT", metadata });
    expect(await flags.json("/with%2Fslash%20%C3%BC")).toEqual({ key: "with/slash ü", ...still });
  });

  test("fails as flagd's does: 404 when it is not there, 400 when it cannot be evaluated", async () => {
    const flags = new Flags();
    await flags.put(FLAGS);
    const missing = await flags.ask("/missing", {});
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({
      key: "missing",
      errorCode: "FLAG_NOT_FOUND",
      metadata: { team: "web" },
    });
    const broken = await flags.ask("/broken", {});
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ key: "broken", errorCode: "PARSE_ERROR" });
  });

  test("of a set that there is not is not found, and says where to put one", async () => {
    const answer = await new Flags().ask("/f", {}, { "synod-flag-set": "mobile" });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({
      key: "f",
      errorCode: "FLAG_NOT_FOUND",
      errorDetails: 'there is no flag set "mobile": nothing was put at flags/mobile',
    });
  });

  test("of a value that is no flag set is a parse error, until the next write", async () => {
    const flags = new Flags();
    await flags.put('{"flags":');
    const answer = await flags.ask("/static", {});
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ key: "static", errorCode: "PARSE_ERROR" });
    await flags.put(FLAGS);
    expect(await flags.json("/static", {})).toMatchObject({ value: false });
  });

  test("is evaluated by the next request after a write", async () => {
    const flags = new Flags();
    for (const on of [true, false, true]) {
      await flags.put({ flags: { f: { ...SWITCH, defaultVariant: on ? "on" : "off" } } });
      expect(await flags.json("/f", {})).toMatchObject({ value: on });
    }
  });
});

describe("a context", () => {
  test("that is none, or none at all, is empty, as for flagd", async () => {
    const flags = new Flags();
    await flags.put(FLAGS);
    for (const body of [undefined, "", " ", "{}", '{"later":1}']) {
      expect(await flags.json("/aimed", body)).toMatchObject({ value: false, reason: "DEFAULT" });
    }
  });

  test.each(["{", "[]", '"x"', '{"context":[]}', '{"context":"x"}', '{"context":null}', '{"context":{},"context":{}}'])(
    "of %s is not valid",
    async (body) => {
      const flags = new Flags();
      const one = await flags.ask("/f", body);
      expect(one.status).toBe(400);
      expect(await one.json()).toMatchObject({ key: "f", errorCode: "INVALID_CONTEXT" });
      const all = await flags.ask("", body);
      expect(all.status).toBe(400);
      expect(await all.json()).toMatchObject({ errorCode: "INVALID_CONTEXT" });
    },
  );

  test("that is too large is told so", async () => {
    const answer = await new Flags().ask("", { context: { text: "x".repeat(70_000) } });
    await problemOf(answer, "too-large");
  });
});

describe("all flags", () => {
  test("are answered at once, those too that fail or are disabled", async () => {
    const flags = new Flags();
    const version = await flags.put(FLAGS);
    const answer = await flags.ask("", { context: { email: "a@example.com" } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("synod-revision")).toBe(`${version}`);
    const body = (await answer.json()) as { flags: Json[]; metadata: Json; eventStreams: Json[] };
    expect(body.flags.map(({ key, value, reason, errorCode }) => [key, value ?? null, reason ?? errorCode])).toEqual([
      ["static", false, "STATIC"],
      ["aimed", true, "TARGETING_MATCH"],
      ["disabled", null, "DISABLED"],
      ["code", null, "DEFAULT"],
      ["broken", null, "PARSE_ERROR"],
      ["with/slash ü", false, "STATIC"],
    ]);
    expect(body.metadata).toEqual({ team: "web", flagSetId: "default", version });
    expect(body.eventStreams).toEqual([
      {
        type: "sse",
        endpoint: { requestUri: `/ofrep/v1/events?namespace=${flags.namespace}&set=default&from=${version + 1}` },
        inactivityDelaySec: 120,
      },
    ]);
  });

  test("of a set that there is not are none, and its event stream waits for the first", async () => {
    expect(await new Flags().json("", {})).toMatchObject({ flags: [], metadata: { version: 0 } });
  });

  test("of sets and namespaces are apart", async () => {
    const flags = new Flags();
    await flags.put({ flags: { a: SWITCH } });
    await flags.put({ flags: { b: SWITCH } }, "mobile");
    expect(await flags.json("", {})).toMatchObject({ flags: [{ key: "a" }] });
    expect(await flags.json("", {}, { "synod-flag-set": "mobile" })).toMatchObject({ flags: [{ key: "b" }] });
    expect(await flags.json("", {}, { "synod-namespace": freshNamespace() })).toMatchObject({ flags: [] });
  });

  test.each([
    ["synod-flag-set", "a/b"],
    ["synod-flag-set", "a b"],
    ["synod-namespace", "UPPER"],
  ])("a header %s of %s is not valid", async (name, value) => {
    const answer = await new Flags().ask("", {}, { [name]: value });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errorCode: "GENERAL", errorDetails: expect.stringContaining(name) });
  });

  test("what a newer client asks besides is passed over", async () => {
    const flags = new Flags();
    await flags.put(FLAGS);
    expect((await flags.ask("?flagConfigLastModified=1771622898&later=1", { context: {}, later: [] })).status).toBe(
      200,
    );
  });

  test("a local read is one, and says how old it may be", async () => {
    const flags = new Flags();
    await flags.put(FLAGS);
    const { headers } = await flags.ask("?consistency=local", {});
    expect(headers.get("synod-path")).toMatch(/^local/);
    expect(headers.get("synod-lag")).not.toBeNull();
  });
});

describe("the tag of all flags", () => {
  const EMAIL = { context: { email: "a@example.com" } };
  const tagged = async (flags: Flags, body: unknown, path = "", tag?: string) => {
    const answer = await flags.ask(path, body, tag === undefined ? {} : { "if-none-match": tag });
    return { status: answer.status, tag: answer.headers.get("etag") ?? "", text: await answer.text() };
  };

  test("stays while neither the set nor the context changes, and 304 says so", async () => {
    const flags = new Flags();
    await flags.put(FLAGS);
    const first = await tagged(flags, EMAIL);
    expect(await tagged(flags, EMAIL, "", first.tag)).toEqual({ status: 304, tag: first.tag, text: "" });
    expect(await tagged(flags, EMAIL, "", `W/${first.tag}`)).toMatchObject({ status: 304 });
    await flags.send(`/v1/${flags.namespace}/kv/other`, { method: "PUT", body: "x" });
    expect(await tagged(flags, EMAIL, "", first.tag)).toMatchObject({ status: 304 });
    await flags.put(FLAGS);
    expect(await tagged(flags, EMAIL, "", first.tag)).toMatchObject({ status: 200 });
  });

  test("is another one for another attribute, even if the answer is the same", async () => {
    const flags = new Flags();
    await flags.put(FLAGS);
    const first = await tagged(flags, EMAIL);
    const other = await tagged(flags, { context: { ...EMAIL.context, plan: "free" } }, "", first.tag);
    expect(other).toMatchObject({ status: 200, text: first.text });
  });

  test("is another one when a rule's time has come", async () => {
    const flags = new Flags();
    const everySecond = { "==": [{ "%": [{ var: "$flagd.timestamp" }, 2] }, 0] };
    await flags.put({ flags: { f: { ...SWITCH, targeting: { if: [everySecond, "on", "off"] } } } });
    const first = await tagged(flags, {});
    let again = first;
    for (let pauseMs = 100; again.status !== 200 || again === first; pauseMs += 10) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      again = await tagged(flags, {}, "", first.tag);
    }
    expect(again.text).not.toBe(first.text);
  });

  test("is not looked at for a client that was told of another state than this", async () => {
    const flags = new Flags();
    const version = await flags.put(FLAGS);
    const { tag } = await tagged(flags, EMAIL);
    expect(await tagged(flags, EMAIL, `?flagConfigEtag=${version}`, tag)).toMatchObject({ status: 304 });
    for (const told of [version - 1, version + 1_000, "", "abc", "%22x%22", "0", "99999999999999999"]) {
      expect(await tagged(flags, EMAIL, `?flagConfigEtag=${told}`, tag)).toMatchObject({ status: 200 });
    }
  });

  test("a client that was told of a revision is answered from a state that has it, wherever it asks", async () => {
    const flags = new Flags();
    await flags.put(FLAGS);
    await flags.ask("", {}, { "synod-region": "oc" });
    const version = await flags.put({ flags: { f: SWITCH } });
    for (const region of ["oc", "weur", "apac"]) {
      const answer = await flags.ask(`?flagConfigEtag=${version}`, {}, { "synod-region": region });
      expect(await answer.json()).toMatchObject({ flags: [{ key: "f" }], metadata: { version } });
    }
  });
});

describe("browsers", () => {
  test("may ask from any page, with any header, and see the tag", async () => {
    const asked = await appSend()("/ofrep/v1/evaluate/flags", {
      method: "OPTIONS",
      headers: {
        origin: "https://app.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,if-none-match,synod-flag-set,authorization",
      },
    });
    expect(asked.status).toBe(204);
    expect(asked.headers.get("access-control-allow-headers")).toContain("synod-flag-set");
    expect(asked.headers.get("access-control-allow-methods")).toContain("POST");
    const { headers } = await new Flags().ask("", "[]");
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("access-control-expose-headers")).toContain("etag");
  });
});

describe("with a token", () => {
  const TOKEN = "0123456789abcdef0123456789abcdef";
  const guarded = () => new Flags(appSend({ token: TOKEN }));
  const bearer = { authorization: `Bearer ${TOKEN}` };

  test("nobody without it evaluates or listens", async () => {
    const flags = guarded();
    expect((await flags.ask("", {})).status).toBe(401);
    expect((await flags.ask("/f", {})).status).toBe(401);
    expect((await flags.ask("", {}, bearer)).status).toBe(200);
    const events = `/ofrep/v1/events?namespace=${flags.namespace}`;
    for (const ticket of ["", "&ticket=", "&ticket=1.a", `&ticket=${Date.now() + 1e6}.${"a".repeat(43)}`]) {
      expect((await flags.send(`${events}${ticket}`)).status).toBe(401);
    }
  });

  test("the address of the event stream holds a ticket for that stream, and for no other", async () => {
    const flags = guarded();
    const body = (await (await flags.ask("", {}, bearer)).json()) as {
      eventStreams: { endpoint: { requestUri: string } }[];
    };
    const uri = body.eventStreams[0]?.endpoint.requestUri ?? "";
    expect(uri).not.toContain(TOKEN);
    const mine = await flags.send(uri);
    expect(mine.headers.get("content-type")).toBe("text/event-stream");
    await mine.body?.cancel();
    expect((await flags.send(uri.replace("set=default", "set=other"))).status).toBe(401);
    expect((await flags.send(uri.replace(flags.namespace, freshNamespace()))).status).toBe(401);
    expect((await flags.send(uri.replace(/ticket=1/, "ticket=2"))).status).toBe(401);
  });
});

describe("an event stream", () => {
  class Events {
    readonly #reader: ReadableStreamDefaultReader<string>;
    #text = "";

    constructor(response: Response) {
      if (response.body === null) throw new Error(`${response.status} without a body`);
      this.#reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    }

    /** The next event, comments passed over. */
    async next(): Promise<{ id: string | undefined; data: unknown }> {
      for (;;) {
        const end = this.#text.indexOf("\n\n");
        if (end < 0) {
          this.#text += (await this.#reader.read()).value ?? "";
          continue;
        }
        const lines = this.#text.slice(0, end).split("\n");
        this.#text = this.#text.slice(end + 2);
        const data = lines.find((line) => line.startsWith("data: "))?.slice(6);
        const id = lines.find((line) => line.startsWith("id: "))?.slice(4);
        if (data !== undefined) return { id, data: JSON.parse(data) as unknown };
      }
    }

    close(): Promise<void> {
      return this.#reader.cancel();
    }
  }

  const open = async (flags: Flags, query = "", headers: Readonly<Record<string, string>> = {}) =>
    new Events(await flags.send(`/ofrep/v1/events?namespace=${flags.namespace}${query}`, { headers }));
  const refetch = (revision: number) => ({
    id: `${revision}`,
    data: { type: "refetchEvaluation", etag: `${revision}` },
  });

  test("tells each change of its set, a deletion too, and nothing else", async () => {
    const flags = new Flags();
    const first = await flags.put(FLAGS);
    const events = await open(flags, `&from=${first + 1}`);
    await flags.put(FLAGS, "other");
    await flags.send(`/v1/${flags.namespace}/kv/flags/default/below`, { method: "PUT", body: "x" });
    const second = await flags.put(FLAGS);
    expect(await events.next()).toEqual(refetch(second));
    await flags.send(`/v1/${flags.namespace}/kv/flags/default`, { method: "DELETE" });
    expect(await events.next()).toEqual(refetch(second + 1));
    await events.close();
  });

  test("misses nothing between an evaluation and its beginning, nor where it went on", async () => {
    const flags = new Flags();
    const first = await flags.put(FLAGS);
    const second = await flags.put(FLAGS);
    const fromAnswer = await open(flags, `&from=${first + 1}`);
    expect(await fromAnswer.next()).toEqual(refetch(second));
    await fromAnswer.close();
    const third = await flags.put(FLAGS);
    const again = await open(flags, `&from=${first + 1}`, { "last-event-id": `${second}` });
    expect(await again.next()).toEqual(refetch(third));
    await again.close();
  });

  test("whose beginning is compacted away says once that there was a change", async () => {
    const flags = new Flags();
    const first = await flags.put(FLAGS);
    for (let more = 0; more < 3; more++) await flags.put(FLAGS);
    const body = JSON.stringify({ revision: first + 3 });
    expect((await flags.send(`/v1/${flags.namespace}/compact`, { method: "POST", body })).status).toBe(200);
    const events = await open(flags, `&from=${first}`);
    expect(await events.next()).toMatchObject({ data: { type: "refetchEvaluation", etag: `${first + 3}` } });
    await events.close();
  });

  test("takes no other parameter, and no HEAD", async () => {
    const flags = new Flags();
    expect((await flags.send("/ofrep/v1/events?bogus=1")).status).toBe(400);
    expect((await flags.send("/ofrep/v1/events", { method: "HEAD" })).status).toBe(405);
    expect((await flags.send("/ofrep/v1/events", { method: "POST" })).status).toBe(405);
    expect((await flags.send("/ofrep/v1/nothing", { method: "POST" })).status).toBe(404);
  });
});
