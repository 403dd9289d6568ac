import { type DiffLine, linesDiff } from "./diff.ts";

interface Props {
  readonly before: string;
  readonly after: string;
  /** What the two are called. */
  readonly names: readonly [string, string];
}

const SHOWN_LINES_MAX = 500;
const SIGNS: Readonly<Record<DiffLine["kind"], string>> = { same: " ", old: "−", new: "+" };

/** Two texts, line by line. */
export function Diff({ before, after, names }: Props) {
  const [beforeName, afterName] = names;
  if (before === after) return <p class="faint">No difference.</p>;
  const lines = linesDiff(before, after);
  const shown = lines.slice(0, SHOWN_LINES_MAX);
  const label = `Difference: ${beforeName} and ${afterName}`;
  return (
    <figure class="value">
      <figcaption>
        <span class="old-name">− {beforeName}</span> <span class="new-name">+ {afterName}</span>
        {shown.length < lines.length ? <span class="faint">the first {SHOWN_LINES_MAX} lines</span> : null}
      </figcaption>
      <pre tabIndex={0} aria-label={label} class="diff">
        {shown.map(({ kind, text }, index) => (
          <span key={index} class={`line line-${kind}`}>
            <span aria-hidden="true">{SIGNS[kind]} </span>
            {kind === "same" ? text : kind === "old" ? <del>{text}</del> : <ins>{text}</ins>}
            {"\n"}
          </span>
        ))}
      </pre>
    </figure>
  );
}
