import { LIMITS_SMALL } from "../../sim/limits.ts";
import { simulate } from "../../sim/run.ts";
import { seedsHunt } from "./seeds.ts";

await seedsHunt((seed) => simulate(seed, { limits: LIMITS_SMALL }));
