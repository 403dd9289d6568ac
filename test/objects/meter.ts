import { AcceptorObject } from "../../src/objects/acceptor.ts";
import { LeaderObject } from "../../src/objects/leader.ts";
import { LearnerObject } from "../../src/objects/learner.ts";

const CLASSES = { acceptor: AcceptorObject, learner: LearnerObject, leader: LeaderObject } as const;

type Role = keyof typeof CLASSES;
/** Durable Object requests, by what was called. */
type Counts = Record<Role, number>;

/** What a while cost. Alarms and their setting come by time as well as by command, and are apart. */
export interface Cost extends Readonly<Counts> {
  /** Rows written, as SQLite counts them. */
  readonly rows: number;
  /** An alarm that goes off is a request, one that is set a row written. */
  readonly alarms: number;
  readonly alarmsSet: number;
}

interface Cursor {
  readonly rowsWritten: number;
}

/**
 * Counts what all objects of this test file are asked and write, by standing in front of their methods. Rows are read
 * off the cursors at the end, because a cursor knows them once it is read.
 */
export class Meter {
  #requests: Counts = { acceptor: 0, learner: 0, leader: 0 };
  #alarms = 0;
  #alarmsSet = 0;
  #cursors: Cursor[] = [];

  constructor(storage: DurableObjectStorage) {
    for (const role of Object.keys(CLASSES) as Role[]) {
      const methods = CLASSES[role].prototype as unknown as Methods;
      before(methods, "handle", () => this.#requests[role]++);
      if ("alarm" in methods) before(methods, "alarm", () => this.#alarms++);
    }
    before(Object.getPrototypeOf(storage) as Methods, "setAlarm", () => this.#alarmsSet++);
    after(Object.getPrototypeOf(storage.sql) as Methods, "exec", (cursor) => this.#cursors.push(cursor as Cursor));
  }

  /** What it cost since the last time. */
  take(): Cost {
    const rows = this.#cursors.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0);
    const cost = { ...this.#requests, rows, alarms: this.#alarms, alarmsSet: this.#alarmsSet };
    this.#cursors = [];
    this.#requests = { acceptor: 0, learner: 0, leader: 0 };
    this.#alarms = 0;
    this.#alarmsSet = 0;
    return cost;
  }
}

type Methods = Record<string, (...all: unknown[]) => unknown>;

/** Has `look` called ahead of every call of a method. */
function before(methods: Methods, name: string, look: () => void): void {
  const method = methods[name];
  methods[name] = function (...all) {
    look();
    return method?.apply(this, all);
  };
}

/** Shows `look` what every call of a method returns. */
function after(methods: Methods, name: string, look: (result: unknown) => void): void {
  const method = methods[name];
  methods[name] = function (...all) {
    const result = method?.apply(this, all);
    look(result);
    return result;
  };
}
