// Bytes are changed in the grid, in the row below it, and by mends; the text follows, and everything is taken back.
import { expect, test } from "./page.mjs";

const ONE_SHORT = "51 00 00 00 0D 53 45 4C 45 43 54 20 31 3B 00";
const RIGHT = "51 00 00 00 0E 53 45 4C 45 43 54 20 31 3B 00";

test.beforeEach(async ({ pgscope }) => {
  await pgscope.open();
});

test("digits typed in the grid change a byte, the text and the problems", async ({ pgscope }) => {
  await pgscope.paste(ONE_SHORT);
  await expect(pgscope.row(1)).toContainText("0d → 0e");
  await pgscope.edit(4);
  await pgscope.page.keyboard.press("0");
  await expect(pgscope.hex.locator(".hex-cursor")).toHaveText("0_");
  await pgscope.page.keyboard.press("e");
  await expect(pgscope.text).toHaveValue(RIGHT);
  await expect(pgscope.byte(4)).toHaveText("0e");
  await expect(pgscope.row(1)).not.toContainText("→");
  // The next byte has the focus.
  await expect(pgscope.hex).toHaveAttribute("aria-activedescendant", "byte-5");
});

test("undo and redo, by keys from everywhere and by buttons", async ({ pgscope }) => {
  await pgscope.paste(ONE_SHORT);
  await pgscope.edit(13);
  await pgscope.page.keyboard.type("20");
  await expect(pgscope.text).toHaveValue(ONE_SHORT.replace("3B", "20"));
  await pgscope.page.keyboard.press("Control+z");
  await expect(pgscope.text).toHaveValue(ONE_SHORT);
  await pgscope.page.keyboard.press("Control+Shift+Z");
  await expect(pgscope.text).toHaveValue(ONE_SHORT.replace("3B", "20"));
  await pgscope.text.focus();
  await pgscope.page.keyboard.press("Control+z");
  await expect(pgscope.text).toHaveValue(ONE_SHORT);
  const undo = pgscope.page.getByRole("button", { name: "Undo (Ctrl+Z)" });
  const redo = pgscope.page.getByRole("button", { name: "Redo (Ctrl+Shift+Z)" });
  await undo.click();
  await expect(pgscope.text).not.toHaveValue(ONE_SHORT);
  await expect(undo).toBeDisabled();
  await redo.click();
  await expect(pgscope.text).toHaveValue(ONE_SHORT);
});

test("what was typed is taken back as a whole, and with it what a wrong paste replaced", async ({ pgscope }) => {
  await pgscope.paste(ONE_SHORT);
  await pgscope.type(" 58 00");
  await expect(pgscope.row(2)).toBeVisible();
  await pgscope.paste("no bytes at all");
  await pgscope.page.keyboard.press("Control+z");
  await expect(pgscope.text).toHaveValue(`${ONE_SHORT} 58 00`);
  await pgscope.page.keyboard.press("Control+z");
  await expect(pgscope.text).toHaveValue(ONE_SHORT);
});

test("a sample, a file and a text take each other's place, and all come back", async ({ pgscope }) => {
  await pgscope.paste(ONE_SHORT);
  await pgscope.openFile("raw.bin", [0x58, 0, 0, 0, 4]);
  await expect(pgscope.row(1)).toContainText("Terminate");
  await pgscope.edit(0);
  await pgscope.page.keyboard.type("53");
  await expect(pgscope.row(1)).toContainText("Sync");
  await pgscope.pasteAnywhere("48 00 00 00 04");
  await expect(pgscope.row(1)).toContainText("Flush");
  await pgscope.page.keyboard.press("Control+z");
  await expect(pgscope.row(1)).toContainText("Sync");
  await pgscope.page.keyboard.press("Control+z");
  await expect(pgscope.row(1)).toContainText("Terminate");
  // What is left is no edit: the key stops there, and says so.
  await pgscope.page.keyboard.press("Control+z");
  await expect(pgscope.page.locator("#said")).toHaveText("No edit is left to take back. Ctrl+Z once more takes back: opening raw.bin");
  await expect(pgscope.row(1)).toContainText("Terminate");
  await pgscope.page.keyboard.press("Control+z");
  await expect(pgscope.text).toHaveValue(ONE_SHORT);
});

