import type { MemoryBudget } from "./memory-budget.ts";
import type { WatchPage } from "./watch-page.ts";

/** What a page takes in memory besides its frame, generously. */
const PAGE_OVERHEAD_BYTES = 256;

/**
 * The pages that watches got last, so that those who want the same from the same revision on share one frame, in this
 * turn and in the next ones. What it keeps counts in the budget, once.
 */
export class FrameCache {
  readonly #budget: MemoryBudget;
  readonly #bytesMax: number;
  readonly #pages = new Map<string, WatchPage>();
  #bytes = 0;

  constructor(budget: MemoryBudget, bytesMax: number) {
    this.#budget = budget;
    this.#bytesMax = bytesMax;
  }

  /** The page of this name; `make` is called when it is not here. The newest one is kept, however large it is. */
  page(name: string, make: () => WatchPage): WatchPage {
    const kept = this.#pages.get(name);
    if (kept !== undefined) return kept;
    const page = make();
    const bytes = pageBytes(page);
    for (const [oldest, one] of this.#pages) {
      if (this.#bytes + bytes <= this.#bytesMax) break;
      this.#forget(oldest, one);
    }
    this.#pages.set(name, page);
    this.#bytes += bytes;
    this.#budget.take(bytes);
    return page;
  }

  clear(): void {
    for (const [name, page] of this.#pages) this.#forget(name, page);
  }

  #forget(name: string, page: WatchPage): void {
    this.#pages.delete(name);
    this.#bytes -= pageBytes(page);
    this.#budget.release(pageBytes(page));
  }
}

function pageBytes(page: WatchPage): number {
  return PAGE_OVERHEAD_BYTES + (page.kind === "page" ? (page.frame?.bytes ?? 0) : 0);
}
