import { CommanderError } from "commander";
import { SynodError } from "../client/index.ts";

/** What the command line's exit codes mean. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  unavailable: 5,
  denied: 6,
  unknown: 7,
  timedOut: 8,
} as const;

/** Thrown by a command to end with one line and a code. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

export function usage(message: string): CliError {
  return new CliError(EXIT.usage, message);
}

/** By HTTP status, where the problem's code says nothing more precise. */
const BY_STATUS: Readonly<Record<number, number>> = {
  400: EXIT.usage,
  401: EXIT.denied,
  403: EXIT.denied,
  404: EXIT.notFound,
  409: EXIT.conflict,
  412: EXIT.conflict,
  422: EXIT.conflict,
  429: EXIT.unavailable,
  503: EXIT.unavailable,
  507: EXIT.conflict,
};

export function exitCodeOf(error: unknown): number {
  if (error instanceof CliError || error instanceof CommanderError) return error.exitCode;
  if (!(error instanceof SynodError)) return EXIT.failed;
  if (error.outcome === "unknown" && error.requestId !== undefined) return EXIT.unknown;
  if (error.code === "deadline") return EXIT.timedOut;
  if (error.code === "unreachable") return EXIT.unavailable;
  return BY_STATUS[error.problem?.status ?? 0] ?? EXIT.failed;
}

/** One line: what went wrong, and what to do. */
export function errorLine(error: unknown): string {
  if (!(error instanceof SynodError)) return String(error instanceof Error ? error.message : error);
  const advice = adviceFor(error);
  return `${error.message} (${error.code})${advice === "" ? "" : `. ${advice}`}`.replaceAll("\n", " ");
}

function adviceFor({ code, outcome, requestId }: SynodError): string {
  if (outcome === "unknown" && requestId !== undefined) {
    return `It may yet take effect; the same command with --request-id ${requestId} does it at most once`;
  }
  if (code === "unreachable" || code === "deadline") return "Is the server running? --url or SYNOD_URL says where";
  if (code === "unauthorized") return "--token or SYNOD_TOKEN gives a token";
  return "";
}
