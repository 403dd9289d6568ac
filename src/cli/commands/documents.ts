import type { Command } from "commander";
import { usage } from "../exit.ts";
import { confirm, valueFrom } from "../input.ts";
import { printRow, printRows, type Row, write } from "../output.ts";
import { deleteRaw, jsonAt, requestRaw } from "../raw.ts";
import { settingsOf } from "../settings.ts";

/** Documents of one kind: what they are called, and how a list shows them. */
interface Kind {
  readonly noun: string;
  readonly plural: string;
  readonly about: string;
  /** What a document is named by. */
  readonly name: "name" | "prefix";
  readonly example: string;
  /** What becomes of those that rely on a document when it goes. */
  readonly farewell: string;
  readonly row: (document: Row) => Row;
}

const KINDS: readonly Kind[] = [
  {
    noun: "strategy",
    plural: "strategies",
    about: "How releases widen: stages, guards, approvals",
    name: "name",
    example: `synod strategy set slow '{"stages":[{"share":0.1,"dwell_s":600},{"share":0.5,"dwell_s":600}],"bake_s":600}'`,
    farewell: "Releases that were made with it keep it.",
    row: ({ name, preset, stages, bake_s, guards, approvals }) => ({
      name,
      preset,
      stages: (stages as readonly Row[]).map(stageText).join(", "),
      bake: `${bake_s as number} s`,
      guards: ((guards ?? []) as readonly Row[]).map(({ kind }) => kind).join(", "),
      approvals,
    }),
  },
  {
    noun: "schema",
    plural: "schemas",
    about: "Validators that guard the keys under a prefix",
    name: "prefix",
    example: `synod schema set limits/ '{"validators":[{"kind":"json-schema","schema":{"type":"integer"}}]}'`,
    farewell: "Its keys take any value then.",
    row: ({ prefix, validators }) => ({
      prefix,
      validators: (validators as readonly Row[]).map(({ kind }) => kind).join(", "),
    }),
  },
  {
    noun: "role",
    plural: "roles",
    about: "What whoever has a role may do, and to which keys",
    name: "name",
    example: `synod role set deployer '{"rules":[{"verbs":["read","write"],"prefix":"deploy/"}]}'`,
    farewell: "Whoever has it loses what it allows.",
    row: ({ name, rules }) => ({ name, rules: (rules as readonly Row[]).map(ruleText).join("; ") }),
  },
  {
    noun: "binding",
    plural: "bindings",
    about: "Who has which role",
    name: "name",
    example: `synod binding set deployers '{"role":"deployer","principals":["token:ab12cd34","access-group:ops"]}'`,
    farewell: "Whoever has the role by it loses it.",
    row: ({ name, role, principals }) => ({ name, role, principals: (principals as readonly string[]).join(", ") }),
  },
];

export function documentCommands(program: Command): void {
  for (const kind of KINDS) documentCommand(program, kind);
}

function documentCommand(program: Command, kind: Kind): void {
  const { noun, plural, about, name, example, farewell, row } = kind;
  const group = program.command(noun).description(about);
  group
    .command("list")
    .description(`The ${plural} of the namespace`)
    .action(async (_options, command: Command) => {
      const settings = settingsOf(command);
      const all = (await jsonAt(settings, `/${plural}`))[plural] as readonly Row[];
      await printRows(settings.output === "table" ? all.map(row) : all, settings.output);
    });
  group
    .command(`get <${name}>`)
    .description(`Print a ${noun} as JSON`)
    .action(async (named: string, _options, command: Command) => {
      await write(`${JSON.stringify(await jsonAt(settingsOf(command), pathOf(kind, named)), null, 2)}\n`);
    });
  group
    .command(`set <${name}> [json]`)
    .description(`Create or replace a ${noun}: JSON from the argument, @file, or standard input`)
    .option("--request-id <id>", "repeat a command whose outcome was unknown: it takes effect at most once")
    .addHelpText("after", `\nExample:\n  ${example}`)
    .action(
      async (named: string, text: string | undefined, { requestId }: { requestId?: string }, command: Command) => {
        const settings = settingsOf(command);
        const json = jsonText(kind, await valueFrom(text));
        await printRow(await requestRaw(settings, "PUT", pathOf(kind, named), { json, requestId }), settings.output);
      },
    );
  group
    .command(`delete <${name}>`)
    .description(`Delete a ${noun}; that there was none is no error`)
    .action(async (named: string, _options, command: Command) => {
      const settings = settingsOf(command);
      await confirm(`The ${noun} ${named} goes. ${farewell}`, settings.yes);
      await printRow(await deleteRaw(settings, pathOf(kind, named)), settings.output);
    });
}

function pathOf({ plural, name }: Kind, named: string): string {
  if (named === "") throw usage(`the ${name} is empty`);
  return `/${plural}/${encodeURIComponent(named)}`;
}

/** As `get` prints it too: what the service adds to a document is left out. */
function jsonText({ noun, name }: Kind, bytes: Uint8Array): string {
  try {
    const {
      mod_revision: _,
      preset: __,
      [name]: ___,
      ...document
    } = JSON.parse(new TextDecoder().decode(bytes)) as Row;
    return JSON.stringify(document);
  } catch {
    throw usage(`a ${noun} is a JSON object`);
  }
}

function stageText({ share, regions, segment, dwell_s }: Row): string {
  const where = share === undefined ? (segment === undefined ? (regions as string[]).join("+") : "segment") : undefined;
  return `${where ?? `${(share as number) * 100} %`} for ${dwell_s as number} s`;
}

function ruleText({ verbs, key, prefix, from, to }: Row): string {
  const keys = [
    ...(key === undefined ? [] : [`the key ${key as string}`]),
    ...(prefix === undefined ? [] : [`${prefix as string}…`]),
    ...(from === undefined ? [] : [`${from as string} to ${(to as string | undefined) ?? "the end"}`]),
  ];
  return `${(verbs as readonly string[]).join(" ")}: ${keys[0] ?? "all keys"}`;
}
