import { type Caller, callerName } from "../../policy/caller.ts";
import type { Need } from "../../policy/need.ts";
import type { Decision, Denied } from "../../policy/policy.ts";
import type { Coordinator } from "./coordinator.ts";
import type { Directory, DirectoryNamespace } from "./directory.ts";

export interface ListedPorts {
  readonly directory: Directory;
  readonly synod: DirectoryNamespace;
  readonly namespace: string;
  readonly caller: Caller;
  readonly background: (work: Promise<unknown>) => void;
}

/** Who may make a namespace by writing to it. */
const CREATORS: ReadonlySet<Caller["kind"]> = new Set(["root", "open", "binding", "system"]);

const NOBODY: Denied = {
  kind: "denied",
  why: "unauthenticated",
  detail: "no token of this namespace is sent",
  stamp: 0,
};

/**
 * A coordinator that asks nothing of a namespace that is not in the directory, unless its caller may create one. The
 * first write by one that may enters it.
 */
export class ListedCoordinator implements Coordinator {
  readonly #inner: Coordinator;
  readonly #ports: ListedPorts;

  constructor(inner: Coordinator, ports: ListedPorts) {
    this.#inner = inner;
    this.#ports = ports;
  }

  async permit(needs: readonly Need[]): Promise<Decision | undefined> {
    return (await this.#isThere()) ? this.#inner.permit(needs) : NOBODY;
  }

  async permitOf(caller: Caller, needs: readonly Need[]): Promise<Decision | undefined> {
    return (await this.#isThere()) ? this.#inner.permitOf(caller, needs) : NOBODY;
  }

  async write(...asked: Parameters<Coordinator["write"]>): ReturnType<Coordinator["write"]> {
    if (!(await this.#isThere())) return NOBODY;
    const outcome = await this.#inner.write(...asked);
    const { directory, synod, namespace, caller, background } = this.#ports;
    if (outcome.kind === "applied") background(directory.enter(namespace, callerName(caller), synod));
    return outcome;
  }

  async read(...asked: Parameters<Coordinator["read"]>): ReturnType<Coordinator["read"]> {
    return (await this.#isThere()) ? this.#inner.read(...asked) : NOBODY;
  }

  // What follows is asked for after `permit` alone.

  status(): ReturnType<Coordinator["status"]> {
    return this.#inner.status();
  }

  metrics(): ReturnType<Coordinator["metrics"]> {
    return this.#inner.metrics();
  }

  release(...asked: Parameters<Coordinator["release"]>): ReturnType<Coordinator["release"]> {
    return this.#inner.release(...asked);
  }

  backup(...asked: Parameters<Coordinator["backup"]>): ReturnType<Coordinator["backup"]> {
    return this.#inner.backup(...asked);
  }

  watch(...asked: Parameters<Coordinator["watch"]>): ReturnType<Coordinator["watch"]> {
    return this.#inner.watch(...asked);
  }

  async #isThere(): Promise<boolean> {
    const { directory, synod, namespace, caller } = this.#ports;
    return CREATORS.has(caller.kind) || directory.has(namespace, synod);
  }
}
