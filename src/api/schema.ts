import { z } from "zod";
import { Logic } from "./strategy.ts";

/** What guards the keys under a prefix. */

export const VALIDATORS_MAX = 8;
/** Characters of one validator as JSON. */
const SCHEMA_CHARS_MAX = 64 * 1024;

export const Validator = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("json-schema"),
      schema: z
        .union([z.boolean(), z.record(z.string(), z.unknown())])
        .refine(
          (schema) => JSON.stringify(schema).length <= SCHEMA_CHARS_MAX,
          `at most ${SCHEMA_CHARS_MAX} characters`,
        ),
    }),
    z.strictObject({
      kind: z.literal("logic"),
      logic: Logic,
      message: z.string().min(1).max(200).meta({ description: "What is wrong where it does not hold" }),
    }),
    z.strictObject({
      kind: z.literal("endpoint"),
      url: z
        .url({ protocol: /^https$/ })
        .max(1_000)
        .meta({ description: "Is sent the change; answers {ok, findings}" }),
    }),
  ])
  .meta({ id: "Validator" });
export type Validator = z.output<typeof Validator>;

export const SchemaInput = z
  .strictObject({ validators: z.array(Validator).min(1).max(VALIDATORS_MAX) })
  .meta({ id: "SchemaInput" });

/** As it stands in its document. */
export const SchemaDocument = z.object({ prefix: z.string(), validators: SchemaInput.shape.validators });
export type SchemaDocument = z.output<typeof SchemaDocument>;
