import { parentPort, workerData } from "node:worker_threads";

if ((workerData as { isSmall: boolean }).isSmall) await import("./small-limits.ts");
const { simulate } = await import("./run.ts");

/** Simulates the seeds it is sent, one after the other. */
parentPort?.on("message", ({ seed, traceLines }: { seed: number; traceLines: number }) => {
  simulate(seed, { traceLines }).then(
    (report) => parentPort?.postMessage(report),
    (error: unknown) => {
      throw error;
    },
  );
});
