import { parentPort, workerData } from "node:worker_threads";

const { isSmall } = workerData as { isSmall: boolean };
const { simulate } = await import("./run.ts");
const { LIMITS, LIMITS_SMALL } = await import("./limits.ts");
const limits = isSmall ? LIMITS_SMALL : LIMITS;

/** Simulates the seeds it is sent, one after the other. */
parentPort?.on("message", ({ seed, traceLines }: { seed: number; traceLines: number }) => {
  simulate(seed, { traceLines, limits }).then(
    (report) => parentPort?.postMessage(report),
    (error: unknown) => {
      throw error;
    },
  );
});