test("bytes are inserted and deleted", async ({ pgscope }) => {
  await pgscope.paste(RIGHT);
  await pgscope.edit(5);
  await pgscope.page.keyboard.press("Insert");
  await expect(pgscope.text).toHaveValue(RIGHT.replace("0E 53", "0E 00 53"));
  await pgscope.page.keyboard.press("Delete");
  await expect(pgscope.text).toHaveValue(RIGHT);
  await pgscope.byte(12).click();
  await pgscope.page.keyboard.press("Shift+ArrowRight");
  await expect(pgscope.page.locator(".hexbar-about")).toContainText("0x0c–0x0d");
  await pgscope.page.keyboard.press("Backspace");
  await expect(pgscope.text).toHaveValue("51 00 00 00 0E 53 45 4C 45 43 54 20 00");
});

test("the row below the bytes replaces, inserts and deletes, and refuses half a byte", async ({ pgscope }) => {
  await pgscope.paste(ONE_SHORT);
  await pgscope.byte(4).click();
  await pgscope.page.getByRole("button", { name: "Edit" }).click();
  const field = pgscope.page.getByLabel("New bytes");
  await expect(field).toHaveValue("00 00 00 0d");
  await field.fill("0000000");
  await field.press("Enter");
  await expect(pgscope.page.locator("#hex-edit")).toContainText("column");
  await expect(field).toHaveValue("0000000");
  await field.fill("0000000e");
  await field.press("Enter");
  await expect(pgscope.text).toHaveValue(RIGHT);
  await pgscope.byte(12).click();
  await field.fill('"abc"');
  await pgscope.page.getByRole("button", { name: "Insert before" }).click();
  await expect(pgscope.text).toHaveValue(RIGHT.replace("0E 53", "0E 61 62 63 53"));
  await pgscope.expectAccessible();
});

