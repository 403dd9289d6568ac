import { type Operation, operationText } from "../../../checker/history.ts";
import { count, duration, plural } from "../../parts/format.ts";
import type { Done, Judged, Load } from "./load.ts";

/** Runs the load, and shows what it came to. */
export function LoadPanel({ load, regions }: { readonly load: Load; readonly regions: readonly string[] }) {
  const isRunning = load.isRunning.value;
  return (
    <section class="panel" aria-label="The load">
      <h2>The load</h2>
      <p class="faint">
        A client in each region reads, writes, compares-and-sets and deletes three keys. A checker that knows nothing of
        Synod judges the whole history: is there one order of all that everybody was told?
      </p>
      <div class="buttons">
        {isRunning ? (
          <button type="button" onClick={() => load.stop()}>
            Stop the load
          </button>
        ) : (
          <button type="button" class="primary" onClick={() => load.start(regions)}>
            Start the load
          </button>
        )}
        <button type="button" disabled={isRunning || load.done.value.length === 0} onClick={() => load.clear()}>
          Begin anew
        </button>
      </div>
      <Verdict judged={load.judged.value} />
      <Counts done={load.done.value} />
      <Latest done={load.done.value} />
    </section>
  );
}

function Verdict({ judged }: { readonly judged: Judged | undefined }) {
  if (judged === undefined) return <p class="faint">Nothing was judged yet.</p>;
  const { verdict, operations, ms } = judged;
  const about = `${plural(operations, "operation")} judged in ${duration(ms)}`;
  switch (verdict.kind) {
    case "ok":
      return (
        <div class="note note-good" role="status">
          <strong>Linearizable</strong>
          <p>{about}: one order explains all that every client was told.</p>
        </div>
      );
    case "unknown":
      return (
        <div class="note note-warn" role="status">
          <strong>Nothing wrong was found</strong>
          <p>
            {about}; the search gave up before it was sure: {verdict.reason}
          </p>
        </div>
      );
    case "illegal":
      return (
        <div class="note note-bad" role="alert">
          <strong>Not linearizable</strong>
          <p>{about}.</p>
          <ul>
            {verdict.violations.slice(0, 5).map(({ rule, message }) => (
              <li key={message}>
                <code>{rule}</code> {message}
              </li>
            ))}
          </ul>
        </div>
      );
  }
}

function Counts({ done }: { readonly done: readonly Done[] }) {
  const of = (kind: Operation["outcome"]["kind"]): number =>
    done.filter(({ operation }) => operation.outcome.kind === kind).length;
  const times = done
    .slice(-200)
    .filter(({ operation }) => operation.outcome.kind === "ok")
    .map(({ operation }) => (operation.return ?? operation.call) - operation.call)
    .toSorted((a, b) => a - b);
  const median = times[Math.floor(times.length / 2)];
  return (
    <dl class="facts">
      <div>
        <dt>Answered</dt>
        <dd>{count(of("ok"))}</dd>
      </div>
      <div>
        <dt>Surely without effect</dt>
        <dd>{count(of("failed"))}</dd>
      </div>
      <div>
        <dt>Outcome not known</dt>
        <dd>{count(of("unknown"))}</dd>
      </div>
      <div>
        <dt>Median of the last 200</dt>
        <dd>{median === undefined ? "–" : duration(median)}</dd>
      </div>
    </dl>
  );
}

const LATEST = 10;

function Latest({ done }: { readonly done: readonly Done[] }) {
  const latest = done.slice(-LATEST).toReversed();
  if (latest.length === 0) return null;
  return (
    <ul class="changes" aria-label="The last operations">
      {latest.map(({ operation, region }) => (
        <li key={operation.id} title={operationText(operation)}>
          <span>
            <code>{region}</code> {operation.kind} {operation.key.split("/").at(-1)}
          </span>
          <span class={operation.outcome.kind === "ok" ? "faint" : "warn"}>{outcomeText(operation)}</span>
        </li>
      ))}
    </ul>
  );
}

function outcomeText({ outcome, call, return: returned }: Operation): string {
  const ms = duration((returned ?? call) - call);
  if (outcome.kind === "failed") return `no effect, ${ms}`;
  if (outcome.kind === "unknown") return `not known, ${ms}`;
  const { result } = outcome;
  const what = "kind" in result ? result.kind.replace("-", " ") : "done";
  return `${what}, ${ms}`;
}
