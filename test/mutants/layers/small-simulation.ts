import "../../sim/small-limits.ts";
import { seedsHunt } from "./seeds.ts";

// Only now: the limits are made small while the program is loaded.
const { simulate } = await import("../../sim/run.ts");
const { LIMITS_SMALL } = await import("../../sim/limits.ts");
await seedsHunt((seed) => simulate(seed, { limits: LIMITS_SMALL }));
