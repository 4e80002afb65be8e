// Paste bytes in any form: they are decoded at once.
import { expect, test } from "./page.mjs";

const FORMS = [
  ["hex", "51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00"],
  ["xxd dump", "00000000: 5100 0000 0e53 454c 4543 5420 313b 00    Q....SELECT 1;."],
  ["base64", "UQAAAA5TRUxFQ1QgMTsA"],
  ["array in source code", "char q[] = {0x51, 0, 0, 0, 0x0e, 'S', 'E', 'L', 'E', 'C', 'T', 0x20, 0x31, 0x3b, 0};"],
  ["escaped string", String.raw`b"Q\x00\x00\x00\x0eSELECT 1;\x00"`],
  ["PostgreSQL bytea", String.raw`\x510000000e53454c45435420313b00`],
  ["decimal numbers", "[81, 0, 0, 0, 14, 83, 69, 76, 69, 67, 84, 32, 49, 59, 0]"],
];

for (const [name, text] of FORMS) {
  test(`paste ${name}`, async ({ pgscope }) => {
    await pgscope.open();
    await pgscope.paste(text);
    await expect(pgscope.rows).toHaveCount(1);
    await expect(pgscope.row(1)).toContainText("frontend sends QQuerySELECT 1;");
    await expect(pgscope.note).toHaveText(/15 bytes, probably by the frontend/);
    await expect(pgscope.form.locator("option").first()).toHaveText(name);
    await expect(pgscope.sender.getByRole("button", { pressed: true })).toHaveText("frontend fits");
    await expect(pgscope.title).toHaveText(/^Query1 of 1/);
  });
}

test("the page opens on a decoded exchange, with the cursor in the text", async ({ pgscope }) => {
  await pgscope.open();
  await expect(pgscope.text).toBeFocused();
  await expect(pgscope.selectedRow).toContainText("SELECT id,name,val,ts,d FROM t");
  await expect(pgscope.selectedRow).toBeInViewport();
  await expect(pgscope.title).toHaveText(/^Query20 of 28/);
  await expect(pgscope.page.getByText("frontend · psql")).toBeVisible();
  await expect(pgscope.page.getByText("backend · 15.18")).toBeVisible();
});

test("a real paste replaces the sample, and undo brings it back", async ({ pgscope, page }) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await pgscope.open();
  await page.evaluate(() => navigator.clipboard.writeText("58 00 00 00 04"));
  await pgscope.text.press("Control+V");
  await expect(pgscope.text).toHaveValue("58 00 00 00 04");
  await expect(pgscope.row(1)).toContainText("Terminate");
  await pgscope.text.press("Control+Z");
  await expect(pgscope.rows.nth(5)).toBeVisible();
});

test("a second dump takes the place of the first, wherever the caret is; undo brings that back, and a bar appends instead", async ({ pgscope, page }) => {
  const first = "F: 58 00 00 00 04";
  const second = "B: 5a 00 00 00 05 49";
  const bar = page.locator(".share", { hasText: "took the place" });
  await pgscope.open();
  await pgscope.pasteReally(first);
  await expect(pgscope.text).toHaveValue(first);
  await expect(bar).toHaveCount(0);
  // The box has the focus after a reload.
  await expect(pgscope.kept).toContainText("Kept for your next visit");
  await page.reload();
  await expect(pgscope.text).toHaveValue(first);
  await expect(pgscope.text).toBeFocused();
  await pgscope.pasteReally(second);
  await expect(pgscope.text).toHaveValue(second);
  await expect(bar).toBeVisible();
  await pgscope.expectAccessible();
  await page.keyboard.press("Control+z");
  await expect(pgscope.text).toHaveValue(first);
  await expect(bar).toBeHidden();
  await page.keyboard.press("Control+y");
  await page.keyboard.press("Control+z");
  await pgscope.text.press("Control+End");
  await pgscope.pasteReally(second);
  await bar.getByRole("button", { name: "Append it instead" }).click();
  await expect(pgscope.text).toHaveValue(`${first}\n${second}`);
  await expect(pgscope.rows).toHaveCount(2);
  await expect(bar).toBeHidden();
  await page.keyboard.press("Control+z");
  await expect(pgscope.text).toHaveValue(first);
  // Also where nothing is typed.
  await page.locator(".exchange").click({ position: { x: 5, y: 5 } });
  await pgscope.pasteAnywhere(second);
  await expect(bar).toBeVisible();
  await expect(pgscope.text).toHaveValue(second);
});

test("a few bytes, and what replaces a selection, go where the caret is", async ({ pgscope }) => {
  await pgscope.open();
  await pgscope.pasteReally("51 00 00 00 0e 53 45 4c 45 43 54 20 ");
  await pgscope.text.press("Control+End");
  await pgscope.pasteReally("31 3b 00");
  await expect(pgscope.text).toHaveValue("51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00");
  await expect(pgscope.row(1)).toContainText("SELECT 1;");
  // The caret is behind what was pasted.
  await pgscope.pasteReally(" 58");
  await expect(pgscope.text).toHaveValue("51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00 58");
  await pgscope.text.evaluate((area) => area.setSelectionRange(0, 2));
  await pgscope.pasteReally("58 00 00 00 04 51");
  await expect(pgscope.text).toHaveValue("58 00 00 00 04 51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00 58");
});

test("a paste wider than its pane is seen from its beginning, or from the message that is selected", async ({ pgscope, page }) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await pgscope.open();
  const left = () => pgscope.text.evaluate((area) => area.scrollLeft);
  const paste = async (text) => {
    await page.evaluate((text) => navigator.clipboard.writeText(text), text);
    await pgscope.text.press("Control+a");
    await page.keyboard.press("Control+v");
  };
  const terminate = "58 00 00 00 04 ";
  await paste(terminate.repeat(40));
  await expect(pgscope.row(1)).toContainText("Terminate");
  await expect.poll(left).toBe(0);
  // Of what is broken, the first that is so.
  await paste(`${terminate.repeat(40)}51 00 00 00 05 53 00 ${terminate.repeat(40)}`);
  await expect(pgscope.title).toHaveText(/^Query41 of/);
  await expect(page.locator(".marked-line mark").first()).toBeInViewport();
  // Who types stays where the caret is.
  await pgscope.text.press("Control+End");
  await page.keyboard.type("5");
  await expect(pgscope.note).toContainText("half a byte");
  expect(await left()).toBeGreaterThan(4000);
});

test("bytes are found in a log", async ({ pgscope }) => {
  await pgscope.open();
  await pgscope.paste("2026-11-21T10:22:31.002Z DEBUG net: read 5 bytes: [88, 0, 0, 0, 4]");
  await expect(pgscope.row(1)).toContainText("Terminate");
  await expect(pgscope.rows).toHaveCount(1);
  await pgscope.row(1).click();
  expect(await pgscope.markedText()).toBe("88 0, 0, 0, 4");
});

test("typing is read when it rests, and the selection stays", async ({ pgscope }) => {
  await pgscope.open();
  await pgscope.paste("F: 58 00 00 00 04\nF: 58 00 00 00 04\n");
  await pgscope.row(2).click();
  await pgscope.type("B: 5a 00 00 00 05 49");
  await expect(pgscope.rows).toHaveCount(3);
  await expect(pgscope.title).toHaveText(/^Terminate2 of 3/);
});
