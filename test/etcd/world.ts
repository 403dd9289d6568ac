/** What the generator knows of the store, so that requests are about something. Taken from etcd's answers. */
export interface World {
  revision: number;
  /** The last compaction that was asked for and done. */
  compacted: number;
  /** Ids of leases as requests name them: numbers, or `@lease1` for one that the server chose. */
  readonly leases: string[];
  /** What a server calls the leases that it chose ids for, by the name above: etcd first. */
  readonly chosen: Map<string, readonly [string, string]>;
}

export function worldNew(): World {
  return { revision: 1, compacted: 0, leases: [], chosen: new Map() };
}
