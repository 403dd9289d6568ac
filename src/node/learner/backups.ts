import { backupHead, backupPage } from "../../state/backup-page.ts";
import { STATE_LIMITS } from "../../state/limits.ts";
import { metaLoad } from "../../state/meta.ts";
import type { Sql } from "../../state/sql.ts";
import type { LearnerAnswer, LearnerQuestion } from "../rpc/call.ts";
import type { Compactor } from "./compactor.ts";
import type { QueryService } from "./query-service.ts";

type BackupQuestion = Extract<LearnerQuestion, { readonly kind: "backup" }>;

export interface BackupsPorts {
  readonly sql: Sql;
  readonly queries: QueryService;
  readonly compactor: Compactor;
}

/** Serves backups of this learner's state, a page a call. Whoever reads one carries all that reading needs. */
export class Backups {
  readonly #ports: BackupsPorts;

  constructor(ports: BackupsPorts) {
    this.#ports = ports;
  }

  async answer({ isLocal, waitMs, page }: BackupQuestion): Promise<LearnerAnswer> {
    const { sql, queries, compactor } = this.#ports;
    if (page !== undefined) {
      const { place, at } = page;
      compactor.backupRead(place.applied);
      const read = backupPage(sql, metaLoad(sql), place, at, STATE_LIMITS.snapshotPageBytesMax);
      return { kind: "backup-page", page: read };
    }
    const unready = isLocal ? undefined : await queries.unready({ linearizable: true, waitMs });
    if (unready !== undefined) return unready;
    const head = backupHead(sql, metaLoad(sql));
    // Half of what was backed up is no state of the store.
    if (head.meta.restore !== null) return { kind: "silent" };
    compactor.backupRead(head.meta.applied);
    return { kind: "backup-head", head };
  }
}
