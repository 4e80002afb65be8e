// The third pane: the message in words, its layout, the strip that explains the lit field, and the tree of fields.
import { expect, test, THEMES } from "./page.mjs";

const ROW = "B: 44 00000014 0002 00000001 31 00000001 32";
const LONG = `SELECT '${"one two three ".repeat(60)}'`;

const strip = (page) => page.getByRole("group", { name: "Meaning of the field" });
const layout = (page) => page.locator("details.layout");

/** A message with this tag and text. */
function text(tag, words) {
  const length = (Buffer.byteLength(words) + 5).toString(16).padStart(8, "0");
  return `${tag.charCodeAt(0).toString(16)}${length}${Buffer.from(words).toString("hex")}00`;
}

const copied = (page) => page.evaluate(() => navigator.clipboard.readText());

test("a hovered byte is explained in its place, and nothing moves", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(ROW);
  const before = await pgscope.fields.boundingBox();
  await pgscope.byte(11).hover();
  await expect(strip(page)).toContainText("columns › column 1 › value");
  await expect(strip(page)).toContainText("without a zero byte at its end");
  await expect(strip(page)).toContainText("datarow.columns.value");
  expect(await pgscope.fields.boundingBox()).toEqual(before);
  await page.mouse.move(2, 2);
  await expect(strip(page)).toContainText("Point at a byte or a field");
  expect(await pgscope.fields.boundingBox()).toEqual(before);
});

test("the box of meaning has room for all that is said, and passing over something moves nothing", async ({ pgscope, page }) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  await pgscope.open();
  const whole = (box) => box.evaluate((box) => box.scrollHeight - box.clientHeight);
  const pinned = strip(page).locator(".explain-box:not(.passing)");
  await pgscope.byte(1).click();
  await expect(pinned).toContainText("query.length");
  await page.mouse.move(2, 2);
  await expect.poll(() => whole(pinned)).toBe(0);
  const before = await pgscope.fields.boundingBox();
  // The pointer goes on: all of it is seen, and what is pinned keeps its room.
  const passed = async () => {
    for (const at of [0, 1, 5, 20]) {
      await pgscope.byte(at).hover();
      await expect(strip(page).locator(".passing .explain-place")).toBeInViewport();
      expect(await whole(strip(page).locator(".passing"))).toBe(0);
    }
  };
  await passed();
  expect(await pgscope.fields.boundingBox()).toEqual(before);
  await pgscope.row(21).click();
  await passed();
});

test("what colours and marks mean is told, from the strip, from the list, and from the keys", async ({ pgscope, page }) => {
  await pgscope.open();
  const legend = page.getByRole("dialog", { name: "Colours and marks" });
  await strip(page).getByRole("button", { name: "What colours and marks mean" }).click();
  await expect(legend).toBeVisible();
  for (const words of ["How many bytes there are", "blocked in a read", "An error of the server", "It was guessed"]) await expect(legend).toContainText(words);
  await pgscope.expectAccessible();
  await page.keyboard.press("Escape");
  await expect(legend).toBeHidden();
  await page.getByRole("button", { name: "Legend" }).click();
  await legend.getByRole("button", { name: "Close" }).click();
  await pgscope.messages.press("?");
  await page.getByRole("dialog", { name: "Keys" }).getByRole("button", { name: "Colours and marks" }).click();
  await expect(legend).toBeVisible();
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeHidden();
});

test("what is pinned stays explained, and a field of the tree is explained too", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(ROW);
  await pgscope.field("column count").click();
  await page.mouse.move(2, 2);
  await expect(strip(page)).toContainText("How many values follow");
  await page.keyboard.press("Escape");
  await expect(strip(page)).toContainText("Point at a byte or a field");
});

