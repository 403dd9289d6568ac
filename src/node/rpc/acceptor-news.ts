import { type Lives, livesMax, NO_LIVES } from "../../core/identity.ts";
import type { Region } from "../../network/region.ts";
import type { AcceptorAnswer, SilentWhy } from "./call.ts";

/** Namespaces whose news is kept; it is found out again where it was dropped. */
const NAMESPACES_MAX = 1_024;

/** What acceptors said of themselves, as one process remembers it: which storage they lost, and why they are silent. */
export class AcceptorNews {
  readonly #lives = new Map<string, Lives>();
  readonly #silent = new Map<string, Map<Region, SilentWhy>>();

  /** The lives to count with; all zero, which costs nothing to send, where no acceptor lost its storage. */
  lives(namespace: string): Lives {
    return this.#lives.get(namespace) ?? NO_LIVES;
  }

  heardLives(namespace: string, lives: Lives): void {
    keep(this.#lives, namespace, livesMax(this.lives(namespace), lives));
  }

  heard(namespace: string, region: Region, answer: AcceptorAnswer): void {
    if (answer.kind === "other-lives") this.heardLives(namespace, answer.lives);
    if (answer.kind === "silent" && answer.why !== undefined) {
      keep(this.#silent, namespace, new Map(this.#silent.get(namespace)).set(region, answer.why));
    } else if (this.#silent.get(namespace)?.delete(region) === true && this.#silent.get(namespace)?.size === 0) {
      this.#silent.delete(namespace);
    }
  }

  /** The acceptors that say of themselves that they may not answer. */
  silent(namespace: string): ReadonlyMap<Region, SilentWhy> {
    return this.#silent.get(namespace) ?? new Map();
  }
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next();
  if (map.size > NAMESPACES_MAX && oldest.done !== true) map.delete(oldest.value);
}
