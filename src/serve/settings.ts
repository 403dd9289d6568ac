import { join, resolve } from "node:path";
import { regionsParse, retentionParse, rootTokensFault } from "../network/deployment.ts";

/** What the environment and the command line say, before anything is started. */
export interface Settings {
  readonly dev: boolean;
  readonly port: number;
  /** The address to listen on; undefined: both loopback addresses. */
  readonly host: string | undefined;
  readonly state: string;
  /** Where what is generated for this run goes: the bundle, workerd's configuration. */
  readonly folder: string;
  /** Variables and secrets of the Worker, before those of wrangler.toml. */
  readonly vars: Readonly<Record<string, string>>;
  /** The most that the server's JavaScript heap may take, in MiB. */
  readonly heapMib: number | undefined;
}

export const PORT_DEFAULT = 8787;
const HEAP_MIB_MIN = 64;
type Environment = Readonly<Record<string, string | undefined>>;

/** The settings, or one line for each that makes no sense. */
export function settingsRead(root: string, env: Environment, parameters: readonly string[]): Settings | string[] {
  const port = portParse(env.PORT);
  const faults = [
    ...parameters
      .filter((parameter) => parameter !== "--dev")
      .map((name) => `There is no parameter ${name}; --dev is.`),
    ...(port === undefined ? [`PORT must be a whole number from 1 to 65535, not "${env.PORT}".`] : []),
    ...(isHeap(env.SYNOD_HEAP_MIB) ? [] : [`SYNOD_HEAP_MIB must be a whole number from ${HEAP_MIB_MIN} on.`]),
    ...varsFaults(env).map((detail) => `${detail}.`),
  ];
  if (port === undefined || faults.length > 0) return faults;
  const dev = parameters.includes("--dev");
  const hasRoot = (env.SYNOD_ROOT_TOKEN ?? env.SYNOD_TOKEN) !== undefined;
  const state = env.SYNOD_STATE || (port === PORT_DEFAULT ? ".wrangler/state" : `.wrangler/state-${port}`);
  return {
    dev,
    port,
    host: env.HOST === "" || env.HOST === "localhost" ? undefined : env.HOST,
    state: resolve(root, state),
    folder: join(root, ".wrangler", `serve-${port}`),
    heapMib: env.SYNOD_HEAP_MIB === undefined ? undefined : Number(env.SYNOD_HEAP_MIB),
    vars: { ...(dev ? { SYNOD_DEV: "1" } : {}), ...(hasRoot ? {} : { SYNOD_OPEN: "1" }), ...varsOf(env) },
  };
}

/** The default, or the port asked for; undefined when it is not one. */
function portParse(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return PORT_DEFAULT;
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535 ? port : undefined;
}

/** Less does not even hold the program. */
function isHeap(text: string | undefined): boolean {
  return text === undefined || (/^\d{1,6}$/.test(text) && Number(text) >= HEAP_MIB_MIN);
}

function varsFaults(env: Environment): readonly string[] {
  const { SYNOD_REGIONS, SYNOD_RETENTION } = env;
  const settings = [
    ...(SYNOD_REGIONS === undefined ? [] : [regionsParse(SYNOD_REGIONS)]),
    ...(SYNOD_RETENTION === undefined ? [] : [retentionParse(SYNOD_RETENTION)]),
  ];
  const faults = settings.flatMap((setting) => (setting.kind === "fault" ? [setting.detail] : []));
  const token = env.SYNOD_ROOT_TOKEN ?? env.SYNOD_TOKEN;
  if (token === undefined) return isLoopback(env.HOST) ? faults : [...faults, NEEDS_TOKEN];
  const fault = rootTokensFault(token);
  return fault === undefined ? faults : [...faults, fault];
}

const NEEDS_TOKEN =
  "HOST is not a loopback address, so SYNOD_ROOT_TOKEN must be set: without it everybody who can reach this server is root";

/** Whether only this machine can reach it. */
function isLoopback(host: string | undefined): boolean {
  return host === undefined || ["", "localhost", "::1"].includes(host) || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function varsOf(env: Environment): Readonly<Record<string, string>> {
  const names = [
    "SYNOD_REGIONS",
    "SYNOD_RETENTION",
    "SYNOD_ROOT_TOKEN",
    "SYNOD_TOKEN",
    "SYNOD_HOSTS",
    "SYNOD_JWT_ISSUER",
    "SYNOD_JWT_AUDIENCE",
    "SYNOD_JWT_JWKS",
  ];
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
