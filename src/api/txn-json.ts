import { z } from "zod";
import { KeyFields, RangeFields, ValueFields } from "./key-fields.ts";
import { LeaseIdText } from "./lease-id.ts";
import { DeletedKeyJson, KeyJson, KeyValueJson } from "./readable.ts";

/** Transactions as a person writes them. `txn-parse.ts` makes a command of them, `txn-answer.ts` tells the result. */

const revision = z.int().nonnegative();
const flag = z.boolean().optional();

/** One comparison: exactly one of `value`, `version`, `create_revision`, `mod_revision` and `lease`. */
export const CompareJson = z
  .strictObject({
    ...RangeFields,
    op: z.enum(["=", "!=", "<", ">"]).optional().meta({ description: "= when absent" }),
    value: z.string().optional(),
    value_encoding: ValueFields.value_encoding,
    version: z.int().nonnegative().optional().meta({ description: "0: the key does not exist" }),
    create_revision: revision.optional(),
    mod_revision: revision.optional(),
    lease: z
      .union([z.literal("0"), LeaseIdText])
      .optional()
      .meta({ description: '"0": the key has no lease' }),
  })
  .meta({ id: "Compare", description: "Holds when it holds of the key, or of every key of the range" });
export type CompareJson = z.infer<typeof CompareJson>;

export const PutJson = z.strictObject({
  ...KeyFields,
  ...ValueFields,
  value: z.string().optional().meta({ description: "Left out only with ignore_value" }),
  content_type: z.string().optional(),
  lease: LeaseIdText.optional(),
  ignore_value: flag.meta({ description: "Keep the current value; the key must exist" }),
  ignore_lease: flag.meta({ description: "Keep the current lease; the key must exist" }),
  prev_kv: flag.meta({ description: "Answer with the key as it was before" }),
});
export const DeleteJson = z.strictObject({ ...RangeFields, prev_kv: flag });
export const RangeJson = z.strictObject({
  ...RangeFields,
  revision: revision.optional(),
  limit: z.int().nonnegative().optional(),
  sort_by: z.enum(["key", "version", "create", "mod", "value"]).optional(),
  sort_order: z.enum(["none", "ascend", "descend"]).optional(),
  keys_only: flag,
  count_only: flag,
  min_mod_revision: revision.optional(),
  max_mod_revision: revision.optional(),
  min_create_revision: revision.optional(),
  max_create_revision: revision.optional(),
});

/** An operation: exactly one of its members. */
export interface OperationJson {
  readonly put?: z.infer<typeof PutJson> | undefined;
  readonly delete?: z.infer<typeof DeleteJson> | undefined;
  readonly range?: z.infer<typeof RangeJson> | undefined;
  readonly txn?: TxnJson | undefined;
}
export interface TxnJson {
  readonly compare?: readonly CompareJson[] | undefined;
  readonly success?: readonly OperationJson[] | undefined;
  readonly failure?: readonly OperationJson[] | undefined;
}

export const OperationJson: z.ZodType<OperationJson> = z
  .strictObject({
    put: PutJson.optional(),
    delete: DeleteJson.optional(),
    range: RangeJson.optional(),
    txn: z.lazy(() => TxnJson).optional(),
  })
  .meta({ id: "Operation", description: "Exactly one of put, delete, range and txn" });

export const TxnJson: z.ZodType<TxnJson> = z
  .strictObject({
    compare: z.array(CompareJson).optional().meta({ description: "All of them must hold; none always does" }),
    success: z.array(OperationJson).optional().meta({ description: "What is done when they hold" }),
    failure: z.array(OperationJson).optional().meta({ description: "What is done otherwise" }),
  })
  .meta({ id: "Txn" });

/** What an operation did, under its own name. */
export interface OperationResultJson {
  readonly put?:
    | { readonly version: number; readonly prev?: KeyValueJson | undefined; readonly omitted?: true | undefined }
    | undefined;
  readonly delete?:
    | {
        readonly deleted: number;
        readonly prev?: readonly KeyValueJson[] | undefined;
        readonly omitted?: true | undefined;
      }
    | undefined;
  readonly range?: z.infer<typeof RangeResultJson> | undefined;
  readonly txn?: { readonly succeeded: boolean; readonly results: readonly OperationResultJson[] } | undefined;
}
const omitted = z.literal(true).optional().meta({
  description: "Keys and values were left out, because there was no memory for them: read them by themselves",
});

const RangeResultJson = z.object({
  keys: z.array(z.union([KeyValueJson, KeyJson])),
  more: z.boolean(),
  count: z.int().meta({ description: "Keys in the whole range, whatever the limit" }),
  omitted,
});
export const OperationResultJson: z.ZodType<OperationResultJson> = z
  .object({
    put: z.object({ version: z.int(), prev: KeyValueJson.optional(), omitted }).optional(),
    delete: z.object({ deleted: z.int(), prev: z.array(KeyValueJson).optional(), omitted }).optional(),
    range: RangeResultJson.optional(),
    txn: z.lazy(() => z.object({ succeeded: z.boolean(), results: z.array(OperationResultJson) })).optional(),
  })
  .meta({ id: "OperationResult", description: "Exactly one member, named as the operation was" });

export const TxnAnswer = z
  .object({
    revision: z.int(),
    succeeded: z.boolean().optional().meta({ description: "Absent for a repeat that is long past" }),
    results: z
      .array(OperationResultJson)
      .optional()
      .meta({ description: "One for each operation of the list that ran" }),
  })
  .meta({ id: "TxnAnswer" });

/** A version of a key: what it was set to, or that it was deleted. */
const VersionJson = z.discriminatedUnion("type", [
  z.object({ type: z.literal("put"), ...KeyValueJson.shape }),
  z.object({ type: z.literal("delete"), ...DeletedKeyJson.shape }),
]);

export const HistoryAnswer = z
  .object({
    revision: z.int(),
    versions: z.array(VersionJson).meta({ description: "Newest first" }),
    before: z
      .int()
      .optional()
      .meta({ description: "Pass it on as ?before= for the page that follows; absent on the last" }),
  })
  .meta({ id: "HistoryAnswer" });
