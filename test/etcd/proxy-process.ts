import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { freePort } from "../free-port.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/synod.js", import.meta.url));

/** `synod etcd-proxy` in front of the server at a URL. */
export class ProxyProcess {
  /** Host and port, as etcd's clients take them. */
  readonly endpoint: string;
  readonly #child: ChildProcess;

  private constructor(endpoint: string, child: ChildProcess) {
    this.endpoint = endpoint;
    this.#child = child;
  }

  /** Resolves when it has said that it listens. */
  static async start(url: string): Promise<ProxyProcess> {
    const endpoint = `127.0.0.1:${await freePort()}`;
    const args = ["--disable-warning=ExperimentalWarning", PROGRAM, "--url", url, "etcd-proxy", "--listen", endpoint];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "pipe"] });
    await once(child.stderr, "data");
    return new ProxyProcess(endpoint, child);
  }

  kill(): void {
    this.#child.kill();
  }
}
