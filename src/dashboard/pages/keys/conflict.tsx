import type { Entry } from "../../data/keys.ts";
import { hexText } from "../../data/value.ts";
import { linesMerge } from "../../parts/diff.ts";
import { Diff } from "../../parts/diff-view.tsx";
import { count } from "../../parts/format.ts";
import { type Draft, type KeyModel } from "./key-model.ts";

interface Props {
  readonly model: KeyModel;
  readonly draft: Draft;
  /** What somebody else made of the key meanwhile; undefined: it was deleted. */
  readonly theirs: Entry | undefined;
}

/** Both sides of a conflict: what they wrote, what is typed here, and ways on that lose neither unseen. */
export function Conflict({ model, draft, theirs }: Props) {
  const theirText = textAs(draft, theirs);
  const merged = linesMerge(textAs(draft, draft.base), draft.text, theirText);
  return (
    <section class="note note-warn conflict" aria-label="Conflict">
      <strong role="alert">
        {theirs === undefined ? "Somebody deleted the key" : `Somebody wrote revision ${count(theirs.modRevision)}`}{" "}
        while you edited
      </strong>
      <p>Below is what is there now, beside what you typed. Nothing was written.</p>
      <Diff before={theirText} after={draft.text} names={["theirs", "yours"]} />
      <div class="buttons">
        <button
          type="button"
          disabled={merged === undefined || theirs === undefined}
          title={merged === undefined ? "Both changed the same lines" : "The changes do not touch the same lines"}
          onClick={() => model.keep({ ...draft, text: merged ?? draft.text })}
        >
          Merge both
        </button>
        <button type="button" onClick={() => model.keep(undefined)}>
          Take theirs
        </button>
      </div>
    </section>
  );
}

/** The value in the form in which the draft is edited. */
function textAs({ format }: Draft, entry: Entry | undefined): string {
  if (entry === undefined) return "";
  return format === "text" && entry.value.text !== undefined ? entry.value.text : hexText(entry.value.bytes);
}
