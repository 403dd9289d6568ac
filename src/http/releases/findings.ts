import { ProblemError } from "../../api/problem.ts";
import type { Finding } from "../../api/release.ts";

/** Throws when a finding stops the change. */
export function findingsRefuse(findings: readonly Finding[]): void {
  const error = findings.find(({ severity }) => severity === "error");
  if (error !== undefined) throw new ProblemError("validation-failed", error.detail, { findings: [...findings] });
}
