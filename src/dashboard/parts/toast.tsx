import { signal } from "@preact/signals";

/** Something that was done, for a while with a way back. */
export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly undo?: (() => Promise<void>) | undefined;
}

const SHOWN_MS = 12_000;
const SHOWN_MAX = 4;

const toasts = signal<readonly Toast[]>([]);
let nextId = 1;

export function toast(text: string, undo?: () => Promise<void>): void {
  const id = nextId++;
  toasts.value = [...toasts.value, { id, text, undo }].slice(-SHOWN_MAX);
  setTimeout(() => dismiss(id), SHOWN_MS);
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, undo }) => (
        <div class="toast" key={id}>
          <span>{text}</span>
          {undo === undefined ? null : (
            <button
              type="button"
              onClick={() => {
                dismiss(id);
                void undo();
              }}
            >
              Undo
            </button>
          )}
          <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => dismiss(id)}>
            <span aria-hidden="true">×</span>
          </button>
        </div>
      ))}
    </div>
  );
}
