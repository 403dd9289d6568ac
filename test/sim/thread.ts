import { parentPort } from "node:worker_threads";
import { simulate } from "./run.ts";

/** Simulates the seeds it is sent, one after the other. */
parentPort?.on("message", ({ seed, traceLines }: { seed: number; traceLines: number }) => {
  simulate(seed, { traceLines }).then(
    (report) => parentPort?.postMessage(report),
    (error: unknown) => {
      throw error;
    },
  );
});
