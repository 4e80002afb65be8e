// Text, byte and field belong together: hover lights, click pins, Esc releases.
import { expect, test } from "./page.mjs";

const QUERY = "51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00";

test.beforeEach(async ({ pgscope }) => {
  await pgscope.open();
  await pgscope.paste(`F: ${QUERY}\nB: 5a 00 00 00 05 49`);
  await expect(pgscope.rows).toHaveCount(2);
  // A ReadyForQuery without a result is wrong, and what is wrong is selected first.
  await pgscope.row(1).click();
});

test("a hovered byte lights its field, its neighbours and its text", async ({ pgscope }) => {
  await pgscope.byte(2).hover();
  await expect(pgscope.field("length")).toHaveAttribute("data-lit", "hovered");
  expect(await pgscope.lit("hovered")).toBe("00 00 00 0e");
  expect(await pgscope.markedText()).toBe("00 00 00 0e");
  await expect(pgscope.status).toContainText("offset 0x0001 (1), 4 bytes");
  await pgscope.title.hover();
  expect(await pgscope.lit("hovered")).toBe("");
  expect(await pgscope.markedText()).toBe(QUERY);
});

test("a hovered field lights its bytes and its text", async ({ pgscope }) => {
  await pgscope.field("query").hover();
  expect(await pgscope.lit("hovered")).toBe("53 45 4c 45 43 54 20 31 3b 00");
  expect(await pgscope.markedText()).toBe("53 45 4c 45 43 54 20 31 3b 00");
});

test("hovered text lights its byte, its field and its row", async ({ pgscope }) => {
  // The second line, at the column of 49.
  await pgscope.text.hover({ position: { x: 16 + 7.2 * 19, y: 12 + 30 } });
  await expect(pgscope.row(2)).toHaveAttribute("data-hovered", "");
  expect(await pgscope.markedText()).toBe("49");
  await pgscope.text.click({ position: { x: 16 + 7.2 * 19, y: 12 + 30 } });
  await expect(pgscope.title).toHaveText(/^ReadyForQuery2 of 2/);
  await expect(pgscope.selectedField).toContainText("idle");
});

test("a clicked byte pins its field, which is explained; Esc releases it", async ({ pgscope }) => {
  await pgscope.byte(7).click();
  await expect(pgscope.selectedField).toContainText("query.query");
  expect(await pgscope.lit("pinned")).toBe("53 45 4c 45 43 54 20 31 3b 00");
  // Hovering elsewhere lights that too, and leaves the pin.
  await pgscope.byte(0).hover();
  expect(await pgscope.lit("hovered")).toBe("51");
  expect(await pgscope.lit("pinned")).toBe("53 45 4c 45 43 54 20 31 3b 00");
  await pgscope.hex.press("Escape");
  await expect(pgscope.selectedField).toHaveCount(0);
  expect(await pgscope.lit("pinned")).toBe("");
});

test("a clicked field pins its bytes", async ({ pgscope }) => {
  await pgscope.field("tag").click();
  expect(await pgscope.lit("pinned")).toBe("51");
  await expect(pgscope.told).toHaveText("offset 0x00, 51, ‘Q’, tag, Query");
});

test("another message shows its own bytes and fields", async ({ pgscope }) => {
  await pgscope.row(2).click();
  await expect(pgscope.fields.getByRole("treeitem")).toHaveCount(3);
  await expect(pgscope.hex.getByRole("gridcell")).toHaveText(["5a", "00", "00", "00", "05", "49"]);
  await pgscope.paste(QUERY);
  await expect(pgscope.hex.getByRole("gridcell")).toHaveCount(15);
});
