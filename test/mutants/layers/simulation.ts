import { simulate } from "../../sim/run.ts";
import { seedsHunt } from "./seeds.ts";

await seedsHunt(simulate);
