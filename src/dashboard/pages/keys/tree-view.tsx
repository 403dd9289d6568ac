import { useComputed, useSignal } from "@preact/signals";
import type { Key } from "../../data/key-name.ts";
import { keyHref, keyText } from "../../data/key-name.ts";
import { plural } from "../../parts/format.ts";
import { Empty, Loading, ProblemNote } from "../../parts/problem.tsx";
import { VirtualList } from "../../parts/virtual-list.tsx";
import { go } from "../../shell/place.ts";
import type { Tree, TreeRow } from "./tree.ts";

interface Props {
  readonly tree: Tree;
  /** The key that is shown beside the tree. */
  readonly shown: Key | undefined;
}

const INDENT_PX = 16;

export function TreeView({ tree, shown }: Props) {
  const root = tree.root.value;
  const rows = tree.rows.value;
  if (root === "loading") return <Loading what="the keys" />;
  if (root !== "ready") {
    return (
      <ProblemNote trouble={root}>
        <button type="button" onClick={() => tree.retry("")}>
          Try again
        </button>
      </ProblemNote>
    );
  }
  if (rows.length === 0) {
    return (
      <Empty title="No keys yet">
        <p>The first write makes one. “New key” does it here; so does any client.</p>
      </Empty>
    );
  }
  return <Rows tree={tree} shown={shown} />;
}

function Rows({ tree, shown }: Props) {
  /** The row that the keyboard is on. */
  const focused = useSignal<Key | undefined>(undefined);
  const rows = tree.rows.value;
  const at = useComputed(() => {
    const wanted = focused.value ?? shown;
    return wanted === undefined ? -1 : tree.rows.value.findIndex((row) => row.name === wanted && isItem(row));
  });
  const open = (row: TreeRow): void => {
    focused.value = row.name;
    if (row.kind === "folder") tree.toggle(row.name);
    else if (row.kind === "key") go(keyHref(row.name));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = keyMove(event.key, rows, at.value, tree);
    if (next === undefined) return;
    event.preventDefault();
    if (next === "open") {
      const row = rows[at.value];
      if (row !== undefined) open(row);
    } else focused.value = rows[next]?.name;
  };
  return (
    <VirtualList
      role="tree"
      aria-label="Keys"
      tabIndex={0}
      class="tree"
      rows={rows.length}
      follow={at.value < 0 ? undefined : at.value}
      aria-activedescendant={at.value < 0 ? undefined : `row-${at.value}`}
      onKeyDown={onKeyDown}
      row={(index) => {
        const row = rows[index];
        if (row === undefined) return null;
        return (
          <Row key={index} index={index} row={row} tree={tree} shown={shown} focused={index === at.value} open={open} />
        );
      }}
    />
  );
}

/** Where a key of the keyboard leads: a row, or to open the one that it is on. */
function keyMove(key: string, rows: readonly TreeRow[], at: number, tree: Tree): number | "open" | undefined {
  const row = rows[at];
  // What is being loaded is no place to stand on.
  const last = rows.findLastIndex(isItem);
  switch (key) {
    case "ArrowDown":
      return Math.min(last, at + 1);
    case "ArrowUp":
      return Math.max(0, at - 1);
    case "Home":
      return 0;
    case "End":
      return last;
    case "Enter":
    case " ":
      return "open";
    case "ArrowRight":
      if (row?.kind !== "folder") return undefined;
      return tree.isOpen(row.name) ? Math.min(last, at + 1) : "open";
    case "ArrowLeft": {
      if (row?.kind === "folder" && row.isOpen) return "open";
      const depth = row?.depth ?? 0;
      const parent = rows.findLastIndex((one, index) => index < at && one.depth < depth);
      return parent < 0 ? undefined : parent;
    }
    default:
      return undefined;
  }
}

function isItem({ kind }: TreeRow): boolean {
  return kind === "folder" || kind === "key";
}

interface RowProps extends Props {
  readonly index: number;
  readonly row: TreeRow;
  readonly focused: boolean;
  readonly open: (row: TreeRow) => void;
}

function Row({ index, row, tree, shown, focused, open }: RowProps) {
  const style = { paddingLeft: `${8 + row.depth * INDENT_PX}px` };
  if (row.kind === "loading") return <More name={row.name} tree={tree} style={style} level={row.depth + 1} />;
  if (row.kind === "trouble") {
    return (
      <div class="row" role="treeitem" aria-level={row.depth + 1} style={style} title={row.trouble.message}>
        <span class="bad cut">{row.trouble.title}</span>
        <button type="button" class="link" onClick={() => tree.retry(row.name)}>
          Try again
        </button>
      </div>
    );
  }
  const isShown = row.kind === "key" && row.name === shown;
  const parent = row.name.lastIndexOf("/", row.name.length - 2) + 1;
  return (
    // The tree has the keyboard; rows only take clicks.
    <div
      id={`row-${index}`}
      class={`row ${row.kind} ${isShown ? "is-shown" : ""} ${focused ? "is-focused" : ""}`}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-selected={isShown}
      aria-expanded={row.kind === "folder" ? row.isOpen : undefined}
      style={style}
      title={keyText(row.name)}
      onClick={() => open(row)}
    >
      <span class="twist" aria-hidden="true">
        {row.kind === "folder" ? (row.isOpen ? "▾" : "▸") : ""}
      </span>
      <span class="cut">
        {keyText(
          row.kind === "key" ? row.name.slice(row.name.lastIndexOf("/") + 1) || row.name : row.name.slice(parent),
        )}
      </span>
      {row.kind === "key" ? <span class="row-end faint">{plural(row.meta.version, "write")}</span> : null}
    </div>
  );
}

function More(props: {
  readonly name: Key;
  readonly tree: Tree;
  readonly style: { readonly paddingLeft: string };
  readonly level: number;
}) {
  // It is in the document only when it is near to what is seen.
  queueMicrotask(() => props.tree.more(props.name));
  return (
    <div class="row faint" role="treeitem" aria-level={props.level} style={props.style}>
      <span class="spinner" aria-hidden="true" /> Loading more…
    </div>
  );
}
