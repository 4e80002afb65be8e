// What is done with a whole exchange: handed on, held beside another, and messages made by a form.
import { readFileSync } from "node:fs";
import { expect, test } from "./page.mjs";

const SAID = "F: 51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00\nB: 49 00 00 00 04\nB: 5a 00 00 00 05 49";

/** Opens one of the menu's dialogs, by keys. */
async function open(page, words) {
  await page.getByRole("button", { name: /^More/ }).focus();
  await page.keyboard.press("Enter");
  const item = page.getByRole("menuitem", { name: words });
  await expect(page.getByRole("menuitem").first()).toBeFocused();
  for (let nth = 0; nth < 3 && !(await item.evaluate((item) => item === document.activeElement)); nth += 1) {
    await page.keyboard.press("ArrowDown");
  }
  await page.keyboard.press("Enter");
  return page.getByRole("dialog", { name: words });
}

async function saved(page, click) {
  const [download] = await Promise.all([page.waitForEvent("download"), click()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

test.beforeEach(async ({ pgscope }) => {
  await pgscope.open();
  await pgscope.paste(SAID);
  await expect(pgscope.rows).toHaveCount(3);
});

test("the exchange, a message, one end: in a form that is looked at, copied and saved", async ({ pgscope, page }) => {
  const dialog = await open(page, "Export");
  const look = dialog.getByLabel("How it looks");
  await expect(look).toHaveText("F: 51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00\nB: 49 00 00 00 04 5a 00 00 00 05 49");
  await dialog.getByLabel("As", { exact: true }).selectOption("rust");
  await expect(look).toContainText("const CLIENT1: &[u8] = &[");
  await dialog.getByLabel("As", { exact: true }).selectOption("base64");
  await expect(dialog.getByRole("status")).toContainText("take one side alone");
  await dialog.getByLabel("Said by").selectOption("backend");
  await expect(look).toHaveText("SQAAAARaAAAABUk=");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await dialog.getByRole("button", { name: "Copy" }).click();
  await expect(page.locator("#said")).toHaveText("Copied 2 messages as base64");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("SQAAAARaAAAABUk=\n");
  await dialog.getByLabel("As", { exact: true }).selectOption("raw");
  const raw = await saved(page, () => dialog.getByRole("button", { name: "Save", exact: true }).click());
  expect([raw.name, raw.bytes.toString("hex")]).toEqual(["pgscope.bin", "49000000045a0000000549"]);
  await expect(dialog.getByRole("button", { name: "Copy" })).toBeDisabled();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("button", { name: /^More/ })).toBeFocused();
  await expect(pgscope.text).toHaveValue(SAID);
});

test("what the filter shows and what is selected can be handed on alone", async ({ pgscope, page }) => {
  await pgscope.row(2).click();
  await page.keyboard.press("Shift+ArrowDown");
  const dialog = await open(page, "Export");
  await expect(dialog.getByLabel("Messages", { exact: true })).toHaveValue("rows");
  await expect(dialog.getByLabel("How it looks")).toHaveText("49 00 00 00 04 5a 00 00 00 05 49");
  await dialog.getByLabel("Messages", { exact: true }).selectOption("message");
  await expect(dialog.getByRole("status")).toContainText("1 message,");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByRole("search", { name: "Filter" }).getByLabel("Which messages").selectOption("Query");
  await expect(pgscope.rows).toHaveCount(1);
  await open(page, "Export");
  await dialog.getByLabel("Messages", { exact: true }).selectOption("filter");
  await expect(dialog.getByLabel("How it looks")).toHaveText("51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00");
});

test("masked, nothing of the values is handed on; kinds can be kept", async ({ page, pgscope }) => {
  const dialog = await open(page, "Export");
  const look = dialog.getByLabel("How it looks");
  await dialog.getByLabel("As", { exact: true }).selectOption("text");
  await expect(look).toContainText("SELECT 1;");
  await dialog.getByLabel(/^Masked/).check();
  await expect(look).not.toContainText("SELECT 1;");
  await expect(look).toContainText(/SELECT \d;/);
  await dialog.getByText("What is masked").click();
  await dialog.getByLabel("texts, numbers and comments in SQL").uncheck();
  await expect(look).toContainText("SELECT 1;");
  await expect(dialog.getByText("What is masked")).toHaveText("What is masked: all but 1 of 8 kinds");
  await pgscope.expectAccessible();
});

test("a scenario is played by both simulated ends before it is handed on, and opens behind the door Learn", async ({ pgscope, page }) => {
  await page.keyboard.press("Escape");
  await pgscope.open("#sample=psql-errors");
  await expect(pgscope.title).toHaveText(/ of 86/);
  let dialog = await open(page, "Export");
  await dialog.getByLabel("As", { exact: true }).selectOption("scenario");
  await expect(dialog.getByRole("status")).toContainText("in this form");
  await expect(dialog.getByLabel("How it looks")).toContainText("[server]");
  const { name, bytes } = await saved(page, () => dialog.getByRole("button", { name: "Save", exact: true }).click());
  expect(name).toBe("pgscope.scenario");
  await dialog.getByLabel("Said by").selectOption("backend");
  await expect(dialog.getByRole("status")).toHaveText("a scenario is of a whole exchange: no message may be left out");
  await page.keyboard.press("Escape");
  await pgscope.openFile("mine.scenario", bytes);
  await expect(page.getByLabel("The scenario", { exact: true })).toHaveValue(bytes.toString());
  await expect(page).toHaveURL(/#learn=own&text=/);
  await expect(pgscope.rows.filter({ hasText: "ErrorResponse" }).first()).toBeAttached();
  await page.goBack();
  await expect(page).toHaveURL(/#sample=psql-errors/);
  await page.goto("about:blank");
  await pgscope.open("#sample=psql-errors");
  await expect(pgscope.title).toHaveText(/ of 86/);
  dialog = await open(page, "Export");
  await dialog.getByLabel("As", { exact: true }).selectOption("scenario");
  await dialog.getByRole("button", { name: "Play it in Learn" }).click();
  await expect(page.getByLabel("The scenario", { exact: true })).toHaveValue(bytes.toString());
  await page.goto("about:blank");
  await pgscope.open("#sample=psycopg2-copy");
  await expect(pgscope.rows.filter({ hasText: /Copy(In|Out)Response/ }).first()).toBeAttached();
  dialog = await open(page, "Export");
  await dialog.getByLabel("As", { exact: true }).selectOption("scenario");
  await expect(dialog.getByRole("status")).toContainText("a scenario knows the table that a COPY is of");
  await pgscope.expectAccessible();
});

test("a picture is saved as SVG, which opens again, and in twice the size as PNG", async ({ pgscope, page }) => {
  const dialog = await open(page, "Export");
  await dialog.getByLabel("As", { exact: true }).selectOption("svg");
  await expect(dialog.getByLabel("How it looks")).toContainText("<svg");
  const svg = await saved(page, () => dialog.getByRole("button", { name: "Save", exact: true }).click());
  const png = await saved(page, () => dialog.getByRole("button", { name: "Save as PNG" }).click());
  expect(png.bytes.subarray(1, 4).toString()).toBe("PNG");
  const width = Number(/width="(\d+)/.exec(svg.bytes.toString())[1]);
  expect(png.bytes.readUInt32BE(16)).toBe(2 * width);
  await page.keyboard.press("Escape");
  await pgscope.openFile("exchange.svg", svg.bytes);
  await expect(pgscope.rows).toHaveCount(3);
  await expect(pgscope.row(1)).toContainText("SELECT 1;");
});

test("another exchange beside it: pasted, a file, a sample", async ({ pgscope, page }) => {
  const dialog = await open(page, "Compare");
  const other = dialog.getByLabel("The other exchange, in any form");
  await other.fill(SAID);
  await expect(dialog.getByRole("status")).toHaveText("Nothing differs from what you pasted: 3 messages say the same.");
  await other.fill(SAID.replace("31 3b", "32 3b").replace("B: 49 00 00 00 04\n", ""));
  await expect(dialog.getByRole("status")).toContainText("1 the same, 1 differ, 1 only here, 0 only there");
  const changed = dialog.getByRole("row").filter({ hasText: "Query" });
  await expect(changed.locator("mark")).toHaveText(["“SELECT 1;”", "“SELECT 2;”"]);
  await expect(dialog.getByRole("row").filter({ hasText: "EmptyQueryResponse" })).toContainText("not said");
  await other.fill("no bytes at all");
  await expect(dialog.getByRole("status")).toContainText("The other exchange cannot be read");
  await dialog.getByLabel("A file to compare with").setInputFiles({ name: "other.bin", mimeType: "", buffer: Buffer.from("5800000004", "hex") });
  await expect(dialog.getByRole("status")).toContainText("Beside other.bin: 0 the same, 0 differ, 3 only here, 1 only there");
  // What is dropped here is the other one, too, and what is behind the dialog stays.
  await expect(other).toBeVisible();
  await pgscope.dropFiles([["dropped.bin", Buffer.from("5800000004", "hex")]], "#compare textarea");
  await expect(dialog.getByRole("status")).toContainText("Beside dropped.bin: 0 the same, 0 differ, 3 only here, 1 only there");
  await dialog.getByLabel("or a sample").selectOption("psql-connect");
  await expect(dialog.getByRole("status")).toContainText("Beside psql-connect");
  await pgscope.expectAccessible();
  await dialog.getByRole("button", { name: "1 Query" }).click();
  await expect(dialog).toBeHidden();
  await expect(pgscope.title).toHaveText(/^Query1 of 3/);
});

test("a message is made by a form, put behind another, and taken back", async ({ pgscope, page }) => {
  await pgscope.row(1).click();
  const dialog = await open(page, "Compose");
  await dialog.getByLabel("Message", { exact: true }).selectOption("Parse");
  await dialog.getByLabel("statement", { exact: true }).fill("S_1");
  await dialog.getByLabel("query", { exact: true }).fill("SELECT $1");
  await expect(dialog.getByRole("status")).toContainText("S_1");
  await expect(dialog.getByLabel("Its bytes")).toHaveText(/^50000000145/);
  await dialog.getByRole("button", { name: /^One more/ }).click();
  await expect(dialog.getByLabel("Its bytes")).toHaveText(/00000000$/);
  await dialog.getByRole("button", { name: /^Remove/ }).click();
  // A length that is wrong on purpose, and computed again.
  await dialog.getByLabel("length", { exact: true }).fill("9");
  await expect(dialog.locator(".compose-problems")).toContainText("length says 9: 20 is right");
  await dialog.getByRole("button", { name: "compute it" }).click();
  await expect(dialog.locator(".compose-problems")).toBeEmpty();
  await dialog.getByLabel("length", { exact: true }).fill("much");
  await expect(dialog.getByRole("alert").filter({ hasText: "no number" })).toBeVisible();
  await pgscope.expectAccessible();
  await dialog.getByRole("button", { name: "Insert behind 1" }).click();
  await expect(pgscope.rows).toHaveCount(4);
  await expect(pgscope.row(2)).toContainText("S_1");
  await page.keyboard.press("Control+z");
  await expect(pgscope.text).toHaveValue(SAID);
});

test("a message of the exchange is edited in the same form", async ({ pgscope, page }) => {
  await pgscope.row(3).click();
  const dialog = await open(page, "Compose");
  await dialog.getByRole("button", { name: "Edit message 3" }).click();
  // What is chosen is what is edited; chosen anew it is begun anew.
  const chosen = dialog.getByLabel("Message", { exact: true });
  await expect(chosen).toHaveValue("ReadyForQuery");
  await expect(dialog.getByRole("button", { name: "Put it in the place of 3" })).toBeVisible();
  await chosen.selectOption("Sync");
  await expect(dialog.getByRole("button", { name: /^Put it/ })).toBeHidden();
  await page.keyboard.press("Escape");
  await pgscope.row(1).click();
  await open(page, "Compose");
  await dialog.getByRole("button", { name: "Edit message 1" }).click();
  const query = dialog.getByLabel("query", { exact: true });
  await expect(query).toHaveValue("SELECT 1;");
  await query.fill("SELECT 'é';");
  await expect(dialog.getByRole("status")).toContainText("SELECT 'é';");
  await dialog.getByRole("button", { name: "Put it in the place of 1" }).click();
  await expect(pgscope.row(1)).toContainText("SELECT 'é';");
  await expect(pgscope.text).toHaveValue(SAID.replace("0e 53 45 4c 45 43 54 20 31 3b", "11 53 45 4c 45 43 54 20 27 c3 a9 27 3b"));
});

test("an answer put behind what the other end said is written in its order", async ({ pgscope, page }) => {
  await pgscope.row(3).click();
  const dialog = await open(page, "Compose");
  await dialog.getByLabel("Message", { exact: true }).selectOption("Terminate");
  await expect(dialog.getByLabel("Its bytes")).toHaveText("5800000004");
  await dialog.getByRole("button", { name: "Insert behind 3" }).click();
  await expect(pgscope.row(4)).toContainText("Terminate");
  await expect(pgscope.text).toHaveValue(`${SAID}\nF: 58 00 00 00 04\n`.replace("04\nB: 5a", "04 5a"));
});
