/** What the supervisor asks of the Worker that it started (`src/objects/serve-control.ts`). */
export class Control {
  readonly #url: string;
  readonly #secret: string;

  constructor(url: string, secret: string) {
    this.#url = url;
    this.#secret = secret;
  }

  /** Whether what answers there is the server that was started, and no other. */
  isReady(): Promise<boolean> {
    return this.#ask("ready", 2_000);
  }

  /** Has it tell its watchers to go on elsewhere, and take nothing new. */
  drain(msMax: number): Promise<boolean> {
    return this.#ask("drain", msMax);
  }

  async #ask(what: string, msMax: number): Promise<boolean> {
    try {
      const response = await fetch(`${this.#url}/serve/${what}`, {
        method: "POST",
        headers: { "synod-control": this.#secret, connection: "close" },
        signal: AbortSignal.timeout(msMax),
      });
      await response.body?.cancel();
      return response.status === 204;
    } catch {
      return false;
    }
  }
}
