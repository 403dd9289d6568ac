/**
 * What the instrumented server runs around the product's own classes, which stay as they are: counters below the
 * objects, and a hand that can tell writers that the log is closed, and keep leaders from them. Runs in workerd.
 */
import { LogTail } from "../../src/node/learner/log-tail.ts";
import type { Control, Counts, Role, RoleCounts, Steering } from "./counts.ts";

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

interface Cursor {
  readonly rowsRead: number;
  readonly rowsWritten: number;
}

interface ObjectContext {
  readonly storage: {
    readonly sql: { exec(query: string, ...bindings: unknown[]): Cursor };
    setAlarm(...parameters: unknown[]): Promise<void>;
  };
}

type Call = { readonly kind: string; readonly requests?: readonly { readonly kind: string }[] };

interface Instance {
  handle(call: Call): Promise<unknown>;
  fetch?(request: Request): Promise<Response>;
  alarm?(): Promise<void>;
}
type ObjectClass = new (ctx: ObjectContext, env: unknown) => Instance;

interface Product {
  fetch(request: Request, env: unknown, ctx: unknown): Promise<Response> | Response;
}

/** Module state: the Worker and all objects of a local server share one isolate. */
let counts = countsNone();
let steering: Steering = "as-shipped";
/** A cursor knows what it read once it was read to its end, which is after `exec` returned it. */
let cursors: { readonly role: Role; readonly cursor: Cursor }[] = [];
const CURSORS_MAX = 1_000;

function countsNone(): Record<Role, Mutable<RoleCounts>> {
  const none = () => ({ calls: {}, rowsRead: 0, rowsWritten: 0, statements: 0, alarms: 0, alarmsSet: 0 });
  return { acceptor: none(), learner: none(), leader: none() };
}

function countsNow(): Counts {
  for (const { role, cursor } of cursors) {
    counts[role].rowsRead += cursor.rowsRead;
    counts[role].rowsWritten += cursor.rowsWritten;
    counts[role].statements++;
  }
  cursors = [];
  return counts;
}

function countCall(role: Role, call: Call): void {
  const names = call.requests === undefined ? [call.kind] : call.requests.map(({ kind }) => kind);
  const name = `${[...new Set(names)].join("+")}`;
  const { calls } = counts[role];
  calls[name] = (calls[name] ?? 0) + 1;
}

/** The object class with counters in it. */
export function counted(role: Role, Base: ObjectClass): ObjectClass {
  return class extends Base {
    constructor(ctx: ObjectContext, env: unknown) {
      const { storage } = ctx;
      const { sql } = storage;
      const exec = sql.exec.bind(sql);
      const setAlarm = storage.setAlarm.bind(storage);
      sql.exec = (query, ...bindings) => {
        const cursor = exec(query, ...bindings);
        // Whoever called before has read what it asked for.
        if (cursors.length >= CURSORS_MAX) countsNow();
        cursors.push({ role, cursor });
        return cursor;
      };
      storage.setAlarm = (...parameters) => {
        counts[role].alarmsSet++;
        return setAlarm(...parameters);
      };
      super(ctx, env);
    }

    override async handle(call: Call): Promise<unknown> {
      countCall(role, call);
      const isAbsent = role === "leader" && (steering === "leaderless" || steering === "classic");
      return isAbsent ? { kind: "failed" } : super.handle(call);
    }

    override async fetch(request: Request): Promise<Response> {
      countCall(role, { kind: "watch" });
      return (await super.fetch?.(request)) ?? new Response(null, { status: 500 });
    }

    override async alarm(): Promise<void> {
      counts[role].alarms++;
      await super.alarm?.();
    }
  };
}

const reserveAsShipped: LogTail["reserve"] = Reflect.get(LogTail.prototype, "reserve");

/** Where writers hear how the log stands, far ones and the learner's own. */
LogTail.prototype.reserve = function reserve(this: LogTail) {
  const isClosed = steering === "leader" || steering === "classic";
  const standing = reserveAsShipped.call(this);
  return isClosed ? { ...standing, openFrom: Number.POSITIVE_INFINITY } : standing;
};

/** The Worker, and `/bench` to read the counters and set the steering. */
export function steered(product: Product): Product {
  return {
    fetch: (request, env, ctx) =>
      new URL(request.url).pathname === "/bench" ? control(request) : product.fetch(request, env, ctx),
  };
}

async function control(request: Request): Promise<Response> {
  if (request.method === "GET") return Response.json(countsNow());
  const wanted = (await request.json()) as Control;
  steering = wanted.steering ?? "as-shipped";
  counts = countsNone();
  cursors = [];
  return Response.json(wanted);
}
