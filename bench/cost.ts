/**
 * `npm run bench:cost`: what Cloudflare would bill for one operation (requests of Durable Objects, rows written, rows
 * read), counted in workerd around the product's own objects, and the price of a million. About 4 minutes.
 *
 * Not counted: the Worker's own requests, and the time that objects spend in memory.
 */
import { type Cost, PRICE } from "./cost/price.ts";
import { Scenarios } from "./cost/scenario.ts";
import { instrumentedStart } from "./instrument/start.ts";
import { Client } from "./load/client.ts";
import { machine } from "./run/machine.ts";
import { main, progress, progressEnd } from "./run/main.ts";
import { digits } from "./run/numbers.ts";
import { report, table } from "./run/report.ts";

/** Writers at once. */
const TOGETHER = [10, 100];
const HOUR_S = 3_600;
const MILLION = 1e6;

interface Row {
  readonly name: string;
  readonly cost: Cost;
}

main(async () => {
  const on = machine();
  const server = await instrumentedStart(true);
  const client = new Client(server.port);
  const scenarios = new Scenarios(server, client);
  const rows: Row[] = [];
  const add = async (name: string, count: Promise<Cost>): Promise<Cost> => {
    progress(name);
    const cost = await count;
    rows.push({ name, cost });
    return cost;
  };

  await add("write, fast path, alone", scenarios.writes(5, { pauseMs: 3_000 }));
  const stream = await add("write, fast path, one after another", scenarios.writes(200));
  await add("write, classic path", scenarios.writes(50, { steering: "classic" }));
  const single = await add("write, leader, batch of 1", scenarios.writes(200, { steering: "leader" }));
  for (const steering of ["as-shipped", "leader"] as const) {
    const path = steering === "leader" ? "leader" : "fast path, one region";
    for (const size of TOGETHER) {
      progress(`${path}, ${size} at once`);
      const cost = await scenarios.together(20, size, steering);
      await add(`write, ${path}, ${size} at once: ${digits(cost.batch)} in an entry`, Promise.resolve(cost));
    }
  }
  await add("electing a leader, and its rest", scenarios.election(single));
  await add("linearizable read, alone", scenarios.reads(100));
  await add("linearizable read, 10 at once", scenarios.reads(20, { size: 10 }));
  await add("linearizable read, 100 at once", scenarios.reads(20, { size: 100 }));
  await add("linearizable read, no learner near", scenarios.reads(100, { from: "sam" }));
  await add("local read", scenarios.reads(100, { consistency: "local" }));
  const { opened, event } = await scenarios.watched(100, 20, stream);
  await add("opening a watch", Promise.resolve(opened));
  await add("watch event told to one watcher", Promise.resolve(event));
  const idle = await scenarios.idle(20, 0);
  const heard = await scenarios.idle(20, 10);
  client.close();
  await server.service.stop();
  progressEnd();

  const monthly = ({ dollars }: Cost): string => `$${digits((dollars * HOUR_S * 24 * 30) / MILLION)}`;
  const sections = [
    `What one operation costs: requests of Durable Objects (calls, alarms), rows written (an alarm set counts as one), ` +
      `rows read, with all that follows from it; and dollars for a million at $${PRICE.request} a million requests, ` +
      `$${PRICE.rowWritten} a million rows written, $${PRICE.rowRead} a million rows read. Five acceptors, five learners.`,
    table(
      ["operation", "requests", "rows written", "by acceptors", "rows read", "$ a million"],
      rows.map(({ name, cost }) => [
        name,
        ...[cost.requests, cost.rowsWritten, cost.rowsWrittenByAcceptors, cost.rowsRead].map(exact),
        Math.max(0, cost.dollars).toFixed(2),
      ]),
    ),
    `A namespace in which nothing happens costs ${monthly(idle)} a month; one with ten watchers in one region ${monthly(heard)} ` +
      `(${exact(heard.requests * 60)} requests, ${exact(heard.rowsWritten * 60)} rows written a minute).`,
    "What the requests are:\n",
    [...rows, { name: "a second of ten watchers", cost: heard }]
      .map(({ name, cost }) => `- ${name}: ${callsText(cost)}`)
      .join("\n"),
  ];
  report("cost", on, sections, { price: PRICE, rows, idle, heard });
});

/** What is left over of two counts may be a little off, for timers gather differently each time. */
function exact(value: number): string {
  return Math.abs(value) < 0.02 ? "0" : `${Number(value.toFixed(2))}`;
}

function callsText({ calls }: Cost): string {
  const named = Object.entries(calls).filter(([, count]) => Math.abs(count) >= 0.02);
  return named.length === 0 ? "none" : named.map(([name, count]) => `${exact(count)} ${name}`).join(", ");
}
