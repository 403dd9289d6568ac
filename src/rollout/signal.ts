import { z } from "zod";
import { REASON_CHARS_MAX } from "../api/release.ts";

/** What others tell of a release: that an alert fires, or does not any more. */

const ALERTS_MAX = 100;
const LABEL_CHARS_MAX = 1_024;

const Labels = z.record(z.string(), z.string().max(LABEL_CHARS_MAX));

/** The body of Alertmanager's webhook, version 4, as far as it matters. */
export const AlertmanagerWebhook = z
  .looseObject({
    version: z.literal("4"),
    alerts: z
      .array(z.looseObject({ status: z.enum(["firing", "resolved"]), labels: Labels, annotations: Labels.optional() }))
      .max(ALERTS_MAX),
  })
  .meta({ id: "AlertmanagerWebhook" });
export type AlertmanagerWebhook = z.output<typeof AlertmanagerWebhook>;

export interface Signal {
  readonly name: string;
  readonly firing: boolean;
  readonly detail: string;
}

/** One signal for each name: it fires while any alert of that name does. */
export function alertSignals({ alerts }: AlertmanagerWebhook): readonly Signal[] {
  const found = new Map<string, Signal>();
  for (const { status, labels, annotations } of alerts) {
    const name = labels["alertname"] ?? "";
    if (name === "" || found.get(name)?.firing === true) continue;
    const detail = annotations?.["summary"] ?? annotations?.["description"] ?? `the alert ${name} fires`;
    found.set(name, { name, firing: status === "firing", detail: detail.slice(0, REASON_CHARS_MAX) });
  }
  return [...found.values()];
}

const Signals = z.object({ firing: z.record(z.string(), z.string()) });

/** The alerts that fire, by name, as their document holds them. */
export function firingOf(document: unknown): Readonly<Record<string, string>> {
  return Signals.safeParse(document).data?.firing ?? {};
}

/** The document after some signals. */
export function firingAfter(
  firing: Readonly<Record<string, string>>,
  signals: readonly Signal[],
): Readonly<Record<string, string>> {
  const after = new Map(Object.entries(firing));
  for (const { name, firing: fires, detail } of signals) {
    if (fires) after.set(name, detail);
    else after.delete(name);
  }
  return Object.fromEntries(after);
}
