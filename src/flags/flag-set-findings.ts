import { MemoryStorage } from "@openfeature/flagd-core";
import { flagSetExpanded } from "./evaluators.ts";
import { ENGINE_OPTIONS, SILENT } from "./flag-set.ts";
import { expiryOf } from "./lifecycle.ts";

/** What is wrong with a flag set, and where: a JSON pointer into it. */
export interface Finding {
  readonly path: string;
  readonly message: string;
}

const FINDINGS_MAX = 20;

/**
 * What flagd's schema and this service's own conventions find wrong with a flag set; none: it is good.
 *
 * This is stricter than evaluation, as flagd itself is: a set with findings is evaluated as well as it can be.
 */
export function flagSetFindings(text: string): readonly Finding[] {
  try {
    if (flagSetExpanded(text) === undefined) {
      const message = "with its shared evaluators and metadata wherever they are used, it would be too large";
      return [{ path: "", message }];
    }
    new MemoryStorage(SILENT, ENGINE_OPTIONS).setConfigurations(text, true);
  } catch (error) {
    return schemaFindings(error as Error);
  }
  const { flags } = JSON.parse(text) as { readonly flags: Readonly<Record<string, FlagJson>> };
  return Object.entries(flags).flatMap(([key, flag]) => flagFindings(key, flag));
}

interface FlagJson {
  readonly metadata?: Readonly<Record<string, unknown>>;
}

function flagFindings(key: string, { metadata = {} }: FlagJson): readonly Finding[] {
  const path = `/flags/${key.replaceAll("~", "~0").replaceAll("/", "~1")}/metadata`;
  const findings: Finding[] = [];
  if (metadata["expires"] !== undefined && expiryOf(metadata) === undefined) {
    findings.push({ path: `${path}/expires`, message: "must be a date such as 2027-01-31" });
  }
  if (metadata["owner"] !== undefined && typeof metadata["owner"] !== "string") {
    findings.push({ path: `${path}/owner`, message: "must be text" });
  }
  if (metadata["client"] !== undefined && typeof metadata["client"] !== "boolean") {
    findings.push({ path: `${path}/client`, message: "must be true or false" });
  }
  return findings;
}

/** The engine tells what its schema found as JSON within its message. */
function schemaFindings(error: Error): readonly Finding[] {
  try {
    const found = JSON.parse(error.message.slice(error.message.indexOf("["))) as readonly {
      readonly instancePath: string;
      readonly message: string;
    }[];
    return found.slice(0, FINDINGS_MAX).map(({ instancePath, message }) => ({ path: instancePath, message }));
  } catch {
    const { cause } = error;
    return [{ path: "", message: cause instanceof Error ? cause.message : error.message }];
  }
}
