import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { type ProcessIdentity, processIdentity, processIsAlive, processSignal } from "./process-identity.ts";

/** Who serves a state folder, as it stands in the folder. */
interface Owner {
  readonly supervisor: ProcessIdentity;
  readonly url: string;
  readonly isEnding: boolean;
  /** The workerd that has the databases open. */
  readonly server?: ProcessIdentity | undefined;
}

/** A server that was killed is gone in a moment; one that was asked to end has its own five seconds. */
const TAKE_MS_MAX = 1_500;
const ENDING_MS_MAX = 6_000;
const ORPHAN_TERM_MS = 1_500;
const ORPHAN_GONE_MS_MAX = 5_000;
const POLL_MS = 50;
const SQLITE_BUSY = 5;

/**
 * A state folder belongs to one server at a time. The lock is the operating system's, on a database of its own in the
 * folder: it ends with the process that holds it, however that ends. Beside it stands who holds it.
 */
export class StateLock {
  readonly #database: DatabaseSync;
  readonly #path: string;
  #owner: Owner;

  private constructor(database: DatabaseSync, folder: string, url: string) {
    const supervisor = processIdentity(process.pid);
    if (supervisor === undefined) throw new Error("this process cannot be told from others");
    this.#database = database;
    this.#path = ownerPath(folder);
    this.#owner = { supervisor, url, isEnding: false };
    this.#write();
  }

  /** The lock, once the last server of this folder is gone; or a line that says who has it. */
  static async take(folder: string, url: string): Promise<StateLock | string> {
    const start = performance.now();
    for (;;) {
      const database = lockTry(join(folder, "serve.lock"));
      if (database !== undefined) {
        await orphanEnd(ownerRead(folder)?.server);
        return new StateLock(database, folder, url);
      }
      const owner = ownerRead(folder);
      const waitedMs = performance.now() - start;
      if (waitedMs > (owner?.isEnding === true ? ENDING_MS_MAX : TAKE_MS_MAX)) return refusal(folder, owner);
      await sleep(POLL_MS);
    }
  }

  serverStarted(pid: number): void {
    this.#owner = { ...this.#owner, server: processIdentity(pid) };
    this.#write();
  }

  ending(): void {
    this.#owner = { ...this.#owner, isEnding: true };
    this.#write();
  }

  release(): void {
    rmSync(this.#path, { force: true });
    this.#database.close();
  }

  /** Whole or not at all: another start may read it at any time. */
  #write(): void {
    const draft = `${this.#path}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify(this.#owner)}\n`, { mode: 0o600 });
    renameSync(draft, this.#path);
  }
}

function ownerPath(folder: string): string {
  return join(folder, "serve.json");
}

/** The open database that holds the lock; undefined when another process has it. */
function lockTry(path: string): DatabaseSync | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // A write transaction that never ends.
    database.exec("BEGIN IMMEDIATE");
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY) return undefined;
    throw error;
  }
}

function ownerRead(folder: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(ownerPath(folder), "utf8")) as Owner;
  } catch {
    return undefined;
  }
}

function refusal(folder: string, owner: Owner | undefined): string {
  const who = owner === undefined ? "another server" : `the server on ${owner.url} (process ${owner.supervisor.pid})`;
  return `${folder} is in use by ${who}: stop that one, or choose another folder with SYNOD_STATE.`;
}

/** A workerd whose supervisor was killed has the databases open until it is gone too. */
async function orphanEnd(orphan: ProcessIdentity | undefined): Promise<void> {
  if (orphan === undefined) return;
  processSignal(orphan, "SIGTERM");
  for (const start = performance.now(); processIsAlive(orphan); await sleep(POLL_MS)) {
    const waitedMs = performance.now() - start;
    if (waitedMs > ORPHAN_TERM_MS) processSignal(orphan, "SIGKILL");
    if (waitedMs > ORPHAN_GONE_MS_MAX) throw new Error(`process ${orphan.pid} serves this state and does not end`);
  }
}
