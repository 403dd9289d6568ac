import { expect, test } from "vitest";
import { describeDashboard } from "./describe.ts";

const BYTES = new Uint8Array([0, 1, 0xff, 0x7f]);

describeDashboard("the page of keys", (dashboard) => {
  test("a key is made, edited, looked up in its history, and restored", async () => {
    const namespace = dashboard().freshNamespace();
    const page = await dashboard().open(`${namespace}/keys`);
    await dashboard().press(page, "New key");
    const dialog = page.getByRole("dialog", { name: "New key" });
    await dashboard().press(dialog, "Cancel");
    await dashboard().press(page, "New key");
    await dialog.getByRole("textbox").fill("limits/cpu");
    await dashboard().press(dialog, "Go on");
    await dashboard().press(page, "Write it");
    await page.getByLabel("Value", { exact: true }).fill("one\ntwo");
    await dashboard().press(page, "Save");
    await page.getByText("Written as revision 2").waitFor();
    expect(await dashboard().get(namespace, "limits/cpu")).toBe("one\ntwo");
    await page.getByRole("treeitem", { name: /cpu/ }).waitFor();

    await dashboard().press(page, "Edit");
    await page.getByLabel("Value", { exact: true }).fill("thrown away");
    await dashboard().press(page, "Discard");
    await dashboard().press(page, "Edit");
    await page.getByLabel("Value", { exact: true }).fill("one\n2");
    await dashboard().press(page, "Save");
    await page.getByText("Written as revision 3").waitFor();
    await dashboard().press(page, "Show the difference");
    const history = page.getByRole("region", { name: "History" });
    await history.locator("del", { hasText: "two" }).waitFor();
    await history.locator("ins", { hasText: "2" }).waitFor();
    await dashboard().press(history, "Older");
    await history.getByText("Revision 2").first().waitFor();
    expect(new URL(page.url()).search).toBe("?revision=2");
    await history.getByLabel("difference to now").check();
    await dashboard().press(history, "Newer");
    await history.getByText("Revision 3").first().waitFor();
    await history.getByRole("slider").fill("0");
    await history.getByText("Revision 2").first().waitFor();
    await dashboard().press(history, "Restore as a new write");
    await page.getByText("is as it was at revision 2").waitFor();
    expect(await dashboard().get(namespace, "limits/cpu")).toBe("one\ntwo");
    await dashboard().press(page, "Undo");
    await expect.poll(() => dashboard().get(namespace, "limits/cpu")).toBe("one\n2");
    await dashboard().press(history, "Close");
    await dashboard().press(page, "History");
    await history.waitFor();
    await page.context().close();
  });

  test("a key is deleted once its name is typed, and comes back by undo", async () => {
    const namespace = dashboard().freshNamespace();
    await dashboard().put(namespace, "theme", "blue");
    const page = await dashboard().open(`${namespace}/keys/theme`);
    await dashboard().press(page, "Delete…");
    const dialog = page.getByRole("dialog");
    await dashboard().press(dialog, "Cancel");
    await dashboard().press(page, "Delete…");
    expect(await dialog.getByRole("button", { name: "Delete it" }).isDisabled()).toBe(true);
    await dialog.getByRole("textbox").fill("theme");
    await dashboard().press(dialog, "Delete it");
    await page.getByText("There is no such key").waitFor();
    expect(await dashboard().get(namespace, "theme")).toBeUndefined();
    await dashboard().press(page, "Undo");
    await expect.poll(() => dashboard().get(namespace, "theme")).toBe("blue");
    await page.context().close();
  });

  test("two people edit one key at once: the second is shown both, and loses nothing", async () => {
    const namespace = dashboard().freshNamespace();
    await dashboard().put(namespace, "list", "a\nb\nc\nd\ne");
    const [first, second] = [
      await dashboard().open(`${namespace}/keys/list`),
      await dashboard().open(`${namespace}/keys/list`),
    ];
    for (const page of [first, second]) await dashboard().press(page, "Edit");
    await first.getByLabel("Value", { exact: true }).fill("A\nb\nc\nd\ne");
    await second.getByLabel("Value", { exact: true }).fill("a\nb\nc\nd\nE");
    await dashboard().press(first, "Save");
    await first.getByText("Written as revision 3").waitFor();

    await second.getByText("Somebody wrote revision 3").waitFor();
    await dashboard().press(second, "Save");
    const conflict = second.getByRole("region", { name: "Conflict" });
    await conflict.locator("del", { hasText: "A" }).waitFor();
    await conflict.locator("ins", { hasText: "E" }).waitFor();
    expect(await second.getByLabel("Value", { exact: true }).inputValue()).toBe("a\nb\nc\nd\nE");
    expect(await dashboard().get(namespace, "list")).toBe("A\nb\nc\nd\ne");
    await dashboard().press(conflict, "Merge both");
    await dashboard().press(second, "Save over theirs");
    await expect.poll(() => dashboard().get(namespace, "list")).toBe("A\nb\nc\nd\nE");

    await dashboard().press(first, "Edit");
    await first.getByLabel("Value", { exact: true }).fill("mine");
    await dashboard().put(namespace, "list", "theirs");
    await dashboard().press(first, "Compare now");
    await dashboard().press(first, "Take theirs");
    await first.getByText("theirs", { exact: true }).waitFor();
    for (const page of [first, second]) await page.context().close();
  });

  test("what is typed outlives the way to another page and back", async () => {
    const namespace = dashboard().freshNamespace();
    await dashboard().put(namespace, "note", "old");
    const page = await dashboard().open(`${namespace}/keys/note`);
    await dashboard().press(page, "Edit");
    await page.getByLabel("Value", { exact: true }).fill("half a sent");
    await page.getByRole("link", { name: "World" }).click();
    await page.getByRole("heading", { level: 1, name: "World" }).waitFor();
    await page.goBack();
    expect(await page.getByLabel("Value", { exact: true }).inputValue()).toBe("half a sent");
    await page.context().close();
  });

  test("bytes are shown and edited as bytes, and long values are cut", async () => {
    const namespace = dashboard().freshNamespace();
    await dashboard().put(namespace, "binary", BYTES, "application/octet-stream");
    await dashboard().put(namespace, "long", "x".repeat(20_000));
    const page = await dashboard().open(`${namespace}/keys/binary`);
    await page.getByText("00 01 ff 7f").waitFor();
    await dashboard().press(page, "Edit");
    expect(await page.getByRole("button", { name: "Edit as text" }).isDisabled()).toBe(true);
    const hex = page.getByLabel("Bytes, as hex digits");
    await hex.fill("00 0");
    await page.getByText("Bytes are pairs of hex digits").waitFor();
    await hex.fill("00 fe");
    await dashboard().press(page, "Save");
    await page.getByText("Written as revision").waitFor();
    const stored = await (await dashboard().api(`/v1/${namespace}/kv/binary`)).arrayBuffer();
    expect([...new Uint8Array(stored)]).toEqual([0, 0xfe]);

    await page.getByRole("treeitem", { name: /long/ }).click();
    await dashboard().press(page, "Show all");
    await page.getByText("x".repeat(20_000)).waitFor();
    await dashboard().press(page, "Edit");
    await dashboard().press(page, "Edit as bytes");
    await dashboard().press(page, "Edit as text");
    await dashboard().press(page, "Discard");
    await page.context().close();
  });

  test("ten thousand keys are a list of which a few rows are in the document, and changes show", async () => {
    const namespace = dashboard().freshNamespace();
    for (let first = 0; first < 10_000; first += 128) {
      const success = Array.from({ length: Math.min(128, 10_000 - first) }, (_, at) => ({
        put: { key: `many/${`${first + at}`.padStart(5, "0")}`, value: "x" },
      }));
      const init = {
        method: "POST",
        body: JSON.stringify({ success }),
        headers: { "content-type": "application/json" },
      };
      expect((await dashboard().api(`/v1/${namespace}/txn`, init)).status).toBe(200);
    }
    const page = await dashboard().open(`${namespace}/keys`);
    await page.getByRole("treeitem", { name: "many/" }).click();
    await page.getByRole("treeitem", { name: "00000" }).waitFor();
    await dashboard().put(namespace, "many/00000x", "new");
    await page.getByRole("treeitem", { name: "00000x" }).waitFor();
    const tree = page.getByRole("tree");
    // Pages are read as the end comes near.
    await expect
      .poll(async () => {
        await tree.press("End");
        return page.getByRole("treeitem", { name: "09999" }).count();
      })
      .toBe(1);
    expect(await page.getByRole("treeitem").count()).toBeLessThan(100);
    await page.context().close();
  });

  test("a request that fails is told in the words of its problem, with the request's id", async () => {
    const namespace = dashboard().freshNamespace();
    await dashboard().put(namespace, "a", "1");
    const page = await dashboard().open(`${namespace}/keys/a`);
    await dashboard().press(page, "Edit");
    await page.getByLabel("Value", { exact: true }).fill("x".repeat(1_100_000));
    await dashboard().press(page, "Save");
    const alert = page.getByRole("alert").filter({ hasText: "too-large" });
    await alert.getByText("The request is too large").waitFor();
    await alert.getByText(/· request /).waitFor();
    await dashboard().press(page, "Discard");
    await page.context().close();
  });

  test("every button was pressed, and nothing was complained of", async () => {
    const elsewhere = ["Colours", "Keyboard", "namespace", "Load older", "Dismiss"];
    expect(dashboard().unpressed.filter((name) => !elsewhere.includes(name))).toEqual([]);
    expect(dashboard().complaints).toEqual([]);
  });
});
