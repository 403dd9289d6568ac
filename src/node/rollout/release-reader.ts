import type { KeyValue } from "../../api/key-value.ts";
import type { Release, StagedChange } from "../../api/release.ts";
import { SchemaDocument } from "../../api/schema.ts";
import {
  ACTIVE,
  documentJson,
  releaseKey,
  releaseOf,
  SCHEMAS,
  SETTINGS,
  SIGNALS,
  stagedKey,
  stagedOf,
} from "../../rollout/documents.ts";
import type { Freeze } from "../../rollout/freeze.ts";
import { madeChange, movedKey } from "../../rollout/make.ts";
import { bytesOfKey } from "../../rollout/operations.ts";
import type { PlanChange } from "../../rollout/plan.ts";
import { freezesOf } from "../../rollout/settings.ts";
import { firingOf } from "../../rollout/signal.ts";
import type { Query, QueryResult } from "../../state/queries.ts";
import { systemKey, systemPath, systemRange } from "../../state/system-space.ts";

/** A release that has not ended, at the step that is applied here. */
export interface ActiveRelease {
  readonly release: Release;
  readonly step: number;
}

interface Machine {
  query(query: Query): QueryResult;
}

/** What the conductor reads of the state: documents, and the keys that releases are about. */
export class ReleaseReader {
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  active(): readonly ActiveRelease[] {
    return this.#under(ACTIVE).flatMap(({ key }) => this.find(systemPath(key).slice(ACTIVE.length)) ?? []);
  }

  find(id: string): ActiveRelease | undefined {
    const kv = this.#at(releaseKey(id));
    return kv === undefined ? undefined : releaseOf(kv);
  }

  staged(id: string): readonly StagedChange[] {
    const kv = this.#at(stagedKey(id));
    return (kv === undefined ? undefined : stagedOf(kv)) ?? [];
  }

  /** The first key that somebody else wrote since the release was made. */
  moved({ changes }: Release): string | undefined {
    return movedKey(changes, (key) => this.#at(key)?.modRevision ?? 0);
  }

  /** The changes as validators see them, against the keys as they are. */
  changes(id: string): readonly PlanChange[] {
    return this.staged(id).map((staged) => madeChange(staged, this.#at(bytesOfKey(staged))).plan);
  }

  schemas(): readonly SchemaDocument[] {
    return this.#under(SCHEMAS).flatMap((kv) => SchemaDocument.safeParse(documentJson(kv)).data ?? []);
  }

  freezes(): readonly Freeze[] {
    const kv = this.#at(systemKey(SETTINGS));
    return kv === undefined ? [] : freezesOf(documentJson(kv));
  }

  /** Alerts about a release that fire. */
  firing(id: string): Readonly<Record<string, string>> {
    const kv = this.#at(systemKey(`${SIGNALS}${id}`));
    return kv === undefined ? {} : firingOf(documentJson(kv));
  }

  #at(key: Uint8Array): KeyValue | undefined {
    const result = this.#machine.query({ kind: "range", key });
    return result.kind === "range" ? result.kvs[0] : undefined;
  }

  #under(path: string): readonly KeyValue[] {
    const result = this.#machine.query({ kind: "range", ...systemRange(path) });
    return result.kind === "range" ? result.kvs : [];
  }
}
