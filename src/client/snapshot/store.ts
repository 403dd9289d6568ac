/** Where a view keeps its last state, so that a program can start while the service cannot be reached. */
export interface SnapshotStore {
  /** What was saved last under `name`, or null. */
  load(name: string): Promise<string | null>;
  save(name: string, text: string): Promise<void>;
}
