import { z } from "zod";

const COUNT_MAX = Number.MAX_SAFE_INTEGER - 1;
/** Beyond what one region's learner proposes. */
const WRITES_PER_SECOND_MAX = 100_000;

const count = z.int().nonnegative().max(COUNT_MAX);

const HELD = {
  keys: count.meta({ description: "Keys that exist" }),
  bytes: count.meta({ description: "Bytes of those keys and their values" }),
  history_bytes: count.meta({ description: "Bytes of all versions above the compacted revision" }),
  leases: count.meta({ description: "Leases that are held" }),
};

/** What a namespace may hold and write; what is absent is not limited. Documents are not counted. */
export const QuotasJson = z
  .strictObject({
    ...z.object(HELD).partial().shape,
    writes_per_second: z
      .int()
      .positive()
      .max(WRITES_PER_SECOND_MAX)
      .optional()
      .meta({ description: "Writes a second in each region; deletes and compaction are not counted" }),
  })
  .meta({ id: "Quotas" });

export const QuotasAnswer = z
  .object({ revision: z.int(), usage: z.object(HELD), quotas: QuotasJson })
  .meta({ id: "QuotasAnswer" });
