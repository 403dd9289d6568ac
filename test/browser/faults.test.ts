import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { describeDashboard } from "./describe.ts";

async function centre(element: Locator): Promise<{ readonly x: number; readonly y: number }> {
  const box = await element.boundingBox();
  if (box === null) throw new Error("it is not shown");
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Pulls the link between two regions apart with the mouse. */
async function pull(page: Page, from: string, to: string): Promise<void> {
  const [a, b] = await Promise.all(
    [from, to].map((region) => centre(page.getByLabel(`Take ${region} down`).locator("circle"))),
  );
  if (a === undefined || b === undefined) throw new Error("no such regions");
  // Not in the middle, where other links cross.
  const at = { x: a.x + (b.x - a.x) * 0.25, y: a.y + (b.y - a.y) * 0.25 };
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  await page.mouse.move(at.x - 120, at.y - 120, { steps: 10 });
  await page.mouse.up();
}

describeDashboard("faults", (dashboard) => {
  test("the fault lab: links are cut and mended, regions taken down, messages lost, all healed", async () => {
    const namespace = dashboard().freshNamespace();
    await dashboard().put(namespace, "a", "1");
    const page = await dashboard().open(`${namespace}/fault-lab`);
    await page.getByText("can lose 2 more regions").waitFor();
    await pull(page, "Western North America", "Eastern North America");
    await expect.poll(() => dashboard().network()).toEqual({ cut: [["wnam", "enam"]] });
    const link = page.getByLabel("Cut the link between Western North America and Eastern North America");
    expect(await link.getAttribute("aria-pressed")).toBe("true");
    await link.focus();
    await page.keyboard.press("Enter");
    dashboard().pressed.add("Cut the link");
    await expect.poll(() => dashboard().network()).toEqual({});

    await dashboard().press(page, "Take Oceania down");
    await expect.poll(() => dashboard().network()).toEqual({ down: ["oc"] });
    await page.getByText("1 region does not answer: can lose 1 more region").waitFor();
    await page.getByLabel("Real distances between the regions").check();
    await page.getByLabel(/Messages lost/).fill("0.1");
    await page.getByLabel(/Delays vary by/).fill("0.5");
    await expect.poll(() => dashboard().network()).toEqual({ down: ["oc"], wan: true, drop: 0.1, jitter: 0.5 });
    await dashboard().press(page, "Heal everything");
    await expect.poll(() => dashboard().network()).toEqual({ wan: true });
    await page.getByLabel("Real distances between the regions").uncheck();
    await page.getByText("can lose 2 more regions").waitFor();
    await page.context().close();
  });

  test("the fault lab: a load's history is judged while a region is down, and is linearizable", async () => {
    const namespace = dashboard().freshNamespace();
    await dashboard().put(namespace, "a", "1");
    const page = await dashboard().open(`${namespace}/fault-lab`);
    await dashboard().press(page, "Start the load");
    await page.getByText("Linearizable", { exact: true }).waitFor();
    await dashboard().press(page, "Take Asia-Pacific down");
    await page.getByText("1 region does not answer").waitFor();
    await page.getByText(/^[1-9]\d\d? operations judged/).waitFor();
    await dashboard().press(page, "Stop the load");
    await page.getByText("Linearizable", { exact: true }).waitFor();
    const { keys } = (await (await dashboard().api(`/v1/${namespace}/kv?prefix=fault-lab/`)).json()) as {
      keys: unknown[];
    };
    expect(keys.length).toBeGreaterThan(0);
    await dashboard().press(page, "Begin anew");
    await page.getByText("Nothing was judged yet.").waitFor();
    await dashboard().press(page, "Heal everything");
    await page.context().close();
  });

  test("three regions cut off: the page says what still works", async () => {
    const namespace = dashboard().freshNamespace();
    await dashboard().put(namespace, "a", "1");
    const page = await dashboard().open(`${namespace}/world`);
    await page.getByText("Healthy").waitFor();
    const down = {
      method: "PUT",
      body: JSON.stringify({ down: ["weur", "apac", "oc"] }),
      headers: { "content-type": "application/json" },
    };
    await dashboard().api("/dev/network", down);
    await page.getByText("No quorum: 1 region is missing").waitFor();
    await page.getByText(/Local reads work/).waitFor();
    await dashboard().api("/dev/network", { ...down, body: "{}" });
    await page.getByText("Healthy").waitFor();
    await page.context().close();
  });

  test("the server is killed and comes back: the page says so, and goes on without a gap", async () => {
    const namespace = dashboard().freshNamespace();
    await dashboard().put(namespace, "a/1", "1");
    const page = await dashboard().open(`${namespace}/keys/a/1`);
    await page.getByText("Live").waitFor();
    await dashboard().press(page, "Edit");
    await page.getByLabel("Value", { exact: true }).fill("typed before the crash");
    await dashboard().server.kill();
    await page.getByText("Not live").waitFor();
    await dashboard().server.start();
    await dashboard().put(namespace, "a/2", "written before the page is back");
    await page.getByRole("treeitem", { name: "2", exact: false }).waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    await dashboard().put(namespace, "a/3", "written after it");
    await page.getByRole("treeitem", { name: "3", exact: false }).waitFor();
    expect(await page.getByLabel("Value", { exact: true }).inputValue()).toBe("typed before the crash");
    await dashboard().press(page, "Save");
    await expect.poll(() => dashboard().get(namespace, "a/1")).toBe("typed before the crash");
    await page.context().close();
  });

  test("nothing was complained of", () => {
    expect(dashboard().complaints).toEqual([]);
  });
});
