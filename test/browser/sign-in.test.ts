import { expect, test } from "vitest";
import { DevServer } from "../e2e/server.ts";
import { chromiumLaunch, chromiumPath } from "./chromium.ts";

const path = chromiumPath();
const ROOT_TOKEN = "a-root-token-of-this-test";

test.skipIf(path === undefined)("a session that ends in mid-edit loses nothing", async () => {
  const server = await DevServer.start({ SYNOD_ROOT_TOKEN: ROOT_TOKEN });
  const browser = await chromiumLaunch(path ?? "");
  try {
    const authorization = `Bearer ${ROOT_TOKEN}`;
    const url = `${server.base}/v1/guarded/kv/a`;
    const headers = { authorization, "content-type": "text/plain" };
    await fetch(url, { method: "PUT", body: "old", headers });
    const context = await browser.newContext();
    context.setDefaultTimeout(90_000);
    const page = await context.newPage();
    await page.goto(`${server.base}/dashboard/guarded/keys/a`);
    const dialog = page.getByRole("dialog", { name: "Sign in" });
    const enter = async (token: string): Promise<void> => {
      await dialog.getByLabel("Token").fill(token);
      await dialog.getByRole("button", { name: "Sign in" }).click();
    };
    await enter("not-the-token");
    await dialog.getByRole("alert").waitFor();
    await enter(ROOT_TOKEN);
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await page.getByLabel("Value", { exact: true }).fill("typed before it ended");

    await context.clearCookies();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await enter(ROOT_TOKEN);
    await dialog.waitFor({ state: "hidden" });
    expect(await page.getByLabel("Value", { exact: true }).inputValue()).toBe("typed before it ended");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText(/^Written as revision/).waitFor();
    expect(await (await fetch(url, { headers: { authorization } })).text()).toBe("typed before it ended");

    await page.getByRole("button", { name: "Sign out" }).click();
    await dialog.waitFor();
    expect((await context.cookies()).filter(({ name }) => name === "synod-session")).toEqual([]);
  } finally {
    await browser.close();
    await server.dispose();
  }
});
