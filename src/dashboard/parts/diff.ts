/** Lines of two texts, side by side: what both have, what only the old one has, what only the new one has. */
export type DiffLine = { readonly kind: "same" | "old" | "new"; readonly text: string };

/** More cells than this are too many to compare; texts that are so different are shown whole, one after the other. */
const CELLS_MAX = 4_000_000;

export function linesDiff(before: string, after: string): readonly DiffLine[] {
  const old = linesOf(before);
  const young = linesOf(after);
  const head = sharedHead(old, young);
  const tail = sharedTail(old, young, head);
  const oldMiddle = old.slice(head, old.length - tail);
  const youngMiddle = young.slice(head, young.length - tail);
  return [
    ...old.slice(0, head).map(same),
    ...middleDiff(oldMiddle, youngMiddle),
    ...old.slice(old.length - tail).map(same),
  ];
}

/** Nothing has no line, and not one that is empty. */
function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.split("\n");
}

function same(text: string): DiffLine {
  return { kind: "same", text };
}

function sharedHead(old: readonly string[], young: readonly string[]): number {
  const most = Math.min(old.length, young.length);
  let head = 0;
  while (head < most && old[head] === young[head]) head++;
  return head;
}

function sharedTail(old: readonly string[], young: readonly string[], head: number): number {
  const most = Math.min(old.length, young.length) - head;
  let tail = 0;
  while (tail < most && old[old.length - 1 - tail] === young[young.length - 1 - tail]) tail++;
  return tail;
}

/** By the longest common subsequence. */
function middleDiff(old: readonly string[], young: readonly string[]): readonly DiffLine[] {
  if (old.length * young.length > CELLS_MAX || old.length === 0 || young.length === 0) {
    return [...old.map(onlyOld), ...young.map(onlyNew)];
  }
  const width = young.length + 1;
  const lengths = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = young.length - 1; j >= 0; j--) {
      const at = i * width + j;
      lengths[at] =
        old[i] === young[j]
          ? (lengths[at + width + 1] ?? 0) + 1
          : Math.max(lengths[at + width] ?? 0, lengths[at + 1] ?? 0);
    }
  }
  return walk(old, young, lengths, width);
}

function walk(old: readonly string[], young: readonly string[], lengths: Uint32Array, width: number): DiffLine[] {
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length && j < young.length) {
    const text = old[i] ?? "";
    const at = i * width + j;
    if (text === young[j]) {
      lines.push(same(text));
      i++;
      j++;
    } else if ((lengths[at + width] ?? 0) >= (lengths[at + 1] ?? 0)) {
      lines.push(onlyOld(text));
      i++;
    } else {
      lines.push(onlyNew(young[j] ?? ""));
      j++;
    }
  }
  return [...lines, ...old.slice(i).map(onlyOld), ...young.slice(j).map(onlyNew)];
}

function onlyOld(text: string): DiffLine {
  return { kind: "old", text };
}

function onlyNew(text: string): DiffLine {
  return { kind: "new", text };
}

/** What `before` became at one place: `lines` take the place of `from` to `to` (exclusive). */
interface Hunk {
  readonly from: number;
  readonly to: number;
  readonly lines: readonly string[];
}

/** Both changes of one text together; undefined where they touch the same or neighbouring lines. */
export function linesMerge(base: string, mine: string, theirs: string): string | undefined {
  const hunks = [...hunksOf(base, mine), ...hunksOf(base, theirs)].toSorted((a, b) => a.from - b.from || a.to - b.to);
  const lines = linesOf(base);
  const merged: string[] = [];
  let at = 0;
  let last: Hunk | undefined;
  for (const hunk of hunks) {
    if (last !== undefined && hunkEqual(last, hunk)) continue;
    if (last !== undefined && hunk.from <= last.to) return undefined;
    merged.push(...lines.slice(at, hunk.from), ...hunk.lines);
    at = hunk.to;
    last = hunk;
  }
  return [...merged, ...lines.slice(at)].join("\n");
}

function hunkEqual(left: Hunk, right: Hunk): boolean {
  return left.from === right.from && left.to === right.to && left.lines.join("\n") === right.lines.join("\n");
}

function hunksOf(before: string, after: string): readonly Hunk[] {
  const hunks: Hunk[] = [];
  let at = 0;
  let open: { from: number; to: number; lines: string[] } | undefined;
  for (const line of linesDiff(before, after)) {
    if (line.kind === "same") {
      if (open !== undefined) hunks.push(open);
      open = undefined;
      at++;
      continue;
    }
    open ??= { from: at, to: at, lines: [] };
    if (line.kind === "old") open.to = ++at;
    else open.lines.push(line.text);
  }
  return open === undefined ? hunks : [...hunks, open];
}
