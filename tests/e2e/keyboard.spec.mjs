// Everything without a mouse.
import { expect, test } from "./page.mjs";

test("each of the three lists is one tab stop", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.text.focus();
  const stops = [];
  for (let step = 0; step < 30; step++) {
    await page.keyboard.press("Tab");
    stops.push(await page.evaluate(() => document.activeElement?.getAttribute("aria-label")));
  }
  const lists = ["Messages", "Bytes of the message", "Fields of the message"];
  expect(stops.filter((stop) => lists.includes(stop))).toEqual(lists);
});

test("Caps Lock changes no key", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.messages.focus();
  await page.keyboard.press("Control+F");
  await expect(page.locator("#find-text")).toBeFocused();
  await page.keyboard.press("Escape");
  await pgscope.byte(0).click();
  await page.keyboard.press("Control+A");
  await expect(page.locator(".hexbar")).toContainText("62 bytes, selection");
  await page.keyboard.press("Control+G");
  await expect(page.locator("#hex-goto-text")).toBeFocused();
});

test("messages by arrows, and on to the bytes", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.messages.focus();
  await page.keyboard.press("Home");
  await expect(pgscope.messages).toHaveAttribute("aria-activedescendant", "cycle-0");
  await page.keyboard.press("ArrowDown");
  await expect(pgscope.title).toHaveText(/^SSLRequest/);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await expect(pgscope.selectedRow).toContainText("StartupMessage");
  await expect(pgscope.messages).toHaveAttribute("aria-activedescendant", "row-2");
  await page.keyboard.press("End");
  await expect(pgscope.title).toHaveText(/^Terminate28 of 28/);
  await page.keyboard.press("PageUp");
  await expect(pgscope.title).not.toHaveText(/^Terminate/);
  await page.keyboard.press("Enter");
  await expect(pgscope.hex).toBeFocused();
});

test("bytes by arrows, told one by one", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.hex.focus();
  await page.keyboard.press("ArrowRight");
  await expect(pgscope.told).toHaveText("offset 0x00, 51, ‘Q’, tag, Query");
  await page.keyboard.press("ArrowDown");
  await expect(pgscope.told).toHaveText("offset 0x10, 61, ‘a’, query, Query");
  await page.keyboard.press("End");
  await expect(pgscope.hex).toHaveAttribute("aria-activedescendant", "byte-31");
  await page.keyboard.press("Control+End");
  await expect(pgscope.told).toHaveText("offset 0x3d, 00, query, Query");
  await page.keyboard.press("ArrowRight");
  await expect(pgscope.told).toHaveText("offset 0x3d, 00, query, Query");
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Escape");
  await expect(pgscope.told).toHaveText("");
});

test("fields by arrows: up, down, into, out of, open, closed", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste("B: 44 00000014 0002 00000001 31 00000001 32");
  await pgscope.fields.focus();
  await page.keyboard.press("End");
  await expect(pgscope.selectedField).toContainText("“2”");
  await page.keyboard.press("ArrowLeft");
  await expect(pgscope.selectedField).toContainText("column 2");
  await page.keyboard.press("ArrowLeft");
  await expect(pgscope.selectedField).toHaveAttribute("aria-expanded", "false");
  await expect(pgscope.fields.getByRole("treeitem")).toHaveCount(8);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await expect(pgscope.selectedField).toContainText("datarow.columns.length");
  await page.keyboard.press("t");
  await expect(pgscope.selectedField).toContainText("datarow.tag");
});

test("the list of keys opens by its key and closes by Esc", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.text.press("?");
  await expect(page.getByRole("dialog")).toBeHidden();
  await pgscope.messages.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await page.getByRole("button", { name: "Keys" }).click();
  await page.getByRole("button", { name: "Close" }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
});
