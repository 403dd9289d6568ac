import { parseArgs } from "node:util";
import { interval } from "./health/interval.ts";
import { falseAlarms, power, type Trial } from "./health/trial.ts";

/*
 * How often the health check of releases is wrong, and how soon it is right: simulated, with the code that is served.
 * `npm run bench:health -- --runs 400`
 */

const { values } = parseArgs({
  options: { runs: { type: "string", default: "400" }, seed: { type: "string", default: "1" } },
});
const runs = Number(values.runs);
const world = { clients: 400, requests: 5, seed: Number(values.seed), runs } satisfies Partial<Trial>;

const rows: string[] = [];
for (const errorRate of [0.01, 0.03]) {
  for (const share of [0.05, 0.25]) {
    const where = `${errorRate * 100} % | ${share * 100} %`;
    const calm = { ...world, errorRate, share, times: 1 };
    const alarms = (trial: Trial) => interval(falseAlarms(trial), runs);
    rows.push(`| false alarms in an hour, nothing is wrong | ${where} | ${alarms(calm)} | |`);
    rows.push(`| … all clients fail 4 times as often | ${where} | ${alarms({ ...calm, incident: 4 })} | |`);
    rows.push(`| … requests counted one by one | ${where} | ${alarms({ ...calm, counts: "requests" })} | |`);
    for (const times of [2, 5]) {
      const { found, medianS, p90S } = power({ ...calm, times });
      const soon = `median ${medianS} s, p90 ${p90S} s`;
      rows.push(
        `| found in an hour, the exposed fail ${times} times as often | ${where} | ${interval(found, runs)} | ${soon} |`,
      );
    }
  }
}
console.log(
  `${runs} runs each; ${world.clients} clients, ${world.requests} requests of each in 10 s; α 0.1 %, ratio 1.5\n`,
);
console.log(
  ["| | requests that fail | exposed | share of runs (95 %) | |", "|---|---|---|---|---|", ...rows].join("\n"),
);
