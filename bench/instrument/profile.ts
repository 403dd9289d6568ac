/** What `Profiler.stop` answers (Chrome DevTools protocol, Profiler.Profile). */
export interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

export interface ProfileRow {
  readonly name: string;
  readonly selfMs: number;
  readonly totalMs: number;
}

const IDLE = new Set(["(idle)", "(root)"]);

/** Time by function, the one with the most of its own first. */
export function profileRows({ nodes, samples, timeDeltas }: Profile): { rows: ProfileRow[]; sampledMs: number } {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parentOf = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)));
  const nameOf = (id: number): string => {
    const frame = byId.get(id)?.callFrame;
    if (frame === undefined) return "?";
    const name = frame.functionName === "" ? "(anonymous)" : frame.functionName;
    return frame.lineNumber > 0 ? `${name} :${frame.lineNumber + 1}` : name;
  };
  const self = new Map<string, number>();
  const total = new Map<string, number>();
  let sampledMs = 0;
  for (const [index, id] of samples.entries()) {
    const ms = (timeDeltas[index] ?? 0) / 1_000;
    const name = nameOf(id);
    if (IDLE.has(name)) continue;
    sampledMs += ms;
    self.set(name, (self.get(name) ?? 0) + ms);
    const names = new Set<string>();
    for (let at: number | undefined = id; at !== undefined; at = parentOf.get(at)) names.add(nameOf(at));
    for (const one of names) total.set(one, (total.get(one) ?? 0) + ms);
  }
  const rows = [...total]
    .map(([name, totalMs]) => ({ name, selfMs: self.get(name) ?? 0, totalMs }))
    .sort((a, b) => b.selfMs - a.selfMs);
  return { rows, sampledMs };
}
