import { z } from "zod";
import { FINDINGS_MAX, Finding, REASON_CHARS_MAX } from "../../api/release.ts";
import type { SchemaDocument } from "../../api/schema.ts";
import type { PlanChange } from "../../rollout/plan.ts";
import { schemasFor, validate } from "../../rollout/validate.ts";

const ENDPOINT_MS_MAX = 5_000;
const ANSWER_CHARS_MAX = 256 * 1024;

const Answer = z.looseObject({
  ok: z.boolean(),
  findings: z.array(Finding.partial({ severity: true, code: true })).optional(),
});

/** What all validators of these keys say, those that others serve included: one that does not answer refuses. */
export async function findingsOf(
  schemas: readonly SchemaDocument[],
  changes: readonly PlanChange[],
): Promise<readonly Finding[]> {
  const asked = schemasFor(schemas, changes).flatMap(({ prefix, validators }) =>
    validators.flatMap((one) => (one.kind === "endpoint" ? [endpointSaid(one.url, prefix, changes)] : [])),
  );
  const said = await Promise.all(asked);
  return [...validate(schemas, changes), ...said.flat()].slice(0, FINDINGS_MAX);
}

async function endpointSaid(url: string, prefix: string, changes: readonly PlanChange[]): Promise<readonly Finding[]> {
  const refusal = (detail: string): readonly Finding[] => [{ severity: "error", code: "endpoint", detail }];
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ prefix, changes }),
      redirect: "manual",
      signal: AbortSignal.timeout(ENDPOINT_MS_MAX),
    });
    const text = (await response.text()).slice(0, ANSWER_CHARS_MAX);
    if (!response.ok) return refusal(`the validator ${url} answered ${response.status}`);
    const { ok, findings = [] } = Answer.parse(JSON.parse(text));
    const told = findings.map(({ severity = ok ? "warning" : "error", code = "endpoint", detail, ...key }) => ({
      ...key,
      severity,
      code,
      detail: detail.slice(0, REASON_CHARS_MAX),
    }));
    const isRefused = told.some(({ severity }) => severity === "error");
    return ok || isRefused ? told : [...told, ...refusal(`the validator ${url} refuses the change`)];
  } catch {
    return refusal(`the validator ${url} did not answer within ${ENDPOINT_MS_MAX / 1_000} s`);
  }
}
