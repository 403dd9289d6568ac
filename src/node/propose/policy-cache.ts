import type { Policy } from "../../policy/policy.ts";

/** Few, since each may have a mebibyte of documents. */
const NAMESPACES_MAX = 32;

/** The policies that one process decides under where it proposes by itself. The oldest is forgotten first. */
export class PolicyCache {
  readonly #policies = new Map<string, Policy>();

  get(namespace: string): Policy | undefined {
    return this.#policies.get(namespace);
  }

  set(namespace: string, policy: Policy): void {
    this.#policies.delete(namespace);
    this.#policies.set(namespace, policy);
    if (this.#policies.size <= NAMESPACES_MAX) return;
    for (const oldest of this.#policies.keys()) {
      this.#policies.delete(oldest);
      return;
    }
  }
}
