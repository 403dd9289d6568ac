import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path/posix";
import { describe, expect, test } from "vitest";

/** Which folders of `src` each folder may import from. A folder that is not listed may import from any. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: ["core"],
  api: ["api"],
  flags: ["api", "flags"],
  network: ["network"],
  state: ["core", "api", "state"],
  policy: ["api", "state", "policy"],
  backup: ["api", "state", "backup"],
  rollout: ["api", "state", "rollout"],
  node: ["core", "api", "network", "state", "policy", "rollout", "node"],
  objects: ["core", "api", "network", "state", "policy", "rollout", "node", "objects"],
  http: ["core", "api", "network", "state", "policy", "rollout", "node", "flags", "backup", "http"],
  client: ["api", "flags", "client"],
  cli: ["api", "client", "flags", "backup", "cli"],
  serve: ["network", "serve", "dashboard"],
  dashboard: ["api", "checker", "flags", "network", "dashboard"],
  checker: ["checker"],
};

const BARRELS_ALLOWED = ["src/worker.ts", "src/client/index.ts", "src/client/fence/index.ts"];

type SourceFile = { readonly path: string; readonly text: string; readonly code: string };

/** Text with comments and the contents of quoted strings blanked, so that prose is never taken for code. */
function codeOnly(text: string): string {
  return text.replace(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g,
    (match) => (match.startsWith("/") ? "" : '""') + "\n".repeat(match.split("\n").length - 1),
  );
}

/** Tracked files, and new ones that git does not ignore, so that the rules bite before the commit. */
function filesOf(): readonly SourceFile[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    encoding: "utf8",
  });
  return [...new Set(listed.split("\0"))]
    .filter((path) => /\.(tsx?|md|json|toml|html|txt|sh)$|^\.ci\//.test(path) && existsSync(path))
    .map((path) => {
      const text = readFileSync(path, "utf8");
      return { path, text, code: codeOnly(text) };
    });
}

/** Every specifier that a file imports or re-exports, type-only ones and dynamic ones included. */
function importsOf(file: SourceFile): readonly string[] {
  const found = file.text.matchAll(/^(?:import|export)\b[^;"']*?\bfrom\s*"([^"]+)"|\bimport\s*\(?\s*"([^"]+)"/gm);
  return [...found].map((match) => match[1] ?? match[2] ?? "");
}

/** Where `pattern` occurs, as `path:line`, which is what a person can click on. */
function hits(files: readonly SourceFile[], pattern: RegExp, part: "text" | "code"): readonly string[] {
  return files.flatMap((file) =>
    file[part].split("\n").flatMap((line, index) => (pattern.test(line) ? [`${file.path}:${index + 1}`] : [])),
  );
}

const files = filesOf();
const source = files.filter((file) => /^src\/.*\.tsx?$/.test(file.path));
const typescript = files.filter((file) => /\.tsx?$/.test(file.path));
const pure = source.filter((file) => /^src\/(core|state)\//.test(file.path));
const rollout = source.filter((file) => file.path.startsWith("src/rollout/"));

describe("imports", () => {
  test("point downwards: core, api, network ← state ← node ← objects and http", () => {
    const wrong = source.flatMap((file) => {
      const allowed = MAY_IMPORT[file.path.split("/")[1] ?? ""];
      return importsOf(file)
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => normalize(join(dirname(file.path), specifier)))
        .filter((target) => allowed !== undefined && !allowed.some((folder) => target.startsWith(`src/${folder}/`)))
        .map((target) => `${file.path} imports ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  test("of the protocol are its own files only: no package, nothing from the platform", () => {
    const core = source.filter((file) => file.path.startsWith("src/core/"));
    const wrong = core.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => !specifier.startsWith("."))
        .map((specifier) => `${file.path} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  test("name the file they mean, extension included", () => {
    const wrong = typescript.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => specifier.startsWith(".") && !/\.(tsx?|json|html|css|svg|txt)(\?raw)?$/.test(specifier))
        .map((specifier) => `${file.path} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  test("need no barrels", () => {
    const barrels = typescript.map((file) => file.path).filter((path) => /^src\/(.*\/)?index\.ts$/.test(path));
    expect(barrels.filter((path) => !BARRELS_ALLOWED.includes(path))).toEqual([]);
  });
});

describe("determinism", () => {
  test("randomness comes in as an argument: no Math.random in src", () => {
    expect(hits(source, /\bMath\s*(\?\.|\.)\s*random\b|\bMath\s*\[/, "code")).toEqual([]);
  });

  test("the protocol and the state machine have no clock and no entropy", () => {
    expect(hits(pure, /\b(new\s+Date\b|Date\s*[.(]|performance\s*\.|crypto\s*\.)/, "code")).toEqual([]);
    expect(pure.flatMap(importsOf).filter((specifier) => /^node:(crypto|perf_hooks)$/.test(specifier))).toEqual([]);
  });
});

describe("releases", () => {
  test("are decided by a time that comes in: no clock, no entropy", () => {
    expect(hits(rollout, /\b(new\s+Date\s*\(\s*\)|Date\s*\.\s*now|performance\s*\.|crypto\s*\.)/, "code")).toEqual([]);
  });
});

describe("shape", () => {
  test("types are erasable: no enum, no namespace", () => {
    expect(hits(typescript, /^\s*(export\s+)?(declare\s+)?(const\s+)?enum\s+\w/, "code")).toEqual([]);
    expect(hits(typescript, /^\s*(export\s+)?(declare\s+)?namespace\s+[\w.]+\s*\{/, "code")).toEqual([]);
  });

  test("nothing is left for later without an issue", () => {
    // Spelled in two halves, or this line would find itself.
    const leftover = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME"].join("|")})\\b`);
    expect(hits(files, leftover, "text")).toEqual([]);
  });

  test("nothing points outside of the repository", () => {
    expect(hits(files, new RegExp(["\\.\\.", "shared(?![\\w-])"].join("/")), "text")).toEqual([]);
  });
});

describe("the checks themselves", () => {
  const file = (path: string, text: string): SourceFile => ({ path, text, code: codeOnly(text) });

  test("see every form of import", () => {
    const text =
      'import a from "./a.ts";\nimport type {\n  B,\n} from "./b.ts";\nexport * from "./c.ts";\n' +
      'import "./d.ts";\nconst e = await import("./e.ts");\nlet f: import("./f.ts").F;';
    expect(importsOf(file("x.ts", text))).toEqual(["./a.ts", "./b.ts", "./c.ts", "./d.ts", "./e.ts", "./f.ts"]);
  });

  test("do not take prose for code, and do find code", () => {
    const text = '// Math.random()\n/* Math.random()\n */ const a = "Math.random()";\nconst b = Math.random();';
    expect(hits([file("x.ts", text)], /Math\.random/, "code")).toEqual(["x.ts:4"]);
  });
});
