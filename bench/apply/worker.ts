/** What the measured object does, which is what a learner does with chosen entries and nothing else. Runs in workerd. */

import { entryDecode } from "../../src/state/entry.ts";
import { StateMachine } from "../../src/state/machine.ts";
import type { Sql } from "../../src/state/sql.ts";
import { bodiesOf, type Load, SHAPES } from "./shape.ts";

export class Applier {
  readonly #machine: StateMachine;
  #bodies: readonly Uint8Array[] = [];

  constructor(sql: Sql) {
    this.#machine = new StateMachine(sql);
  }

  /** Makes the entries, which is not what is measured. */
  prepare(load: Load): void {
    this.#bodies = bodiesOf(load, this.#machine.appliedUpTo + 1);
  }

  run(group: number): void {
    for (let from = 0; from < this.#bodies.length; from += group) {
      const first = this.#machine.appliedUpTo + 1;
      const entries = this.#bodies
        .slice(from, from + group)
        .map((body, index) => ({ id: `entry-${first + index}`, ...entryDecode(body) }));
      this.#machine.applyAll(first, entries);
    }
  }
}

interface Env {
  readonly LEARNER: { getByName(name: string): Promisified<Pick<Applier, "prepare" | "run">> };
}

type Promisified<T extends Record<keyof T, (...all: never[]) => void>> = {
  readonly [Name in keyof T]: (...all: Parameters<T[Name]>) => Promise<void>;
};

export async function answer(request: Request, env: Env): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === "/healthz") return new Response();
  const number = (name: string) => Number(searchParams.get(name));
  const object = env.LEARNER.getByName(searchParams.get("name") ?? "");
  const shape = SHAPES.find((one) => one === searchParams.get("shape"));
  if (pathname === "/prepare" && shape) {
    const [commands, entries] = [number("commands"), number("entries")];
    await object.prepare({ shape, commands, entries, keys: number("keys"), seed: number("seed") });
  }
  if (pathname === "/run") await object.run(number("group"));
  return new Response();
}
