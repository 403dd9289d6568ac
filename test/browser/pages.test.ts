import { expect, test } from "vitest";
import { accessibilityFaults } from "./dashboard.ts";
import { describeDashboard } from "./describe.ts";

const PAGES = ["world", "keys/config/theme?revision=2", "releases", "log", "watchers", "operations", "fault-lab"];

describeDashboard("the pages", (dashboard) => {
  test.each(["light", "dark"] as const)("axe finds nothing on any page, %s", async (colorScheme) => {
    const namespace = dashboard().freshNamespace();
    for (const value of ["blue", "green"]) await dashboard().put(namespace, "config/theme", value);
    const faults: string[] = [];
    const page = await dashboard().open(`${namespace}/world`, { colorScheme });
    for (const path of PAGES) {
      await page.goto(`${dashboard().server.base}/dashboard/${namespace}/${path}`);
      await page.locator("main .panel").first().waitFor();
      await expect.poll(() => page.getByText(/^Loading/).count()).toBe(0);
      for (const fault of await accessibilityFaults(page)) faults.push(`${path}: ${fault}`);
    }
    expect(faults).toEqual([]);
    expect(dashboard().complaints).toEqual([]);
    await page.context().close();
  });

  test.each([390, 2_560])("nothing is wider than a window of %i pixels", async (width) => {
    const namespace = dashboard().freshNamespace();
    await dashboard().put(namespace, "config/theme", "x".repeat(500));
    await dashboard().put(namespace, "config/theme", "blue");
    const page = await dashboard().open(`${namespace}/world`, { viewport: { width, height: 900 } });
    const widths: Record<string, unknown> = {};
    for (const path of PAGES) {
      await page.goto(`${dashboard().server.base}/dashboard/${namespace}/${path}`);
      await page.locator("main .panel").first().waitFor();
      widths[path] = await page.evaluate("document.documentElement.scrollWidth");
    }
    expect(widths).toEqual(Object.fromEntries(PAGES.map((path) => [path, width])));
    await page.context().close();
  });

  test("somebody who opens / sees whether it is healthy, and how many regions may still fail", async () => {
    await dashboard().put("demo", "a", "1");
    const page = await dashboard().open("");
    await page.goto(`${dashboard().server.base}/`);
    await page.getByText("Healthy: can lose 2 more regions").waitFor();
    expect(new URL(page.url()).pathname).toBe("/dashboard/");
    expect(await page.title()).toBe("World · demo · Synod");
    await page.context().close();
  });

  test("everything is reached by the keyboard", async () => {
    const namespace = dashboard().freshNamespace();
    await dashboard().put(namespace, "config/theme", "blue");
    const page = await dashboard().open(`${namespace}/world`);
    await page.getByText("Healthy").waitFor();
    for (const [keys, heading] of [
      ["gk", "Keys"],
      ["gr", "Releases"],
      ["gl", "Log"],
      ["gt", "Watchers"],
      ["go", "Operations"],
      ["gf", "Fault lab"],
    ] as const) {
      for (const key of keys) await page.keyboard.press(key);
      await page.getByRole("heading", { level: 1, name: heading }).waitFor();
    }
    await page.keyboard.press("/");
    await page.keyboard.type("config/th");
    await page.getByRole("option", { name: "config/theme" }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("blue", { exact: true }).waitFor();
    await page.keyboard.press("?");
    await dashboard().press(page.getByRole("dialog", { name: "Keyboard" }), "Close");
    await page.keyboard.press("n");
    const dialog = page.getByRole("dialog", { name: "Go to another namespace" });
    await dialog.getByLabel("Another one").fill("NOT a name");
    await page.keyboard.press("Enter");
    await dialog.getByText("A name has 1 to 64").waitFor();
    await dialog.getByLabel("Another one").fill("another-one");
    await page.keyboard.press("Enter");
    await page.getByText("No keys yet").waitFor();
    await page.context().close();
  });

  test("the tree of keys is walked by arrow keys", async () => {
    const namespace = dashboard().freshNamespace();
    for (const key of ["a/1", "a/2", "b"]) await dashboard().put(namespace, key, key);
    const page = await dashboard().open(`${namespace}/keys`);
    await page.getByRole("tree").focus();
    await page.getByRole("treeitem", { name: "a/" }).waitFor();
    for (const key of ["ArrowDown", "ArrowRight"]) await page.keyboard.press(key);
    await page.getByRole("treeitem", { name: "2" }).waitFor();
    for (const key of ["ArrowRight", "ArrowDown", "Enter"]) await page.keyboard.press(key);
    await page.getByRole("heading", { name: "a/2" }).waitFor();
    await page.context().close();
  });

  test("a place that does not exist says so, and leads on", async () => {
    const page = await dashboard().open("demo/nothing");
    await page.getByText("There is no such page").waitFor();
    await page.getByRole("link", { name: "Go to the world" }).click();
    await page.getByRole("heading", { level: 1, name: "World" }).waitFor();
    await page.context().close();
  });

  test("what surrounds the pages: colours, namespaces, keyboard, where one is", async () => {
    const page = await dashboard().open("demo/world");
    await page.getByText("A new namespace").or(page.getByText("Healthy")).waitFor();
    const theme = () => page.evaluate("document.documentElement.dataset.theme ?? 'system'");
    await dashboard().press(page, /^Colours/);
    expect(await theme()).toBe("light");
    await dashboard().press(page, /^Colours/);
    expect(await theme()).toBe("dark");
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "World" }).waitFor();
    expect(await theme()).toBe("dark");
    await dashboard().press(page, "Keyboard");
    await page.keyboard.press("Escape");
    await dashboard().press(page, /^namespace/);
    await dashboard().press(page.getByRole("dialog", { name: "Go to another namespace" }), "Stay here");
    await dashboard().press(page, /^namespace/);
    const dialog = page.getByRole("dialog", { name: "Go to another namespace" });
    await dialog.getByLabel("Another one").fill("over-there");
    await dashboard().press(dialog, "Go there");
    expect(new URL(page.url()).pathname).toBe("/dashboard/over-there/world");
    await dashboard().press(page, /^namespace/);
    await dashboard().press(dialog, "over-there");
    await page.getByLabel("From").selectOption("oc");
    await page.getByText("as seen from Oceania").waitFor();
    await page.context().close();
  });

  test("World: a write's votes come in", async () => {
    const namespace = dashboard().freshNamespace();
    const page = await dashboard().open(`${namespace}/world`);
    await page.getByText("A new namespace").waitFor();
    await page.getByLabel("Key", { exact: true }).fill("seen/by");
    await page.getByLabel("Value", { exact: true }).fill("everybody");
    await dashboard().press(page, "Write");
    await page
      .getByRole("region", { name: "The last write" })
      .getByText(/decided by 4 votes|decided by the leader/)
      .waitFor();
    await page.getByRole("region", { name: "Last changes" }).getByRole("link", { name: "seen/by" }).waitFor();
    await page.getByText("Healthy: can lose 2 more regions").waitFor();
    expect(await dashboard().get(namespace, "seen/by")).toBe("everybody");
    await page.context().close();
  });

  test("Releases: one is made, started, and rolled back everywhere", async () => {
    const namespace = dashboard().freshNamespace();
    await dashboard().put(namespace, "theme", "blue");
    const page = await dashboard().open(`${namespace}/releases`);
    await page.getByText("No releases yet").waitFor();
    await dashboard().press(page, "New release");
    const dialog = page.getByRole("dialog", { name: "New release" });
    await dashboard().press(dialog, "Cancel");
    const make = async (note: string): Promise<void> => {
      await dashboard().press(page, "New release");
      await dialog.getByLabel("Key").fill("theme");
      await dialog.getByLabel("New value").fill("green");
      await dialog.getByLabel("Note").fill(note);
      await dialog.getByLabel("Strategy").selectOption("Linear50PercentEvery30Seconds");
      await dashboard().press(dialog, "Make it");
    };
    const state = async (): Promise<readonly string[]> => {
      const answer = await dashboard().api(`/v1/${namespace}/releases`);
      return ((await answer.json()) as { releases: { state: string }[] }).releases.map((one) => one.state);
    };
    await make("turned down");
    await dashboard().press(page, "Reject");
    await expect.poll(state).toEqual(["rejected"]);
    await make("thought better of");
    // Nobody approves what is their own.
    await dashboard().press(page, "Approve");
    await page.getByRole("region", { name: "Release", exact: true }).getByRole("alert").waitFor();
    await dashboard().press(page, "Cancel");
    await expect.poll(state).toEqual(["cancelled", "rejected"]);
    await make("on its way");
    await dashboard().press(page, "Start");
    await expect.poll(state).toEqual(["staging", "cancelled", "rejected"]);
    await dashboard().press(page, "Pause");
    await expect.poll(state).toEqual(["paused", "cancelled", "rejected"]);
    await dashboard().press(page, "Resume");
    await expect.poll(state).toEqual(["staging", "cancelled", "rejected"]);
    await page.getByRole("link", { name: "World" }).click();
    await page.getByRole("region", { name: "Being rolled out" }).getByText("on its way").click();
    await dashboard().press(page, "Roll back everywhere");
    await expect.poll(state).toEqual(["rolled_back", "cancelled", "rejected"]);
    expect(await dashboard().get(namespace, "theme")).toBe("blue");
    await page.context().close();
  });

  test("Log: a slot and its life", async () => {
    const namespace = dashboard().freshNamespace();
    await dashboard().put(namespace, "a", "1");
    const page = await dashboard().open(`${namespace}/log`);
    await page.getByText("No slot was decided since this page was opened").waitFor();
    await dashboard().press(page, "Write");
    await page.getByRole("link", { name: /^Slot 2/ }).click();
    await page.getByRole("heading", { name: "Slot 2" }).waitFor();
    await page.getByText(/It is chosen/).waitFor();
    expect(new URL(page.url()).search).toBe("?slot=2");
    await page.context().close();
  });

  test("Watchers: who watches is counted, in the region in which", async () => {
    const namespace = dashboard().freshNamespace();
    await dashboard().put(namespace, "a", "1");
    const page = await dashboard().open(`${namespace}/watchers`);
    await page.getByText(/100 %.*of 1 watcher/).waitFor();
    const watch = new AbortController();
    const headers = { accept: "text/event-stream", "synod-region": "oc" };
    await dashboard().api(`/v1/${namespace}/watch?prefix=`, { headers, signal: watch.signal });
    await page.getByText(/100 %.*of 2 watchers/).waitFor();
    const row = page.getByRole("row", { name: /Oceania/ });
    expect(await row.getByRole("cell").first().innerText()).toBe("1");
    watch.abort();
    await page.context().close();
  });

  test("Operations: history is forgotten once the namespace's name is typed", async () => {
    const namespace = dashboard().freshNamespace();
    for (const value of ["1", "2", "3"]) await dashboard().put(namespace, "a", value);
    const page = await dashboard().open(`${namespace}/operations`);
    await page.getByText("Nothing.").waitFor();
    await page.getByLabel("Forget what is older than revision").fill("9");
    await page.getByText("A revision from 1 to 4.").waitFor();
    await page.getByLabel("Forget what is older than revision").fill("4");
    await dashboard().press(page, "Forget…");
    const dialog = page.getByRole("dialog");
    await dashboard().press(dialog, "Cancel");
    await dashboard().press(page, "Forget…");
    await dialog.getByRole("textbox").fill("something else");
    expect(await dialog.getByRole("button", { name: "Forget it" }).isDisabled()).toBe(true);
    await dialog.getByRole("textbox").fill(namespace);
    await dashboard().press(dialog, "Forget it");
    await page.getByText("History before revision 4 is forgotten").waitFor();
    await dashboard().press(page, "Dismiss");
    await page.getByText("Kept from revision 4 to 4").waitFor();
    const old = await dashboard().api(`/v1/${namespace}/kv/a?revision=3`);
    expect(((await old.json()) as { code: string }).code).toBe("compacted");
    await page.context().close();
  });

  test("every button was pressed, and nothing was complained of", async () => {
    // Those of the keys and of the fault lab have tests of their own.
    const keys = [
      "Delete…",
      "Edit",
      "History",
      "New key",
      "Close",
      "Older",
      "Newer",
      "Restore as a new write",
      "Next stage now",
    ];
    const lab = ["Cut the link", "Take down", "Heal everything", "Start the load"];
    expect(dashboard().unpressed.filter((name) => ![...keys, ...lab].includes(name))).toEqual([]);
    expect(dashboard().complaints).toEqual([]);
  });
});
