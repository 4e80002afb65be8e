// What a person brought survives a reload, in this browser only; it can be cleared.
import { expect, test } from "./page.mjs";

const QUERY = "51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00";
const KEPT = "Kept for your next visit, in this browser only.";
const BACK = "Back from your last visit: it was kept in this browser only.";

test("text, readings and selection survive a reload", async ({ pgscope, page }) => {
  await pgscope.open();
  await expect(pgscope.kept).toBeHidden();
  await pgscope.paste(`F: ${QUERY}\nB: 5a 00 00 00 05 49`);
  await pgscope.row(2).click();
  await pgscope.field("transaction status").click();
  await expect(pgscope.kept).toContainText(KEPT);
  await page.reload();
  await expect(pgscope.text).toHaveValue(`F: ${QUERY}\nB: 5a 00 00 00 05 49`);
  await expect(pgscope.kept).toContainText(BACK);
  await expect(pgscope.title).toHaveText(/^ReadyForQuery2 of 2/);
  await expect(pgscope.selectedField).toContainText("readyforquery.status");
  await pgscope.expectAccessible();
});

test("what is overruled survives a reload", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste("43 00 00 00 0d 53 45 4c 45 43 54 20 31 00");
  await pgscope.sender.getByRole("button", { name: /^frontend/ }).click();
  await expect(pgscope.row(1)).toContainText("Close");
  await expect(pgscope.kept).toContainText(KEPT);
  await page.reload();
  await expect(pgscope.row(1)).toContainText("Close");
  await expect(pgscope.sender).toHaveAccessibleName("Sent by: as you say");
});

test("a raw file survives a reload", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.openFile("ready.bin", [0x5a, 0, 0, 0, 5, 0x49]);
  await expect(pgscope.kept).toContainText(KEPT);
  await page.reload();
  await expect(pgscope.row(1)).toContainText("ReadyForQuery");
  await expect(page.locator(".file-name")).toHaveText("ready.bin");
});

test("more than a megabyte is not kept, and that is said", async ({ pgscope }) => {
  await pgscope.open();
  await pgscope.paste(`${QUERY}\n`.repeat(24_000));
  await expect(pgscope.kept).toHaveText(/Not kept: with more than 1 MB/);
});

test("one click clears what is kept", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(QUERY);
  await expect(pgscope.kept).toContainText(KEPT);
  await pgscope.kept.getByRole("button", { name: "Clear what is kept" }).click();
  await expect(pgscope.kept).toContainText("Gone: nothing is kept any more.");
  expect(await page.evaluate(() => [localStorage.getItem("pgscope.work"), sessionStorage.getItem("pgscope.work")])).toEqual([null, null]);
  await page.reload();
  await expect(pgscope.selectedRow).toContainText("SELECT id,name,val,ts,d FROM t");
});

test("one starts afresh, and can take that back", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(QUERY);
  await expect(pgscope.kept).toContainText(KEPT);
  await page.reload();
  await pgscope.kept.getByRole("button", { name: "Start afresh" }).click();
  await expect(pgscope.selectedRow).toContainText("SELECT id,name,val,ts,d FROM t");
  await expect(pgscope.kept).toBeHidden();
  await page.getByRole("button", { name: "Undo (Ctrl+Z)" }).click();
  await expect(pgscope.text).toHaveValue(QUERY);
});

test("neither a sample nor a link takes the place of what is kept", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(QUERY);
  await expect(pgscope.kept).toContainText(KEPT);
  await pgscope.sample("broken-http");
  await expect(pgscope.text).toHaveValue(/health/);
  await pgscope.kept.getByRole("link", { name: "back to them" }).click();
  await expect(pgscope.text).toHaveValue(QUERY);
  await page.goBack();
  await expect(pgscope.text).toHaveValue(/health/);
  await page.goto("about:blank");
  await pgscope.open();
  await expect(pgscope.text).toHaveValue(QUERY);
  await page.goto("about:blank");
  await pgscope.open("#hex=5a0000000549");
  await expect(pgscope.row(1)).toContainText("ReadyForQuery");
  await page.goto("about:blank");
  await pgscope.open();
  await expect(pgscope.text).toHaveValue(QUERY);
});

test("two tabs do not take each other's work without a word", async ({ pgscope, page, context, address }) => {
  await pgscope.open();
  await pgscope.paste(QUERY);
  await expect(pgscope.kept).toContainText(KEPT);
  const other = await context.newPage();
  await other.goto(address);
  await expect(other.locator(".kept")).toContainText(BACK);
  await other.getByLabel("Bytes in any form").fill("58 00 00 00 04");
  await expect(other.locator(".kept")).toContainText(KEPT);
  await expect(pgscope.kept).toContainText("Another tab kept something else");
  // Each tab's reload brings back its own.
  await page.reload();
  await expect(pgscope.text).toHaveValue(QUERY);
  await other.reload();
  await expect(other.getByLabel("Bytes in any form")).toHaveValue("58 00 00 00 04");
});

test("storage that is full or refused is told in words", async ({ pgscope, page }) => {
  await page.addInitScript(() => {
    const put = Storage.prototype.setItem;
    Storage.prototype.setItem = function (key, value) {
      if (key === "pgscope.work") throw new DOMException("full", "QuotaExceededError");
      put.call(this, key, value);
    };
  });
  await pgscope.open();
  await pgscope.paste(QUERY);
  await expect(pgscope.kept).toHaveText(/Not kept: this browser has no more room/);
  await page.addInitScript(() => {
    for (const name of ["localStorage", "sessionStorage"]) {
      Object.defineProperty(window, name, { get: () => { throw new DOMException("refused", "SecurityError"); } });
    }
  });
  await page.reload();
  await pgscope.paste(QUERY);
  await expect(pgscope.kept).toHaveText(/Not kept: this browser keeps nothing/);
});
