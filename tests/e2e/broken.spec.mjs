// Broken input gets a clear answer: where, what, and how to mend it.
import { expect, test } from "./page.mjs";

test("a length that is one short is told with the bytes to write", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste("51 00 00 00 0D 53 45 4C 45 43 54 20 31 3B 00");
  await expect(pgscope.row(1)).toContainText("SELECT 1;▲ 0d → 0e");
  await expect(page.locator(".sheet-problems")).toContainText("write 00 00 00 0e for the length");
  await page.getByRole("button", { name: "1 problem" }).click();
  await page.locator(".problem").click();
  await expect(pgscope.selectedField).toContainText("query.length");
  expect(await pgscope.lit("pinned")).toBe("00 00 00 0d");
  expect(await pgscope.markedText()).toBe("00 00 00 0D");
});

test("half a byte is located, and its place is shown", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste("# “😀”\n58 00 00 00 0");
  const problem = pgscope.note.locator(".input-problems li");
  await expect(problem).toContainText("line 2, column 13: met half a byte");
  await problem.getByRole("button").click();
  await expect(pgscope.text).toBeFocused();
  expect(await page.evaluate(() => String(getSelection()) || document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd))).toBe("0");
  // What could be read is decoded.
  await expect(pgscope.row(1)).toContainText("Terminate");
});

test("problems are visited one after the other", async ({ pgscope, page }) => {
  await pgscope.open();
  const good = "58 00 00 00 04\n";
  const bad = "51 00 00 00 0d 53 45 4c 45 43 54 20 31 3b 00\n";
  await pgscope.paste(`# frontend\n${good}${bad}${good}${bad}${good}`);
  await expect(page.getByRole("button", { name: "2 problems" })).toBeVisible();
  await pgscope.messages.press("Home");
  await pgscope.messages.press("n");
  await expect(pgscope.title).toHaveText(/^Query2 of 5/);
  await pgscope.messages.press("n");
  await expect(pgscope.title).toHaveText(/^Query4 of 5/);
  await pgscope.messages.press("p");
  await expect(pgscope.title).toHaveText(/^Query2 of 5/);
});

test("what is no such protocol is named", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.sample("broken-http.txt");
  await expect(page.locator(".sheet-problems")).toContainText("this is an HTTP request");
});

test("text without bytes says what was met", async ({ pgscope }) => {
  await pgscope.open();
  await pgscope.paste("hello, world");
  await expect(pgscope.note).toContainText("line 1, column 1: met “hello, world”");
  await expect(pgscope.rows).toHaveText([/^No message could be read/]);
  await expect(pgscope.title).toHaveText("Nothing selected");
});

test("a digit that is missing among many is missed where it was", async ({ pgscope }) => {
  await pgscope.open();
  // The length of the first Query has seven digits.
  await pgscope.paste("51000000e53454c45435420313b0053000000045100000006530053000000045800000004");
  await expect(pgscope.note).toContainText("line 1, column 3: met an odd number of digits, expected one more digit here");
  await pgscope.note.getByRole("button", { name: "line 1, column 3" }).click();
  const chosen = await pgscope.text.evaluate((area) => area.value.slice(area.selectionStart, area.selectionEnd));
  expect(chosen).toBe("000000e");
});
