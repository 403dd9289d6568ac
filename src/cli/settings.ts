import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { createSynod, type Synod } from "../client/index.ts";
import { usage } from "./exit.ts";

export const OUTPUTS = ["table", "json", "jsonl"] as const;
export type Output = (typeof OUTPUTS)[number];

/** What every command is told of the service: from options, else the environment, else the contexts file. */
export interface Settings {
  readonly url: string;
  readonly namespace: string;
  readonly token: string | undefined;
  readonly region: string | undefined;
  readonly output: Output;
  readonly yes: boolean;
  readonly deadlineMs: number | undefined;
}

interface Options {
  readonly url?: string;
  readonly token?: string;
  readonly namespace?: string;
  readonly region?: string;
  readonly output?: Output;
  readonly yes?: boolean;
  readonly timeout?: number;
  readonly context?: string;
}

const URL_DEFAULT = "http://localhost:8787";

export function settingsOf(command: Command, env: NodeJS.ProcessEnv = process.env): Settings {
  const options = command.optsWithGlobals<Options>();
  const saved = contextOf(options.context ?? env["SYNOD_CONTEXT"], env);
  return {
    url: urlOf(options.url ?? env["SYNOD_URL"] ?? saved.url ?? URL_DEFAULT),
    namespace: options.namespace ?? env["SYNOD_NAMESPACE"] ?? saved.namespace ?? "default",
    token: options.token ?? env["SYNOD_TOKEN"] ?? saved.token,
    region: options.region,
    output: options.output ?? (process.stdout.isTTY ? "table" : "json"),
    yes: options.yes ?? false,
    deadlineMs: options.timeout === undefined ? undefined : options.timeout * 1_000,
  };
}

export function synodOf(settings: Settings, namespace = settings.namespace): Synod {
  const { token, region, deadlineMs } = settings;
  return createSynod({ url: settings.url }, { namespace, token, region, deadlineMs });
}

function urlOf(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text;
  throw usage(`"${text}" is no http or https URL`);
}

type Saved = Partial<Record<"url" | "namespace" | "token", string>>;

/** `{"current": "work", "contexts": {"work": {"url": …, "namespace": …, "token": …}}}`. */
export function contextsPath(env: NodeJS.ProcessEnv): string {
  const config = env["XDG_CONFIG_HOME"] ?? join(homedir(), ".config");
  return env["SYNOD_CONTEXTS"] ?? join(config, "synod", "contexts.json");
}

function contextOf(name: string | undefined, env: NodeJS.ProcessEnv): Saved {
  const path = contextsPath(env);
  const file = contextsRead(path);
  const wanted = name ?? file?.current;
  if (wanted === undefined) return {};
  const found = file?.contexts?.[wanted];
  if (found === undefined) throw usage(`there is no context "${wanted}" in ${path}`);
  return found;
}

function contextsRead(path: string): { current?: string; contexts?: Record<string, Saved> } | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as { current?: string; contexts?: Record<string, Saved> };
  } catch {
    throw usage(`${path} is not JSON`);
  }
}
