/**
 * A resource that refuses late writers by itself: a write that carries a lower token than the resource has seen under
 * the same name is not made. The check and the write are one step of the resource's.
 */
export interface Fence<Write> {
  /** False when a higher token was seen: nothing was written. */
  run(name: string, token: number, write: Write): Promise<boolean>;
}