test("nothing that is typed among the bytes changes them before one begins to edit, and Esc ends that", async ({ pgscope, page }) => {
  await pgscope.paste(ONE_SHORT);
  const mode = page.locator(".hex-mode");
  await pgscope.byte(4).click();
  for (const key of ["0", "e", "a", "Insert", "Delete", "Backspace"]) {
    await page.keyboard.press(key);
    await expect(page.locator("#said")).toHaveText("Nothing was changed. Enter on a byte begins to edit, Esc ends it.");
  }
  await expect(pgscope.text).toHaveValue(ONE_SHORT);
  await expect(pgscope.hex).toHaveAttribute("aria-readonly", "true");
  await page.keyboard.press("Enter");
  await expect(mode).toBeVisible();
  await pgscope.expectAccessible();
  // One digit is none yet; Esc forgets it, and the next one ends the mode. What is pinned stays.
  await page.keyboard.press("0");
  await page.keyboard.press("Escape");
  await expect(pgscope.hex).toHaveAttribute("aria-readonly", "false");
  await page.keyboard.press("Escape");
  await expect(mode).toBeHidden();
  await page.keyboard.type("0e");
  await expect(pgscope.text).toHaveValue(ONE_SHORT);
  await expect(pgscope.hex).toHaveAttribute("aria-activedescendant", "byte-4");
  // The button begins it as well, and the keyboard is back among the bytes when it ends.
  await page.getByRole("button", { name: "Edit" }).click();
  await expect(page.getByLabel("New bytes")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(pgscope.hex).toBeFocused();
  await expect(mode).toBeHidden();
  // Another input is not changed by what was begun in this one.
  await pgscope.edit(4);
  await pgscope.openFile("raw.bin", [0x58, 0, 0, 0, 4]);
  await expect(pgscope.row(1)).toContainText("Terminate");
  await expect(pgscope.hex).toHaveAttribute("aria-readonly", "true");
});

test("the buttons say what would be taken back and done again, and a word says what was", async ({ pgscope, page }) => {
  const undo = page.getByRole("button", { name: "Undo (Ctrl+Z)" });
  const redo = page.getByRole("button", { name: "Redo (Ctrl+Shift+Z)" });
  await expect(undo).toHaveAccessibleName("Undo (Ctrl+Z)");
  await pgscope.openFile("raw.bin", [0x58, 0, 0, 0, 4]);
  await expect(undo).toHaveAccessibleName("Undo (Ctrl+Z): opening raw.bin");
  await pgscope.edit(0);
  await page.keyboard.type("53");
  await expect(undo).toHaveAttribute("title", "Undo (Ctrl+Z): Byte 0x00 is 53 now");
  await undo.click();
  await expect(page.locator("#said")).toHaveText("Taken back: Byte 0x00 is 53 now");
  await expect(pgscope.row(1)).toContainText("Terminate");
  await expect(redo).toHaveAccessibleName("Redo (Ctrl+Shift+Z): Byte 0x00 is 53 now");
  // The button says that it takes back the opening, and does.
  await undo.click();
  await expect(pgscope.selectedRow).toContainText("SELECT id,name,val,ts,d FROM t");
  await redo.click();
  await expect(pgscope.row(1)).toContainText("Terminate");
  await expect(page.locator("#said")).toHaveText("Done again: opening raw.bin");
});

test("a key that is held does not go on to what was there before the file was opened", async ({ pgscope, page }) => {
  await pgscope.openFile("raw.bin", [0x58, 0, 0, 0, 4]);
  await expect(pgscope.row(1)).toContainText("Terminate");
  await page.keyboard.down("Control");
  for (let times = 0; times < 4; times += 1) await page.keyboard.down("z");
  await page.keyboard.up("z");
  await page.keyboard.up("Control");
  await expect(pgscope.row(1)).toContainText("Terminate");
});

test("an edited file comes back after a reload as it was, and its edits can be taken back to what was opened", async ({ pgscope, page }) => {
  await pgscope.openFile("raw.bin", [0x58, 0, 0, 0, 4, 0x58, 0, 0, 0, 4]);
  await pgscope.edit(0);
  await page.keyboard.type("53");
  await expect(pgscope.row(1)).toContainText("Sync");
  await page.keyboard.press("Delete");
  await expect(page.getByRole("button", { name: "Undo (Ctrl+Z)" })).toHaveAccessibleName("Undo (Ctrl+Z): Deleted 1 byte");
  await expect(pgscope.kept).toContainText("Kept for your next visit");
  await page.waitForFunction(() => localStorage.getItem("pgscope.work").split("\n")[1].length > 90);
  await page.reload();
  await expect(page.locator(".file-name")).toHaveText("raw.bin");
  await expect(page.locator(".file")).toContainText("10 bytes");
  for (const name of ["Deleted 1 byte", "Byte 0x00 is 53 now"]) {
    await expect(page.getByRole("button", { name: "Undo (Ctrl+Z)" })).toHaveAccessibleName(`Undo (Ctrl+Z): ${name}`);
    await page.keyboard.press("Control+z");
  }
  await expect(pgscope.row(1)).toContainText("Terminate");
  await expect(pgscope.rows).toHaveCount(2);
});

test("what is taken back while the file is still read waits for it, and nothing is lost", async ({ pgscope, page }) => {
  await pgscope.openFile("raw.bin", [0x58, 0, 0, 0, 4, 0x58, 0, 0, 0, 4]);
  await pgscope.edit(0);
  await page.keyboard.type("53");
  await page.keyboard.press("Delete");
  const undo = page.getByRole("button", { name: "Undo (Ctrl+Z)" });
  await expect(undo).toHaveAccessibleName("Undo (Ctrl+Z): Deleted 1 byte");
  await expect(pgscope.kept).toContainText("Kept for your next visit");
  await page.waitForFunction(() => localStorage.getItem("pgscope.work").split("\n")[1].length > 90);
  // The bytes of a file come when they are let go.
  await page.addInitScript(() => {
    const read = Blob.prototype.arrayBuffer;
    const gate = new Promise((open) => Object.assign(window, { letGo: open }));
    Blob.prototype.arrayBuffer = function arrayBuffer() {
      return gate.then(() => read.call(this));
    };
  });
  await page.reload();
  for (const name of ["Deleted 1 byte", "Byte 0x00 is 53 now"]) {
    await expect(undo).toHaveAccessibleName(`Undo (Ctrl+Z): ${name}`);
    await page.keyboard.press("Control+z");
  }
  await expect(undo).toHaveAccessibleName("Undo (Ctrl+Z): opening raw.bin");
  await expect(pgscope.row(1)).toBeHidden();
  await page.evaluate(() => window.letGo());
  await expect(pgscope.row(1)).toContainText("Terminate");
  await expect(pgscope.rows).toHaveCount(2);
});

test("what was typed can be taken back after a reload, too", async ({ pgscope, page }) => {
  await pgscope.paste(ONE_SHORT);
  await pgscope.type(" 58");
  await expect(pgscope.kept).toContainText("Kept for your next visit");
  await page.waitForFunction(() => atob(localStorage.getItem("pgscope.work").split("\n")[1].replace(/-/g, "+").replace(/_/g, "/")).includes("typing"));
  await page.reload();
  await expect(pgscope.text).toHaveValue(`${ONE_SHORT} 58`);
  await page.getByRole("button", { name: "Undo (Ctrl+Z): typing" }).click();
  await expect(pgscope.text).toHaveValue(ONE_SHORT);
});

test("a mend is applied with one click, beside the message and in the list, and undone", async ({ pgscope }) => {
  await pgscope.paste(ONE_SHORT);
  await pgscope.page.locator(".sheet-problems").getByRole("button", { name: "Mend it" }).click();
  await expect(pgscope.text).toHaveValue(RIGHT);
  await expect(pgscope.page.locator("#said")).toContainText("Mended: 0d → 0e");
  await pgscope.page.keyboard.press("Control+z");
  await expect(pgscope.text).toHaveValue(ONE_SHORT);
  await pgscope.page.getByRole("button", { name: "1 problem" }).click();
  await pgscope.page.locator("#problems").getByRole("button", { name: "Mend it" }).click();
  await expect(pgscope.text).toHaveValue(RIGHT);
});

test("a mend of two places says both before it is made, and is taken back as one", async ({ pgscope }) => {
  const broken = "B: 44 00 00 00 0f 00 02 00 00 00 03 61 62 63 ff ff";
  const mended = "B: 44 00 00 00 11 00 02 00 00 00 03 61 62 63 ff ff ff ff";
  await pgscope.paste(broken);
  const problem = pgscope.page.locator(".sheet-problems li");
  await expect(problem).toContainText("the -1 of a NULL has two bytes here");
  await expect(problem).toContainText("0f → 11, insert ff ff");
  await pgscope.expectAccessible();
  await problem.getByRole("button", { name: "Mend it" }).click();
  await expect(pgscope.text).toHaveValue(mended);
  await expect(problem).toHaveCount(0);
  await expect(pgscope.page.locator("#said")).toContainText("Mended: 0f → 11, insert ff ff");
  await pgscope.page.keyboard.press("Control+z");
  await expect(pgscope.text).toHaveValue(broken);
  await pgscope.page.keyboard.press("Control+y");
  await expect(pgscope.text).toHaveValue(mended);
});

test("a text whose form has no room for a byte is written anew, and comes back", async ({ pgscope }) => {
  const trace = 'F\t14\tQuery\t "SELECT 1;"\n';
  await pgscope.paste(trace);
  await pgscope.edit(0);
  await pgscope.page.keyboard.type("50");
  await expect(pgscope.text).toHaveValue(/^F: 50 00 00 00 0e/);
  await expect(pgscope.page.locator("#said")).toContainText("written anew");
  await pgscope.page.keyboard.press("Control+z");
  await expect(pgscope.text).toHaveValue(trace);
});

test("a selection by mouse and by keys is copied in every form", async ({ pgscope, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const clipboard = () => pgscope.page.evaluate(() => navigator.clipboard.readText());
  await pgscope.paste(RIGHT);
  await pgscope.byte(5).hover();
  await pgscope.page.mouse.down();
  await pgscope.byte(10).hover();
  await pgscope.page.mouse.up();
  await expect(pgscope.hex.locator('[aria-selected="true"]')).toHaveCount(6);
  await pgscope.page.keyboard.press("Control+c");
  await expect.poll(clipboard).toBe("53 45 4c 45 43 54");
  const copies = pgscope.page.getByLabel("Copy these bytes as");
  for (const [form, text] of [
    ["escaped", '"SELECT"'],
    ["c", "const unsigned char bytes[] = {\n    0x53, 0x45, 0x4c, 0x45, 0x43, 0x54,\n};"],
    ["rust", "let bytes: &[u8] = &[\n    0x53, 0x45, 0x4c, 0x45, 0x43, 0x54,\n];"],
    ["go", "bytes := []byte{\n    0x53, 0x45, 0x4c, 0x45, 0x43, 0x54,\n}"],
    ["python", 'data = b"SELECT"'],
    ["base64", "U0VMRUNU"],
  ]) {
    await copies.selectOption(form);
    await expect.poll(clipboard).toBe(text);
  }
  await pgscope.hex.focus();
  await pgscope.page.keyboard.press("Control+a");
  await expect(pgscope.page.locator(".hexbar-about")).toContainText("15 bytes, selection");
  await pgscope.page.keyboard.press("Escape");
  await expect(pgscope.page.locator(".hexbar-about")).toContainText("whole message");
  const saved = pgscope.page.waitForEvent("download");
  await pgscope.page.getByRole("button", { name: "Save", exact: true }).click();
  expect((await saved).suggestedFilename()).toBe("query-1.bin");
});

test("the bytes of a message that is cut off are not called a whole one", async ({ pgscope }) => {
  await pgscope.open("#hex=F:51 00 00 00 0e 53 45");
  await expect(pgscope.page.locator(".hexbar-about")).toContainText("7 bytes, of 15 that were announced");
});

