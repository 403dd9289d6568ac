/** Rare things that happened, and how many transitions they happened in. Beside every *always* stands a *sometimes*. */
export class Sometimes {
  readonly counts = new Map<string, number>();

  count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }
}