test("the message leads to its section of the manual and to its reference page", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(ROW);
  const manual = "https://www.postgresql.org/docs/current/";
  const section = page.getByRole("link", { name: "Message Formats: DataRow (B)" });
  await expect(section).toHaveAttribute("href", `${manual}protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-DATAROW`);
  const flow = page.getByRole("link", { name: "Message Flow: Simple Query" });
  await expect(flow).toHaveAttribute("href", `${manual}protocol-flow.html#PROTOCOL-FLOW-SIMPLE-QUERY`);
  await page.getByRole("link", { name: "Reference page" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("DataRow");
});

test("the layout shows what the message holds; a box is lit with its field, and pins it", async ({ pgscope, page }) => {
  await page.setViewportSize({ width: 1280, height: 1100 });
  await pgscope.open();
  await pgscope.paste(ROW);
  const box = (name) => layout(page).locator("li[data-shape=box]").filter({ has: page.getByText(name, { exact: true }) });
  await expect(layout(page).getByText("× column count = 2")).toBeVisible();
  await expect(box("column count")).toContainText("Int1622");
  await box("column count").click();
  expect(await pgscope.lit("pinned")).toBe("00 02");
  await expect(pgscope.selectedField).toContainText("column count");
  await pgscope.byte(16).hover();
  await expect(box("value")).toHaveAttribute("data-lit", "hovered");
  await expect(box("column count")).toHaveAttribute("data-lit", "pinned");
});

test("the layout is closed where there is little room, and stays as it was left", async ({ pgscope, page }) => {
  await page.setViewportSize({ width: 1280, height: 700 });
  await pgscope.open();
  await expect(layout(page)).not.toHaveAttribute("open");
  await layout(page).locator("summary").click();
  await pgscope.row(2).click();
  await expect(pgscope.title).toHaveText(/2 of 28/);
  await expect(layout(page)).toHaveAttribute("open");
});

test("a long value is cut, and shown whole by its button or by Enter", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(text("Q", LONG));
  const query = pgscope.field("query");
  await expect(query).not.toContainText("three '");
  await query.getByText("show all").click();
  await expect(query).toContainText("three '”");
  await expect(query.getByText("show all")).toBeHidden();
  await pgscope.paste(text("Q", `${LONG};`));
  await pgscope.fields.press("End");
  await pgscope.fields.press("Enter");
  await expect(pgscope.selectedField).toContainText("three ';”");
});

test("a value, a subtree and a path are copied by keys, with a word that they were", async ({ pgscope, page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await pgscope.open();
  await pgscope.paste(ROW);
  await pgscope.fields.press("End");
  await pgscope.fields.press("Control+c");
  await expect(page.getByText("Copied the value")).toBeVisible();
  expect(await copied(page)).toBe("2");
  const choose = async (item) => {
    await pgscope.fields.focus();
    await page.keyboard.press("Shift+F10");
    await expect(page.getByRole("menu", { name: "Copy" })).toBeVisible();
    await expect(page.getByRole("menuitem", { name: "Copy value" })).toBeFocused();
    for (let step = 0; step < item; step++) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("menu", { name: "Copy" })).toBeHidden();
    await expect(pgscope.fields).toBeFocused();
  };
  await choose(3);
  await expect(page.getByText("Copied the path")).toBeVisible();
  expect(await copied(page)).toBe("datarow.columns.value");
  await page.keyboard.press("ArrowLeft");
  await choose(1);
  await expect(page.getByText("Copied the field as text")).toBeVisible();
  expect(await copied(page)).toBe("column 2\n  length: 1\n  value: “2”\n");
  await choose(2);
  await expect(page.getByText("Copied the field as JSON")).toBeVisible();
  const column = JSON.parse(await copied(page));
  expect(column.children.map(({ id, value }) => [id, value])).toEqual([["datarow.columns.length", 1], ["datarow.columns.value", { hex: "32" }]]);
});

test("the menu opens by its button and closes by Esc", async ({ pgscope, page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await pgscope.open();
  await pgscope.paste(ROW);
  await pgscope.field("length").first().hover();
  await pgscope.field("length").first().getByRole("button", { name: "Copy" }).click();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("menu", { name: "Copy" })).toBeHidden();
  await pgscope.field("length").first().getByRole("button", { name: "Copy" }).click();
  await page.getByRole("menuitem", { name: "Copy value" }).click();
  await expect(page.getByText("Copied the value")).toBeVisible();
  expect(await copied(page)).toBe("20");
});

test("a field that could not be read says why", async ({ pgscope }) => {
  await pgscope.open();
  await pgscope.paste("B: 44 0000000f 0002 00000001 31 00000001");
  await expect(pgscope.fields).toContainText("cut off");
  await expect(pgscope.fields.locator(".field-problem:visible").first()).not.toHaveText("");
});

