import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { type Key, keyOfRest } from "../../data/key-name.ts";
import { Empty } from "../../parts/problem.tsx";
import { place } from "../../shell/place.ts";
import { KeyDetail } from "./key-detail.tsx";
import type { News } from "./key-model.ts";
import { NewKey } from "./new-key.tsx";
import { Tree } from "./tree.ts";
import { TreeView } from "./tree-view.tsx";

/** The tree of all keys, and beside it the one that the path names. */
export function KeysPage() {
  const { namespace, rest, query } = place.value;
  const shown = keyOfRest(rest);
  const tree = useMemo(() => new Tree(namespace), [namespace]);
  const news = useSignal<News | undefined>(undefined);
  const isNew = useSignal(false);
  useEffect(
    () =>
      tree.start((event, key) => {
        news.value = { key, revision: event.mod_revision, isDeleted: event.type === "delete" };
      }),
    [tree, news],
  );
  useEffect(() => {
    if (shown !== undefined) tree.revealKey(shown);
  }, [tree, shown]);
  const revision = Number(query.get("revision") ?? "") || undefined;
  return (
    <div class="split">
      <section class="panel split-list" aria-label="All keys">
        <div class="panel-head">
          <h2>All keys</h2>
          <button
            type="button"
            onClick={() => {
              isNew.value = true;
            }}
          >
            New key
          </button>
        </div>
        <TreeView tree={tree} shown={shown} />
      </section>
      <section class="panel split-detail" aria-label="Key">
        <Detail shown={shown} revision={revision} news={news} />
      </section>
      {isNew.value ? <NewKey folder={folderOf(shown)} close={() => (isNew.value = false)} /> : null}
    </div>
  );
}

function Detail(props: {
  readonly shown: Key | undefined;
  readonly revision: number | undefined;
  readonly news: Signal<News | undefined>;
}) {
  if (props.shown === undefined) {
    return (
      <Empty title="No key chosen">
        <p>Choose one in the tree, or press / and type its beginning.</p>
      </Empty>
    );
  }
  return <KeyDetail key={props.shown} name={props.shown} revision={props.revision} news={props.news} />;
}

function folderOf(key: Key | undefined): Key {
  return key === undefined ? "" : key.slice(0, key.lastIndexOf("/") + 1);
}
