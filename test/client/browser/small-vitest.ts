import { chai, JestAsymmetricMatchers, JestChaiExpect, JestExtend } from "@vitest/expect";

/** As much of vitest as the conformance tests use, for a page: its own assertions, and a loop over the tests. */

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

type Matchers = Readonly<Record<string, (...args: readonly unknown[]) => void>>;

const TEST_MS_MAX = 120_000;
const POLL_MS = 50;

const tests: { readonly name: string; readonly run: () => Promise<void> | void }[] = [];

export function describe(_name: string, define: () => void): void {
  define();
}

export function test(name: string, run: () => Promise<void> | void): void {
  tests.push({ name, run });
}

export const expect = Object.assign((value: unknown) => chai.expect(value), {
  ...(chai.expect as unknown as object),
  /** A matcher of what `value` gives, as soon as it holds. */
  poll: (value: () => unknown): Matchers =>
    new Proxy({} as Matchers, {
      get:
        (_target, matcher: string) =>
        async (...args: readonly unknown[]) => {
          for (const until = Date.now() + TEST_MS_MAX; ; ) {
            try {
              return (chai.expect(await value()) as unknown as Matchers)[matcher]?.(...args);
            } catch (error) {
              if (Date.now() > until) throw error;
              await new Promise((resolve) => setTimeout(resolve, POLL_MS));
            }
          }
        },
    }),
});

export interface Outcome {
  readonly name: string;
  /** Absent: it passed. */
  readonly error?: string;
}

/** All tests that were defined, one after the other. */
export async function testsRun(): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { name, run } of tests) {
    try {
      await Promise.race([Promise.resolve(run()), late()]);
      outcomes.push({ name });
    } catch (error) {
      outcomes.push({ name, error: String(error instanceof Error ? error.stack : error) });
      // What comes after one that failed may hang for want of what it left open.
      return outcomes;
    }
  }
  return outcomes;
}

function late(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`not done after ${TEST_MS_MAX} ms`)), TEST_MS_MAX);
  });
}