test("n and p go from problem to problem, within a message and on to the next", async ({ pgscope, page }) => {
  await pgscope.open();
  // Two formats that do not exist in one message, and a status that does not exist in another.
  await pgscope.paste("B: 74 00000006 0000\nB: 47 0000000b 05 0002 0007 0000\nB: 5a 00000005 51");
  await pgscope.row(1).click();
  await pgscope.messages.focus();
  const at = async (bytes) => expect.poll(() => pgscope.lit("pinned")).toBe(bytes);
  await page.keyboard.press("n");
  await at("05");
  await page.keyboard.press("n");
  await at("00 07");
  await expect(pgscope.selectedField).toContainText("is no format");
  await page.keyboard.press("n");
  await at("51");
  await page.keyboard.press("p");
  await at("00 07");
  await page.keyboard.press("p");
  await at("05");
});

test("thousands of values come in chunks, and the last is reached by its byte", async ({ pgscope }) => {
  const values = 3000;
  const length = (4 + 2 + values * 5).toString(16).padStart(8, "0");
  await pgscope.open();
  await pgscope.paste(`B: 44 ${length} ${values.toString(16).padStart(4, "0")} ${"00000001 37 ".repeat(values)}`);
  await expect(pgscope.title).toHaveText(/^DataRow/);
  expect(await pgscope.fields.getByRole("treeitem").count()).toBeLessThanOrEqual(200);
  await pgscope.hex.focus();
  await pgscope.hex.press("Control+End");
  await expect(pgscope.field(`column ${values}`)).toBeVisible();
  expect(await pgscope.fields.getByRole("treeitem").count()).toBeLessThanOrEqual(200);
});

test("a field that goes across messages says which carry it", async ({ pgscope, page }) => {
  const header = "5047434f50590aff0d0a00 00000000 00000000";
  // A row whose only value is cut behind its second byte.
  await pgscope.open();
  await pgscope.paste(
    `F: 51 00000024 ${Buffer.from("COPY t FROM STDIN (FORMAT bin)\0").toString("hex")}
     B: 47 00000009 01 0001 0001
     F: 64 0000001f ${header} 0001 00000004 0000
     F: 64 00000006 002a
     F: 63 00000004`.replace("00000024", "00000023"),
  );
  await pgscope.row(4).click();
  await pgscope.byte(5).hover();
  await expect(strip(page)).toContainText("fields › field 1 › value");
  await expect(strip(page)).toContainText("carried by the messages 3 and 4");
});

for (const theme of THEMES) {
  test(`accessible in the ${theme} theme: layout open, menu open, a value whole`, async ({ pgscope, page }) => {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.setViewportSize({ width: 1400, height: 1100 });
    await pgscope.open();
    await pgscope.paste(text("Q", LONG));
    await pgscope.fields.press("End");
    await pgscope.fields.press("Enter");
    await pgscope.expectAccessible();
    await pgscope.fields.press("Shift+F10");
    await expect(page.getByRole("menu", { name: "Copy" })).toBeVisible();
    await pgscope.expectAccessible();
  });
}

test("Ctrl+G in the bytes goes to an offset of the message", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.hex.focus();
  await page.keyboard.press("Control+g");
  const text = page.locator("#hex-goto-text");
  await expect(text).toBeFocused();
  await page.keyboard.type("0x99");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert").filter({ hasText: "62 bytes" })).toHaveText("The message has 62 bytes: the last offset is 0x3d (61).");
  await pgscope.expectAccessible();
  await text.fill("61");
  await page.keyboard.press("Enter");
  await expect(text).toBeHidden();
  await expect(pgscope.hex).toBeFocused();
  await expect(pgscope.hex).toHaveAttribute("aria-activedescendant", "byte-61");
  await page.keyboard.press("Control+g");
  await page.keyboard.press("Escape");
  await expect(text).toBeHidden();
  await expect(pgscope.hex).toBeFocused();
});

test("while nothing is pointed at, the colours are explained", async ({ pgscope }) => {
  await pgscope.open();
  const kinds = pgscope.page.getByRole("list", { name: "Kinds of field" });
  await expect(kinds.getByRole("listitem")).toHaveText(["tag", "length", "count", "integer", "code", "string", "value", "secret"]);
  await pgscope.byte(7).click();
  await expect(kinds).toBeHidden();
});
