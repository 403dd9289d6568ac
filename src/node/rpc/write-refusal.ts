import type { Finding } from "../../api/release.ts";

/** Why a plain write is not proposed: nothing was done. */
export type WriteRefusal =
  /** A release holds a key that it would write. */
  | { readonly kind: "held"; readonly release: string; readonly detail: string }
  /** Validators refuse a value. */
  | { readonly kind: "invalid"; readonly detail: string; readonly findings: readonly Finding[] };
