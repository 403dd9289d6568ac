import { Arena, type Measured } from "./arena.ts";
import type { AloneAttack, Attack, Scale, ServedAttack } from "./attack.ts";

/** What came of one attack, and what it did to others. */
export interface Report {
  readonly name: string;
  readonly answer: string;
  readonly faults: readonly string[];
  readonly measured?: Measured | undefined;
}

/** An attack that takes longer than this has shown that the server does not cope. */
const LIMIT_MS: Readonly<Record<Scale, number>> = { short: 4 * 60_000, long: 15 * 60_000 };

const CALM_SAMPLES: Readonly<Record<Scale, number>> = { short: 10, long: 100 };

export async function attackRun(attack: Attack, scale: Scale): Promise<Report> {
  try {
    return await within(LIMIT_MS[scale], attack.kind === "alone" ? alone(attack, scale) : served(attack, scale));
  } catch (error) {
    return { name: attack.name, answer: "–", faults: [String(error)] };
  }
}

async function alone(attack: AloneAttack, scale: Scale): Promise<Report> {
  return { name: attack.name, ...(await attack.run(scale)) };
}

function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over after ${ms / 60_000} minutes`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function served(attack: ServedAttack, scale: Scale): Promise<Report> {
  const arena = await Arena.open(attack.env);
  try {
    return await attackIn(arena, attack, scale);
  } finally {
    await arena.close();
  }
}

/** The same on a server that stands already. */
export async function attackIn(arena: Arena, attack: ServedAttack, scale: Scale): Promise<Report> {
  await arena.calm(CALM_SAMPLES[scale]);
  const { answer, faults } = await attack.run(arena, scale);
  const measured = arena.measured();
  return { name: attack.name, answer, faults: [...faults, ...harm(measured, attack)], measured };
}

/** What the others suffered. With a token the quiet client, which has none, says nothing. */
function harm({ isAlive, quietFailures }: Measured, { env }: ServedAttack): readonly string[] {
  const failures = env?.SYNOD_TOKEN === undefined ? quietFailures : [];
  return [
    ...(isAlive ? [] : ["the server died"]),
    ...(failures.length === 0 ? [] : [`others were not served: ${failures.length} × ${failures[0]}`]),
  ];
}
