/** Lists of texts that are kept in order, without repeats. */

export function insertSorted(list: string[], item: string): void {
  const at = placeOf(list, item);
  if (list[at] !== item) list.splice(at, 0, item);
}

export function removeSorted(list: string[], item: string): void {
  const at = placeOf(list, item);
  if (list[at] === item) list.splice(at, 1);
}

/** Where it is, or would be. */
function placeOf(list: readonly string[], item: string): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] ?? "") < item) low = middle + 1;
    else high = middle;
  }
  return low;
}
