import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Where a server listens, and how it is called. */
export interface Listening {
  /** `ADDRESS:PORT` each, as workerd's configuration takes them. */
  readonly addresses: readonly string[];
  /** For this process, to ask the server something. */
  readonly ownUrl: string;
  /** For people. */
  readonly url: string;
}

const LOOPBACKS = ["127.0.0.1", "::1"];
/** Of a machine without IPv6, whose ::1 is no address. */
const ABSENT = ["EADDRNOTAVAIL", "EAFNOSUPPORT", "EINVAL"];
const BIND_TRIES = 10;
const BIND_POLL_MS = 100;

/** Where to listen, or a line that says why nobody can there. `host` undefined: on every loopback address there is. */
export async function listeningFind(host: string | undefined, port: number): Promise<Listening | string> {
  const addresses: string[] = [];
  for (const address of host === undefined ? LOOPBACKS : [host]) {
    const code = await bindFault(address, port);
    if (code === undefined) addresses.push(address);
    else if (host !== undefined || addresses.length === 0 || !ABSENT.includes(code))
      return refusal(address, port, code);
  }
  const first = addresses[0] ?? "127.0.0.1";
  const own = first === "0.0.0.0" ? "127.0.0.1" : first === "::" ? "::1" : first;
  return {
    addresses: addresses.map((address) => `${bracketed(address)}:${port}`),
    ownUrl: `http://${bracketed(own)}:${port}`,
    url: host === undefined ? `http://localhost:${port}` : `http://${bracketed(own)}:${port}`,
  };
}

function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/** A server that was killed a moment ago may not have let go of its port yet. */
async function bindFault(host: string, port: number): Promise<string | undefined> {
  for (let tries = 1; ; tries++) {
    const code = await bindTry(host, port);
    if (code !== "EADDRINUSE" || tries === BIND_TRIES) return code;
    await sleep(BIND_POLL_MS);
  }
}

/** The error code of listening there; undefined when it works. */
async function bindTry(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, "listening");
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
  server.close();
  await once(server, "close");
  return undefined;
}

function refusal(host: string, port: number, code: string): string {
  switch (code) {
    case "EADDRINUSE":
      return `Port ${port} is in use: stop what listens there, or choose another with PORT.`;
    case "EACCES":
      return `Port ${port} takes more rights than this process has: choose one above 1023 with PORT.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `HOST must be an address of this machine, not "${host}".`;
    default:
      return `Nothing can listen on ${bracketed(host)}:${port} (${code}).`;
  }
}
