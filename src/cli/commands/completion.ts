import type { Command } from "commander";
import { usage } from "../exit.ts";
import { write } from "../output.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

export function completionCommand(program: Command): void {
  program
    .command("completion <shell>")
    .description(`Print what completes commands and options in ${SHELLS.join(", ")}`)
    .addHelpText("after", "\nExample:\n  source <(synod completion bash)")
    .action(async (shell: string) => {
      const known = SHELLS.find((one) => one === shell);
      if (known === undefined) throw usage(`one of ${SHELLS.join(", ")}, not "${shell}"`);
      await write(SCRIPTS[known](wordsOf(program)));
    });
}

/** What may follow each chain of commands: `""` is what may follow `synod` itself. */
function wordsOf(command: Command, path = ""): ReadonlyMap<string, readonly string[]> {
  const options = command.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long]));
  const words = new Map([[path, [...command.commands.map((one) => one.name()), ...options]]]);
  for (const one of command.commands) {
    for (const [below, its] of wordsOf(one, path === "" ? one.name() : `${path} ${one.name()}`))
      words.set(below, [...its]);
  }
  return words;
}

type Words = ReadonlyMap<string, readonly string[]>;

function casesOf(words: Words): string {
  return [...words].map(([path, its]) => `    "${path}") words="${its.join(" ")}" ;;`).join("\n");
}

const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], (words: Words) => string>> = {
  bash: (words) => `_synod() {
  local path="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${casesOf(words)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _synod synod
`,
  zsh: (words) => `#compdef synod
_synod() {
  local path="" word words=""
  for word in "\${(@)words_typed::=\${words[2,CURRENT-1]}}"; do :; done
  for word in "\${(@)=words_typed}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  local choices=""
  case "$path" in
${casesOf(words).replaceAll("words=", "choices=")}
  esac
  compadd -- \${=choices}
}
compdef _synod synod
`,
  fish: (words) =>
    [...words]
      .map(([path, its]) => {
        const seen =
          path === ""
            ? "__fish_use_subcommand"
            : path
                .split(" ")
                .map((word) => `__fish_seen_subcommand_from ${word}`)
                .join("; and ");
        return `complete -c synod -f -n "${seen}" -a "${its.join(" ")}"\n`;
      })
      .join(""),
};
