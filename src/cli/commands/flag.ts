import type { Command } from "commander";
import { FLAG_SET_DEFAULT, FLAG_SETS_PREFIX, flagSetKey } from "../../api/flag-set-name.ts";
import type { FlagContext } from "../../client/index.ts";
import { expiryOf, flagsStale, lifecycleOf } from "../../flags/lifecycle.ts";
import { CliError, EXIT, usage } from "../exit.ts";
import { valueFrom } from "../input.ts";
import { printRow, printRows, type Row, write } from "../output.ts";
import { settingsOf, synodOf } from "../settings.ts";
import { flagChange } from "./flag-change.ts";
import { type FlagSetText, flagSetParse, flagSetUpdate, metadataOf } from "./flag-set-text.ts";

const SET = ["--set <name>", "the flag set; its value is the key flags/<name>", FLAG_SET_DEFAULT] as const;

export function flagCommand(program: Command): void {
  const flag = program.command("flag").description("Feature flags in flagd's format");

  flag
    .command("list")
    .description("The flags of a set")
    .option(...SET)
    .action((_options, command: Command) => list(command));

  flag
    .command("get <key>")
    .description("Print a flag's definition")
    .option(...SET)
    .action((key: string, _options, command: Command) => get(key, command));

  flag
    .command("eval <key> [attributes]")
    .description("What a flag comes to, as the service evaluates it, for a context: JSON, or @file")
    .option(...SET)
    .option("-t, --target <id>", "for whom: the context's targetingKey")
    .option("--local", "from the nearest region, which may be a little old")
    .action((key: string, attributes: string | undefined, _options, command: Command) =>
      evaluate(key, attributes, command),
    );

  flag
    .command("set <key> [definition]")
    .description("Write a flag: a whole definition (the argument, @file, or standard input), or parts of it by options")
    .option(...SET)
    .option("--default <variant>", "the variant that holds where targeting names none; a new flag has on and off")
    .option("--enable", "the flag is evaluated")
    .option("--disable", "callers get their own defaults")
    .option("--owner <name>", "who answers for it")
    .option("--expires <date>", "when it is meant to be gone, such as 2027-01-31")
    .option("--client", "browsers may see it")
    .option("--no-client", "browsers may not see it")
    .option("--remove", "take the flag out of the set")
    .action((key: string, definition: string | undefined, _options, command: Command) => set(key, definition, command));

  flag
    .command("stale")
    .description("The flags that are past the expiry in their metadata, of one set or all")
    .option("--set <name>", "only of this flag set")
    .option("--at <date>", "those that will be then, instead of now")
    .option("--check", "end with 1 when there are any")
    .action((_options, command: Command) => stale(command));
}

async function read(command: Command): Promise<FlagSetText> {
  const settings = settingsOf(command);
  const { set: name } = command.opts<{ set: string }>();
  const entry = await synodOf(settings).kv.get(flagSetKey(name), { as: "bytes" });
  if (entry === null) throw new CliError(EXIT.notFound, `there is no flag set "${name}" in "${settings.namespace}"`);
  return flagSetParse(name, entry);
}

async function list(command: Command): Promise<void> {
  const found = await read(command);
  const rows = Object.entries(found.json.flags).map(([key, flag]): Row => {
    const { owner, client } = lifecycleOf(metadataOf(found.json, flag));
    const values = Object.values(flag.variants ?? {});
    return {
      key,
      state: flag.state,
      type: values.length === 0 ? undefined : typeof values[0],
      variants: Object.keys(flag.variants ?? {}).join(", "),
      default: flag.defaultVariant ?? undefined,
      targeting: flag.targeting !== undefined && Object.keys(flag.targeting).length > 0,
      owner,
      expires: metadataOf(found.json, flag)["expires"],
      client,
    };
  });
  await printRows(rows, settingsOf(command).output);
}

async function get(key: string, command: Command): Promise<void> {
  const { name, json } = await read(command);
  const flag = Object.hasOwn(json.flags, key) ? json.flags[key] : undefined;
  if (flag === undefined) throw new CliError(EXIT.notFound, `there is no flag "${key}" in the set "${name}"`);
  await write(`${JSON.stringify(flag, null, 2)}\n`);
}

async function evaluate(key: string, attributes: string | undefined, command: Command): Promise<void> {
  const settings = settingsOf(command);
  const options = command.opts<{ set: string; target?: string; local?: boolean }>();
  const given = attributes === undefined ? {} : contextParse(await valueFrom(attributes));
  const context = options.target === undefined ? given : { ...given, targetingKey: options.target };
  const { set, local } = options;
  const consistency = local === true ? "local" : undefined;
  const found = await synodOf(settings).flags.evaluate<unknown>(key, undefined, { context, set, consistency });
  if (found.errorCode === undefined) return printRow({ ...found }, settings.output);
  const code = found.errorCode === "FLAG_NOT_FOUND" ? EXIT.notFound : EXIT.failed;
  throw new CliError(code, `${found.errorMessage} (${found.errorCode})`);
}

function contextParse(bytes: Uint8Array): FlagContext {
  try {
    const context = JSON.parse(new TextDecoder().decode(bytes)) as FlagContext;
    if (typeof context === "object" && context !== null && !Array.isArray(context)) return context;
  } catch {
    // Told below.
  }
  throw usage("attributes are a JSON object");
}

async function set(key: string, definition: string | undefined, command: Command): Promise<void> {
  const settings = settingsOf(command);
  const change = await flagChange(key, definition, command);
  const receipt = await flagSetUpdate(synodOf(settings), command.opts<{ set: string }>().set, change);
  await printRow({ ...receipt }, settings.output);
}

async function stale(command: Command): Promise<void> {
  const settings = settingsOf(command);
  const { set: only, at, check } = command.opts<{ set?: string; at?: string; check?: boolean }>();
  const nowMs = at === undefined ? Date.now() : expiryOf({ expires: at });
  if (nowMs === undefined) throw usage(`--at is a date such as 2027-01-31, not "${at}"`);
  const rows: Row[] = [];
  for await (const entry of synodOf(settings).kv.list(FLAG_SETS_PREFIX, { as: "bytes" })) {
    const name = entry.key.slice(FLAG_SETS_PREFIX.length);
    if (only !== undefined && only !== name) continue;
    const { json } = flagSetParse(name, entry);
    const flags = Object.entries(json.flags).map(([key, flag]) => ({ key, metadata: metadataOf(json, flag) }));
    rows.push(...flagsStale(flags, nowMs).map((one) => ({ set: name, ...one })));
  }
  await printRows(rows, settings.output);
  if (check === true && rows.length > 0) throw new CliError(EXIT.failed, `${rows.length} flags are past their expiry`);
}
