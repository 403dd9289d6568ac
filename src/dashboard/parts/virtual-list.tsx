import { useSignal } from "@preact/signals";
import type { ComponentChildren, HTMLAttributes } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

export const ROW_PX = 32;
/** Rows beyond what is visible, above and below. */
const MARGIN_ROWS = 8;

type Attributes = Omit<HTMLAttributes<HTMLDivElement>, "role" | "ref" | "onScroll" | "class">;

interface Props extends Attributes {
  readonly class?: string;
  readonly role: "tree" | "listbox" | "list" | "rowgroup";
  readonly rows: number;
  readonly row: (index: number) => ComponentChildren;
  /** This row is kept in view. */
  readonly follow?: number | undefined;
}

/** A list of any length, of which only what is visible is in the document. Rows are `ROW_PX` high. */
export function VirtualList({ rows, row, follow, ...attributes }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const height = useSignal(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      height.value = element.clientHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [height]);
  useEffect(() => {
    const element = box.current;
    if (element === null || follow === undefined) return;
    const at = follow * ROW_PX;
    if (at < element.scrollTop) element.scrollTop = at;
    else if (at + ROW_PX > element.scrollTop + element.clientHeight)
      element.scrollTop = at + ROW_PX - element.clientHeight;
  }, [follow]);
  const first = Math.max(0, Math.floor(top.value / ROW_PX) - MARGIN_ROWS);
  const last = Math.min(rows, Math.ceil((top.value + height.value) / ROW_PX) + MARGIN_ROWS);
  const shown = Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at);
  return (
    <div
      {...attributes}
      class={`virtual ${attributes.class ?? ""}`}
      ref={box}
      onScroll={({ currentTarget }) => {
        top.value = currentTarget.scrollTop;
      }}
    >
      <div role="presentation" class="virtual-all" style={{ height: `${rows * ROW_PX}px` }}>
        <div role="presentation" class="virtual-shown" style={{ transform: `translateY(${first * ROW_PX}px)` }}>
          {shown.map(row)}
        </div>
      </div>
    </div>
  );
}
