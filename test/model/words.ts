/** Insertion sort of `words[from..to)`: the stretches are short and nearly sorted. */
export function wordsSort(words: Uint32Array, from: number, to: number): void {
  for (let i = from + 1; i < to; i++) {
    const word = words[i] as number;
    let at = i - 1;
    while (at >= from && (words[at] as number) > word) {
      words[at + 1] = words[at] as number;
      at--;
    }
    words[at + 1] = word;
  }
}
