import { useSignal } from "@preact/signals";
import { hexRows, type Value } from "../../data/value.ts";
import { bytes } from "../../parts/format.ts";

/** More is cut, and says so. */
const TEXT_SHOWN_CHARS = 16_384;
const HEX_SHOWN_ROWS = 128;
const HEX_ROW_BYTES = 16;

/** A value: its text, or its bytes where it is none. */
export function ValueView({ value, label }: { readonly value: Value; readonly label: string }) {
  const isWhole = useSignal(false);
  const { text } = value;
  const size = value.bytes.length;
  const shown = text === undefined ? HEX_SHOWN_ROWS * HEX_ROW_BYTES : TEXT_SHOWN_CHARS;
  const isCut = !isWhole.value && (text ?? value.bytes).length > shown;
  const rowsMax = isCut ? HEX_SHOWN_ROWS : Number.POSITIVE_INFINITY;
  const body = text === undefined ? hexRows(value.bytes, rowsMax).join("\n") : isCut ? text.slice(0, shown) : text;
  return (
    <figure class="value">
      <figcaption>
        {label}
        {text === undefined ? <span class="tag">bytes</span> : null}
        {isCut ? (
          <span class="faint">
            the first part of {bytes(size)}{" "}
            <button type="button" class="link" onClick={() => (isWhole.value = true)}>
              Show all
            </button>
          </span>
        ) : null}
      </figcaption>
      {/* It scrolls, so it has to be reachable by keyboard. */}
      <pre tabIndex={0} aria-label={label} class={text === undefined ? "hex" : ""}>
        {size === 0 ? <span class="faint">empty</span> : body}
      </pre>
    </figure>
  );
}
