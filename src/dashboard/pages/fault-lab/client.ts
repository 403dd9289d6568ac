import type { Absent, Outcome, PreconditionFailed, Present, Written } from "../../../checker/history.ts";
import { ask, freshRequestId, jsonBody, Trouble } from "../../data/http.ts";

/** One client of the load: in one region, of one namespace. Every call says what it came to, as the checker reads it. */
export class LoadClient {
  readonly #namespace: string;
  readonly region: string;

  constructor(namespace: string, region: string) {
    this.#namespace = namespace;
    this.region = region;
  }

  /** By a list of the one key, whose answer is one of success when there is none, too. */
  async get(key: string): Promise<Outcome<Present | Absent>> {
    const path = `/v1/${this.#namespace}/kv?prefix=${encodeURIComponent(key)}&limit=1`;
    return outcome(async () => {
      const json = await this.#send<ListJson>(path, {});
      const [found] = json.keys;
      const result = found?.key === key ? present(found) : ({ kind: "absent" } as const);
      return { kind: "ok", revision: json.revision, result };
    });
  }

  async put(key: string, value: string): Promise<Outcome<Written | PreconditionFailed>> {
    return outcome(async () => {
      const json = await this.#send<RevisionJson>(`/v1/${this.#namespace}/kv/${encodeURIComponent(key)}`, {
        method: "PUT",
        headers: { "idempotency-key": freshRequestId() },
        body: value,
      });
      return written(json.revision);
    });
  }

  /** Compare-and-set, as a transaction: that the key is at another revision is no error there. */
  async set(key: string, value: string, modRevision: number): Promise<Outcome<Written | PreconditionFailed>> {
    return outcome<Written | PreconditionFailed>(async () => {
      const { headers, body } = jsonBody({
        compare: [{ key, mod_revision: modRevision }],
        success: [{ put: { key, value } }],
      });
      const json = await this.#send<RevisionJson & { succeeded: boolean }>(`/v1/${this.#namespace}/txn`, {
        method: "POST",
        headers: { ...headers, "idempotency-key": freshRequestId() },
        body,
      });
      if (json.succeeded) return written(json.revision);
      return { kind: "ok", revision: json.revision, result: { kind: "precondition-failed" } };
    });
  }

  async delete(key: string): Promise<Outcome<Written | Absent | PreconditionFailed>> {
    return outcome<Written | Absent>(async () => {
      const path = `/v1/${this.#namespace}/kv/${encodeURIComponent(key)}`;
      const headers = { "idempotency-key": freshRequestId() };
      const json = await this.#send<RevisionJson & { deleted: number }>(path, { method: "DELETE", headers });
      if (json.deleted > 0) return written(json.revision);
      return { kind: "ok", revision: json.revision, result: { kind: "absent" } };
    });
  }

  async #send<T>(path: string, options: NonNullable<Parameters<typeof ask>[1]>): Promise<T> {
    const response = await ask(path, { ...options, headers: { ...options.headers, "synod-region": this.region } });
    return (await response.json()) as T;
  }
}

interface RevisionJson {
  readonly revision: number;
}

interface ListJson extends RevisionJson {
  readonly keys: readonly { readonly key: string; readonly value: string; readonly mod_revision: number }[];
}

function present(found: ListJson["keys"][number]): Present {
  return { kind: "present", value: found.value, modRevision: found.mod_revision };
}

function written(revision: number): Outcome<Written> {
  return { kind: "ok", revision, result: { kind: "written", modRevision: revision } };
}

/** These say that nothing took effect; whatever else goes wrong leaves it open. */
const FAILED: readonly string[] = ["no-quorum", "stopping"];

async function outcome<Result>(work: () => Promise<Outcome<Result>>): Promise<Outcome<Result>> {
  try {
    return await work();
  } catch (error) {
    const isFailed = error instanceof Trouble && FAILED.includes(error.code);
    return { kind: isFailed ? "failed" : "unknown" };
  }
}
