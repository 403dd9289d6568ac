import type { Sql } from "./sql.ts";

/** A chosen value of the write-once key space. */
export interface Proposal {
  readonly value: Uint8Array;
  readonly contentType?: string;
  /** The slot in which it was chosen. */
  readonly slot: number;
  /** The request that proposed it. */
  readonly request: string;
}

type ProposalRow = { slot: number; request: string; type: string | null; value: Uint8Array };

export function proposalOf(sql: Sql, key: Uint8Array): Proposal | undefined {
  const row = sql.exec<ProposalRow>("SELECT slot, request, type, value FROM proposal WHERE key = ?", key)[0];
  if (!row) return undefined;
  const { slot, request, type, value } = row;
  return { slot, request, value, ...(type === null ? {} : { contentType: type }) };
}
