// Much input: only what is seen is drawn.
import { expect, test } from "./page.mjs";

const drawn = (pgscope) => pgscope.page.evaluate(() => document.getElementsByTagName("*").length);

test("20,000 messages: few rows are drawn, and the last is reached at once", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.dropFile("many.bin", Buffer.concat(Array(20_000).fill(Buffer.from([0x5a, 0, 0, 0, 5, 0x49]))));
  await expect(page.getByText("20,000 messages")).toBeVisible();
  expect(await pgscope.rows.count()).toBeLessThan(100);
  await pgscope.messages.press("End");
  await expect(pgscope.row(20_000)).toBeInViewport();
  await expect(pgscope.row(20_000)).toContainText("ReadyForQueryidle");
  await expect(pgscope.title).toHaveText(/20,000 of 20,000/);
  expect(await pgscope.rows.count()).toBeLessThan(100);
  await pgscope.messages.evaluate((list) => (list.scrollTop = list.scrollHeight / 2));
  await expect(pgscope.row(10_005)).toBeInViewport();
  expect(await drawn(pgscope)).toBeLessThan(2500);
});

test("a message of 2 MB: few lines of hex, and its end is reached at once", async ({ pgscope, page }) => {
  await pgscope.open();
  const body = 2 << 20;
  const message = Buffer.alloc(body + 5, 0x78);
  message.write("d", 0);
  message.writeUInt32BE(body + 4, 1);
  await pgscope.dropFile("large.bin", message);
  await expect(pgscope.title).toHaveText(/^CopyData/);
  await pgscope.hex.press("Control+End");
  await expect(pgscope.byte(body + 4)).toBeInViewport();
  expect(await pgscope.hex.getByRole("row").count()).toBeLessThan(60);
  await expect(page.locator(".hex-offset").last()).toHaveText((body & ~0xf).toString(16));
});

test("a message of many fields shows a part of them, and any of them when its byte is clicked", async ({ pgscope, page }) => {
  const columns = 3000;
  const row = Buffer.alloc(7 + 4 * columns, 0xff);
  row.write("D", 0);
  row.writeUInt32BE(row.length - 1, 1);
  row.writeUInt16BE(columns, 5);
  await pgscope.open();
  await pgscope.dropFile("wide.bin", row);
  await pgscope.sender.getByRole("button", { name: /^backend/ }).click();
  await expect(pgscope.fields.getByRole("treeitem")).toHaveCount(200);
  await page.getByRole("button", { name: /show more/ }).click();
  await expect(page.getByRole("button", { name: "100 fields before these" })).toBeVisible();
  expect(await pgscope.fields.getByRole("treeitem").count()).toBe(200);
  await pgscope.hex.press("Control+End");
  await expect(pgscope.selectedField).toBeInViewport();
  await expect(pgscope.selectedField).toContainText("datarow.columns.length");
});

test("a long text stays editable and leads to its last message", async ({ pgscope }) => {
  await pgscope.open();
  await pgscope.paste("B: 5a 00 00 00 05 49\n".repeat(20_000));
  await pgscope.messages.press("End");
  await expect(pgscope.row(20_000)).toBeInViewport();
  await expect.poll(() => pgscope.markedText()).toBe("5a 00 00 00 05 49");
  expect(await pgscope.marked.count()).toBe(1);
});

test("pasted text with a very long line is read, but not put into the text area", async ({ pgscope, page }) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await pgscope.open();
  await page.evaluate(() => navigator.clipboard.writeText("5a0000000549".repeat(20_000)));
  await pgscope.text.press("Control+V");
  await expect(page.getByText("20,000 messages")).toBeVisible();
  await expect(page.locator(".file")).toContainText("Pasted text240,000 bytes");
  await page.getByRole("button", { name: "Back to text" }).click();
  await expect(page.getByText("28 messages")).toBeVisible();
});
