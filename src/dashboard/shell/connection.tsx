import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { live, retryNow } from "../data/live.ts";
import { duration } from "../parts/format.ts";

/** Whether what the page shows is live. */
export function Connection() {
  const state = live.value;
  switch (state.kind) {
    case "idle":
    case "connecting":
      return <Status tone="wait" text="Connecting" title="The live connection is being opened" />;
    case "open":
      return <Status tone="good" text="Live" title="Changes are shown as they happen" />;
    case "lost":
      return <Lost retryAt={state.retryAt} />;
  }
}

function Status({ tone, text, title }: { readonly tone: string; readonly text: string; readonly title: string }) {
  return (
    <span class={`pill pill-${tone}`} role="status" title={title}>
      {text}
    </span>
  );
}

const TICK_MS = 500;

function Lost({ retryAt }: { readonly retryAt: number }) {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = Date.now();
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [now]);
  const left = Math.max(0, retryAt - now.value);
  return (
    <button type="button" class="pill pill-bad" onClick={retryNow} title="What is shown may be out of date">
      <span role="status">Not live</span> · try now <span class="faint">({duration(left)})</span>
    </button>
  );
}
