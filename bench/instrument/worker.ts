/**
 * What the instrumented server runs around the product's own classes, which stay as they are: counters below the
 * objects, and between the Worker and the objects a hand that can keep hints or leaders from it. Runs in workerd.
 */
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

interface Namespace {
  getByName(name: string, options: unknown): Pick<Instance, "handle" | "fetch">;
}
type Env = Readonly<Record<"ACCEPTOR" | "LEARNER" | "LEADER", Namespace>>;

interface Product {
  fetch(request: Request, env: Env, ctx: unknown): Promise<Response> | Response;
}

/** Module state: the Worker and all objects of a local server share one isolate. */
let counts = countsNone();
let steering: Steering = "as-shipped";
let hold = 1;
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
    readonly #held: (() => void)[] = [];

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
      if (role === "leader" && hold > 1) await this.#together();
      return super.handle(call);
    }

    override async fetch(request: Request): Promise<Response> {
      countCall(role, { kind: "watch" });
      return (await super.fetch?.(request)) ?? new Response(null, { status: 500 });
    }

    override async alarm(): Promise<void> {
      counts[role].alarms++;
      await super.alarm?.();
    }

    #together(): Promise<void> {
      return new Promise((resolve) => {
        this.#held.push(resolve);
        if (this.#held.length < hold) return;
        for (const go of this.#held.splice(0)) go();
      });
    }
  };
}

/** The Worker with the steering in it, and `/bench` to read the counters and set the steering. */
export function steered(product: Product): Product {
  let altered: Env | undefined;
  return {
    async fetch(request, env, ctx) {
      if (new URL(request.url).pathname === "/bench") return control(request);
      altered ??= { ...env, LEARNER: through(env.LEARNER, learnerCall), LEADER: through(env.LEADER, leaderCall) };
      return product.fetch(request, altered, ctx);
    },
  };
}

async function control(request: Request): Promise<Response> {
  if (request.method === "GET") return Response.json(countsNow());
  const wanted = (await request.json()) as Control;
  steering = wanted.steering ?? "as-shipped";
  hold = wanted.hold ?? 1;
  counts = countsNone();
  cursors = [];
  return Response.json(wanted);
}

type Pass = (stub: Pick<Instance, "handle">, call: Call) => Promise<unknown>;

function through(namespace: Namespace, pass: Pass): Namespace {
  return {
    getByName(name, options) {
      const stub = namespace.getByName(name, options);
      return { handle: (call) => pass(stub, call), fetch: (...parameters) => stub.fetch!(...parameters) };
    },
  };
}

async function learnerCall(stub: Pick<Instance, "handle">, call: Call): Promise<unknown> {
  const answer = (await stub.handle(call)) as { readonly kind: string };
  const closed = steering === "leader" || steering === "classic";
  return closed && answer.kind === "hint" ? { ...answer, openFrom: Number.POSITIVE_INFINITY } : answer;
}

async function leaderCall(stub: Pick<Instance, "handle">, call: Call): Promise<unknown> {
  const absent = steering === "leaderless" || steering === "classic";
  return absent ? { kind: "failed", mayBeVoted: false } : stub.handle(call);
}
