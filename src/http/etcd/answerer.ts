import type { Answerer } from "./codec/answer.ts";

/** There is no leader whose term it could be; etcd's first is 2. */
export const TERM = "2";

/** Namespaces, each with its regions, whose numbers are remembered. */
const ANSWERERS_MAX = 1_024;
const answerers = new Map<string, Answerer>();

/** What stands in the place of etcd's numbers: the namespace is the cluster, its regions are the members. */
export function answererOf(namespace: string, region: string): Answerer {
  const name = `${namespace}/${region}`;
  let answerer = answerers.get(name);
  if (answerer === undefined) {
    answerer = { clusterId: idOf(namespace), memberId: idOf(name), term: TERM };
    if (answerers.size >= ANSWERERS_MAX) answerers.clear();
    answerers.set(name, answerer);
  }
  return answerer;
}

export function memberIdOf(namespace: string, region: string): string {
  return idOf(`${namespace}/${region}`);
}

/** FNV-1a, 64 bits: ids only have to be the same every time. */
function idOf(name: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const char of name) hash = BigInt.asUintN(64, (hash ^ BigInt(char.charCodeAt(0))) * 0x100000001b3n);
  return hash.toString();
}
