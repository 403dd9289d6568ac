/**
 * `npm run docs`: writes `docs/client.md`, the reference of all that the package exports, from its declarations and
 * their docstrings.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TSC = join(ROOT, "node_modules/.bin/tsc");

const HEAD = `# Reference of the client

Made of the docstrings by \`npm run docs\`. [README](../README.md#from-typescript) shows it in use,
[examples/](../examples) in whole programs; [coming-from.md](coming-from.md) says what replaces what you know.
`;

/** Entry points whose types are not the client's. */
const LEFT_OUT = new Set(["./worker", "./package.json"]);

/** What of a class is nobody's business. */
const HIDDEN = /^ {4}(#private;|private .*)\n/gm;
/** Constructors, with their docstrings: all classes but the error's are made by `createSynod`. */
const MADE = /^( {4}\/\*\* [^\n]* \*\/\n)? {4}constructor\(.*\n/gm;

type Exports = Readonly<Record<string, string | { readonly types: string }>>;

/** The whole page. */
export function referenceText(): string {
  const folder = mkdtempSync(join(tmpdir(), "synod-docs-"));
  try {
    for (const project of ["src/client/tsconfig.package.json", "src/cli/tsconfig.package.json"]) {
      execFileSync(TSC, ["-p", project, "--emitDeclarationOnly", "--outDir", folder], { cwd: ROOT, stdio: "inherit" });
    }
    const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { exports: Exports };
    const parts = Object.entries(exports).flatMap(([path, target]) =>
      typeof target === "string" || LEFT_OUT.has(path)
        ? []
        : [partOf(`synod${path.slice(1)}`, join(folder, target.types.replace("./dist/", "")))],
    );
    return [HEAD, ...parts].join("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What one entry point exports. */
function partOf(name: string, file: string): string {
  const names = [...exported(file)].toSorted(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  const sections = names.map(([one, where]) => sectionOf(one, declarationsOf(one, where)));
  return [`## \`${name}\`\n`, ...sections].join("\n");
}

/** Names, each with the file that declares it. */
function exported(file: string): Map<string, string> {
  const text = readFileSync(file, "utf8");
  const found = new Map<string, string>();
  for (const [, names = "", from = ""] of text.matchAll(/^export (?:type )?\{([^}]*)\} from "([^"]+)";/gm)) {
    const target = join(dirname(file), from.replace(/\.[jt]s$/, ".d.ts"));
    for (const name of names.split(",")) found.set(name.replace(/^\s*type /, "").trim(), target);
  }
  for (const [, name = ""] of text.matchAll(/^export (?:declare )?(?:class|interface|type|function|const) (\w+)/gm)) {
    found.set(name, file);
  }
  found.delete("");
  return found;
}

interface Declaration {
  readonly doc: string;
  readonly code: string;
}

/** The declaration of a name, or its overloads. */
function declarationsOf(name: string, file: string): readonly Declaration[] {
  const lines = readFileSync(file, "utf8").split("\n");
  const begins = new RegExp(`^export (?:declare )?(?:class|interface|type|function|const) ${name}\\b`);
  const found = lines.flatMap((line, at) => (begins.test(line) ? [declarationAt(lines, at)] : []));
  if (found.length === 0) throw new Error(`${file} declares no ${name}`);
  return found;
}

function declarationAt(lines: readonly string[], at: number): Declaration {
  let end = at;
  while (end < lines.length - 1 && !isWhole(lines.slice(at, end + 1).join("\n"))) end++;
  let from = at;
  if (lines[at - 1]?.trimEnd().endsWith("*/") === true) {
    do from--;
    while (!lines[from]?.startsWith("/**"));
  }
  const doc = lines
    .slice(from, at)
    .join("\n")
    .replace(/^\/\*\*|\*\/$/g, "")
    .replaceAll(/^ \* ?/gm, "")
    .trim();
  const code = `${lines.slice(at, end + 1).join("\n")}\n`.replace(/^export (?:declare )?/, "").replaceAll(HIDDEN, "");
  return { doc, code: code.startsWith("class SynodError") ? code.trimEnd() : code.replaceAll(MADE, "").trimEnd() };
}

/** Whether brackets are closed and the statement ends. */
function isWhole(code: string): boolean {
  const plain = code.replaceAll(/\/\*[\s\S]*?\*\/|"[^"\n]*"|=>/g, "");
  const opened = (plain.match(/[{([<]/g) ?? []).length;
  const closed = (plain.match(/[})\]>]/g) ?? []).length;
  const isBlock = /^export (?:declare )?(?:class|interface) /.test(plain);
  return opened === closed && (isBlock ? /\}\s*$/ : /;\s*$/).test(plain);
}

function sectionOf(name: string, declarations: readonly Declaration[]): string {
  const doc = declarations.map(({ doc: text }) => text).find((text) => text !== "");
  const code = declarations.map(({ code: text }) => text).join("\n");
  return `### ${name}\n${doc === undefined ? "" : `\n${doc}\n`}\n\`\`\`ts\n${code}\n\`\`\`\n`;
}

if (import.meta.filename === process.argv[1]) writeFileSync(join(ROOT, "docs/client.md"), referenceText());
