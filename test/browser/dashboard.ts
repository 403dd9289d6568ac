import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { DevServer } from "../e2e/server.ts";
import { chromiumLaunch } from "./chromium.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The page's own words for a failed answer, which is expected where a test makes it fail. */
const FAILED_ANSWER = /^Failed to load resource|^WebSocket connection to/;

/** Nothing takes so long; a machine that does ten other things may. */
const ACTION_MS_MAX = 90_000;

/** A dashboard in a browser, with the server that it shows. */
export class Dashboard {
  readonly server: DevServer;
  readonly #browser: Browser;
  /** What pages wrote to their consoles as warnings and errors, and what was thrown. */
  readonly complaints: string[] = [];
  /** Names of buttons that were seen, and of those that were pressed. */
  readonly seen = new Set<string>();
  readonly pressed = new Set<string>();
  #namespaces = 0;

  private constructor(server: DevServer, browser: Browser) {
    this.server = server;
    this.#browser = browser;
  }

  static async start(executablePath: string): Promise<Dashboard> {
    return new Dashboard(await DevServer.start(), await chromiumLaunch(executablePath));
  }

  async dispose(): Promise<void> {
    await this.#browser.close();
    await this.server.dispose();
  }

  freshNamespace(): string {
    return `seen-${this.#namespaces++}`;
  }

  /** Opens a page of the dashboard in a browser that knows nothing yet. */
  async open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    context.setDefaultTimeout(ACTION_MS_MAX);
    const page = await context.newPage();
    page.on("console", (message) => {
      const isBad = message.type() === "error" || message.type() === "warning";
      if (isBad && !FAILED_ANSWER.test(message.text())) this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    await page.goto(`${this.server.base}/dashboard/${path}`);
    return page;
  }

  /** Presses a button, as somebody does who sees the page. */
  async press(page: Page | Locator, name: string | RegExp): Promise<void> {
    const button = page.getByRole("button", { name, exact: true });
    await button.waitFor();
    const label = (await button.getAttribute("aria-label")) ?? (await button.innerText());
    await this.look("page" in page ? page.page() : page);
    this.pressed.add(kindOf(label));
    await button.click();
  }

  /** Notes which buttons the page has. */
  async look(page: Page): Promise<void> {
    for (const button of await page.getByRole("button").all()) {
      const label =
        (await button.getAttribute("aria-label").catch(() => null)) ?? (await button.innerText().catch(() => ""));
      if (await button.isEnabled().catch(() => false)) this.seen.add(kindOf(label));
    }
  }

  /** Buttons that a page had and nobody pressed. */
  get unpressed(): readonly string[] {
    return [...this.seen].filter((name) => !this.pressed.has(name)).toSorted();
  }

  async api(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.server.base}${path}`, init);
  }

  async put(namespace: string, key: string, value: string | Uint8Array, type = "text/plain"): Promise<number> {
    const body = typeof value === "string" ? value : new Uint8Array(value);
    const headers = { "content-type": type };
    const answer = await this.api(`/v1/${namespace}/kv/${encodeURIComponent(key)}`, { method: "PUT", body, headers });
    return ((await answer.json()) as { revision: number }).revision;
  }

  /** The value of a key; undefined when there is none. */
  async get(namespace: string, key: string): Promise<string | undefined> {
    const answer = await this.api(`/v1/${namespace}/kv/${encodeURIComponent(key)}`);
    const text = await answer.text();
    return answer.status === 200 ? text : undefined;
  }

  async network(): Promise<Readonly<Record<string, unknown>>> {
    return (await (await this.api("/dev/network")).json()) as Record<string, unknown>;
  }
}

/** Buttons that differ in a number or a name only are one kind. */
function kindOf(label: string): string {
  return label
    .replace(/Cut the link between .*/, "Cut the link")
    .replace(/Take .* down/, "Take down")
    .replace(/^Colours: .*/, "Colours")
    .replace(/^(?:demo|another-one|over-there|seen-\d+)$/, "a namespace")
    .replace(/^namespace .*/s, "namespace")
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** What axe finds, as lines that a person can read. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  // By the debugger, not as a script of the page: its policy forbids that.
  await page.evaluate(AXE);
  const found = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as {
    readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
  };
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}
