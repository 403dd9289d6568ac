import { Random } from "../random.ts";
import { type AuthAsked, type AuthWorld, authAskedOf, authWorldNew } from "./auth-generate.ts";
import { difference, type Told } from "./compare.ts";
import type { Outcome, Sequence } from "./differential.ts";
import { Etcd } from "./etcd.ts";
import { worldNew } from "./world.ts";

const ANSWER_MS_MAX = 20_000;
const TOO_FAST = 429;
const AGAIN_MS = 500;

/**
 * The same requests about users, roles and permissions, and by those users, to a fresh etcd and to a fresh namespace of
 * ours. Documents have revisions here, so that ours are counted without them.
 */
export async function authDifferential(base: string, namespace: string, sequence: Sequence): Promise<Outcome> {
  const etcd = await Etcd.start();
  try {
    return await new AuthRun([etcd.base, base], namespace, sequence).all();
  } finally {
    await etcd.dispose();
  }
}

class AuthRun {
  readonly #bases: readonly [string, string];
  readonly #namespace: string;
  readonly #sequence: Sequence;
  readonly #random: Random;
  readonly #world: AuthWorld = authWorldNew();
  readonly #answers = new Map<string, number>();
  /** Revisions of ours that documents have. */
  readonly #documents: number[] = [];
  #revision = 1;

  constructor(bases: readonly [string, string], namespace: string, sequence: Sequence) {
    this.#bases = bases;
    this.#namespace = namespace;
    this.#sequence = sequence;
    this.#random = new Random(sequence.seed);
  }

  async all(): Promise<Outcome> {
    let found: string | undefined;
    let done = 0;
    while (found === undefined && done < this.#sequence.operations) found = await this.#operation(done++);
    const revision = this.#revision - this.#documents.length;
    return { operations: done, watches: 0, events: 0, revision, answers: this.#answers, difference: found };
  }

  async #operation(index: number): Promise<string | undefined> {
    const asked = authAskedOf(this.#random, this.#world);
    const [etcd, ours] = await Promise.all([this.#send(asked, 0), this.#send(asked, 1)]);
    const counted = this.#counted(asked, ours);
    this.#learn(asked, etcd, ours);
    const route = `POST ${asked.path} ${etcd.status}`;
    this.#answers.set(route, (this.#answers.get(route) ?? 0) + 1);
    const found = difference(worldNew(), asked.path, nameless(etcd), nameless(counted));
    return found && `seed ${this.#sequence.seed}, operation ${index}: ${JSON.stringify(asked)}\n${found}`;
  }

  /** What comes too fast for ours (see `kept.ts`) is asked again. */
  async #send(asked: AuthAsked, side: 0 | 1): Promise<Told> {
    for (;;) {
      const told = await this.#once(asked, side);
      if (told.status !== TOO_FAST) return told;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  async #once({ path, body, by }: AuthAsked, side: 0 | 1): Promise<Told> {
    const token = by === undefined ? undefined : this.#world.tokens.get(by)?.[side];
    const ended = new AbortController();
    const response = await fetch(`${this.#bases[side]}/v3/${path}`, {
      method: "POST",
      headers: {
        "synod-namespace": this.#namespace,
        ...(token === undefined ? {} : { authorization: token }),
      },
      signal: AbortSignal.any([ended.signal, AbortSignal.timeout(ANSWER_MS_MAX)]),
      body: JSON.stringify(body),
    });
    const text = path === "watch" ? await firstLine(response) : await response.text();
    if (path === "watch") ended.abort();
    return { status: response.status, contentType: response.headers.get("content-type"), text };
  }

  /** Our answer with the revisions that it had if documents had none. */
  #counted({ path }: AuthAsked, ours: Told): Told {
    const revision = Number(/"header":\{[^}]*"revision":"(\d+)"/.exec(ours.text)?.[1] ?? 0);
    const isChange = path.startsWith("auth/") && ours.status === 200;
    for (let one = this.#revision + 1; isChange && one <= revision; one++) this.#documents.push(one);
    this.#revision = Math.max(this.#revision, revision);
    const text = ours.text.replace(
      /"((?:create_|mod_)?revision)":"(\d+)"/g,
      (_, name: string, at: string) =>
        `"${name}":"${Number(at) - this.#documents.filter((one) => one <= Number(at)).length}"`,
    );
    return { ...ours, text };
  }

  /** What etcd's answer says of users, and both of their tokens. */
  #learn({ path, body }: AuthAsked, etcd: Told, ours: Told): void {
    if (etcd.status !== 200) return;
    const { passwords, tokens, leases } = this.#world;
    const { name, password, options } = body as { name: string; password?: string; options?: object };
    if (path === "auth/user/add") passwords.set(name, options === undefined ? password : undefined);
    if (path === "auth/user/changepw" && passwords.get(name) !== undefined) passwords.set(name, password);
    if (path === "auth/user/delete") passwords.delete(name);
    if (path === "auth/authenticate") tokens.set(name, [tokenOf(etcd), tokenOf(ours)]);
    if (path === "lease/grant") leases.push(String(body.ID));
    if (path === "auth/enable") this.#world.isOn = true;
    if (path === "auth/disable") {
      this.#world.isOn = false;
      tokens.clear();
    }
  }
}

function tokenOf({ text }: Told): string {
  return (JSON.parse(text) as { token?: string }).token ?? "";
}

/** Tokens are the servers' own. */
function nameless(told: Told): Told {
  return { ...told, text: told.text.replace(/"token":"[^"]+"/, '"token":"TOKEN"') };
}

async function firstLine(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes("\n")) break;
  }
  return text;
}
