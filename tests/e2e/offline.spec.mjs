// Loaded and left alone, the page fetches the rest of itself, quietly: then it needs no network.
import { expect, test } from "./page.mjs";

test.use({ fetchesWhenIdle: true });

test("a page that was left alone for some seconds is whole without a network", async ({ pgscope, page, context }) => {
  const fetched = [];
  page.on("requestfinished", (request) => fetched.push(new URL(request.url()).pathname.split("/").slice(-2).join("/")));
  await pgscope.open("", { whole: false });
  // Nobody touches it. The worker's script is the last.
  await expect.poll(() => fetched.some((name) => /worker-[0-9a-f]{16}\.js$/.test(name)), { timeout: 60_000 }).toBe(true);
  await expect.poll(() => fetched.filter((name) => /split_(engine|rest|talk)-/.test(name)).length).toBe(3);
  await expect(page.locator(".welcome"), "nothing has changed for who looks at it").toBeVisible();
  await context.setOffline(true);
  fetched.length = 0;

  // Every form, what is wrong, a mend and its rule; editing.
  await pgscope.paste("00000000: 5100 0000 0d53 454c 4543 5420 313b 00     Q....SELECT 1;.");
  await expect(pgscope.row(1)).toContainText("0d → 0e");
  await page.locator(".sheet-problems").getByRole("button", { name: "Mend it" }).click();
  await expect(pgscope.row(1)).not.toContainText("→");
  await expect(page.locator(".meaning")).toContainText("Runs a string of SQL");
  // Other chapters, and what codes mean.
  await pgscope.sample("psql-errors");
  await expect(pgscope.title).toHaveText(/ of 86/);
  await page.keyboard.press("Control+f");
  await page.locator("#find-text").fill("ErrorResponse");
  await expect(pgscope.title).toHaveText(/^ErrorResponse/);
  await expect(page.locator(".meaning")).toContainText("Something failed.");
  await page.keyboard.press("Escape");
  // Learn.
  await page.getByRole("link", { name: "Learn", exact: true }).click();
  await expect(pgscope.row(1)).toBeVisible();
  await page.getByRole("link", { name: "Decode" }).click();
  // A large input has a thread of its own.
  await page.evaluate(() => {
    const bytes = new Uint8Array(1 << 20);
    for (let at = 0; at + 5 <= bytes.length; at += 5) bytes.set([0x53, 0, 0, 0, 4], at);
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], "large.bin"));
    document.querySelector(".exchange").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  });
  await expect(pgscope.note).toContainText("Read as raw bytes", { timeout: 30_000 });
  await expect(pgscope.note).not.toContainText("in the background");
  // What the browser's own cache answered is no request that failed.
  expect(pgscope.complaints).toEqual([]);
});
