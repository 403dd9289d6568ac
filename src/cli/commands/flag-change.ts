import type { Command } from "commander";
import { CliError, EXIT, usage } from "../exit.ts";
import { valueFrom } from "../input.ts";
import type { FlagChange, FlagJson } from "./flag-set-text.ts";

interface Options {
  readonly default?: string;
  readonly enable?: boolean;
  readonly disable?: boolean;
  readonly owner?: string;
  readonly expires?: string;
  readonly client?: boolean;
  readonly remove?: boolean;
}

/** A flag that is made by options alone. */
const NEW_FLAG: FlagJson = { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "off" };

/** What `flag set` asks for: a whole definition, parts of one, or its end. */
export async function flagChange(key: string, definition: string | undefined, command: Command): Promise<FlagChange> {
  const options = command.opts<Options>();
  if (options.enable === true && options.disable === true) throw usage("--enable and --disable exclude each other");
  const parts = partsOf(options);
  const hasParts = Object.keys(parts).length > 0;
  if (options.remove === true) {
    if (hasParts || definition !== undefined) throw usage("--remove goes with nothing else");
    return (flags) => without(flags, key);
  }
  const isWhole = definition !== undefined || !hasParts;
  const whole = isWhole ? definitionParse(await valueFrom(definition)) : undefined;
  return (flags) => {
    const base = whole ?? (Object.hasOwn(flags, key) ? flags[key] : undefined) ?? NEW_FLAG;
    const metadata = { ...base.metadata, ...parts.metadata };
    const flag = { ...base, ...parts, ...(Object.keys(metadata).length === 0 ? {} : { metadata }) };
    return { ...flags, [key]: flag };
  };
}

function partsOf(options: Options): FlagJson {
  const { default: defaultVariant, enable, disable, owner, expires, client } = options;
  const metadata = Object.fromEntries(
    Object.entries({ owner, expires, client }).filter(([, value]) => value !== undefined),
  );
  return {
    ...(defaultVariant === undefined ? {} : { defaultVariant }),
    ...(enable === true ? { state: "ENABLED" } : {}),
    ...(disable === true ? { state: "DISABLED" } : {}),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
}

function without(flags: Readonly<Record<string, FlagJson>>, key: string): Readonly<Record<string, FlagJson>> {
  if (!Object.hasOwn(flags, key)) throw new CliError(EXIT.notFound, `there is no flag "${key}" in the set`);
  return Object.fromEntries(Object.entries(flags).filter(([name]) => name !== key));
}

function definitionParse(bytes: Uint8Array): FlagJson {
  try {
    const flag = JSON.parse(new TextDecoder().decode(bytes)) as FlagJson;
    if (typeof flag === "object" && flag !== null && !Array.isArray(flag)) return flag;
  } catch {
    // Told below.
  }
  throw usage("a definition is a JSON object, such as one that `synod flag get` prints");
}
