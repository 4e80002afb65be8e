// Panes: the first one folds away for a file, their borders move, and a map beside the list leads to what is worth a look.
import { inputs } from "./made.mjs";
import { expect, test } from "./page.mjs";

const border = (page, name) => page.getByRole("separator", { name });
const width = (page, pane) => page.locator(pane).evaluate((pane) => Math.round(pane.getBoundingClientRect().width));

test("the pane of the text folds away for a file that is no text, and opens again", async ({ pgscope, page }) => {
  await pgscope.open();
  const before = await width(page, ".exchange");
  await pgscope.dropFile("a.bin", [0x5a, 0, 0, 0, 5, 0x49]);
  await expect(page.locator(".file")).toContainText("a.bin");
  await expect.poll(() => width(page, ".exchange")).toBeGreaterThan(before + 200);
  expect(await page.locator(".input").evaluate((pane) => pane.getBoundingClientRect().height)).toBeLessThan(110);
  // What it says, and what can be done, is still there.
  await expect(pgscope.note).toBeInViewport();
  await expect(page.getByRole("button", { name: "Open", exact: true })).toBeInViewport();
  await expect(pgscope.sender.getByRole("button").first()).toBeInViewport();
  await pgscope.expectAccessible();
  const fold = page.getByRole("button", { name: "Show this pane" });
  await expect(fold).toHaveAttribute("aria-expanded", "false");
  await fold.click();
  await expect.poll(() => width(page, ".exchange")).toBeLessThan(before + 50);
  await page.getByRole("button", { name: "Fold this pane away" }).click();
  await page.getByRole("button", { name: "Back to text" }).click();
  await expect.poll(() => width(page, ".exchange")).toBe(before);
  await expect(pgscope.text).toBeVisible();
});

test("borders are dragged, moved by keys, remembered, and put back", async ({ pgscope, page }) => {
  await page.setViewportSize({ width: 1600, height: 900 });
  await pgscope.open();
  const [first, third] = [await width(page, ".input"), await width(page, ".inspector")];
  const handle = await border(page, "Width of the bytes").boundingBox();
  await page.mouse.move(handle.x + 4, 400);
  await page.mouse.down();
  await page.mouse.move(handle.x + 84, 420, { steps: 4 });
  await page.mouse.up();
  expect(await width(page, ".input")).toBe(first + 80);
  await border(page, "Width of the message").focus();
  const told = await border(page, "Width of the message").getAttribute("aria-valuenow");
  for (let step = 0; step < 3; step++) await page.keyboard.press("ArrowRight");
  expect(await width(page, ".inspector")).toBe(third - 48);
  await expect(border(page, "Width of the message")).not.toHaveAttribute("aria-valuenow", told);
  await pgscope.expectNoOverflow();
  await pgscope.expectAccessible();
  // From the first moment on.
  await pgscope.open("", { whole: false });
  expect([await width(page, ".input"), await width(page, ".inspector")]).toEqual([first + 80, third - 48]);
  await pgscope.parts();
  await border(page, "Width of the bytes").dblclick();
  await border(page, "Width of the message").press("Enter");
  expect([await width(page, ".input"), await width(page, ".inspector")]).toEqual([first, third]);
  await pgscope.open("", { whole: false });
  expect(await width(page, ".input")).toBe(first);
});

test("no border can be moved so far that a pane is gone, in any width", async ({ pgscope, page }) => {
  await pgscope.open();
  for (const wide of [1000, 1280, 1920, 2560]) {
    await page.setViewportSize({ width: wide, height: 800 });
    for (const key of ["Home", "End"]) {
      for (const separator of await page.getByRole("separator").all()) {
        if (await separator.isVisible()) await separator.press(key);
      }
      for (const pane of [".input", ".exchange", ".inspector"]) {
        const box = await page.locator(pane).boundingBox();
        expect(box.width, `${pane} at ${wide}, ${key}`).toBeGreaterThan(180);
        expect(box.height).toBeGreaterThan(100);
        expect(box.x + box.width).toBeLessThanOrEqual(wide + 1);
      }
      await pgscope.expectNoOverflow();
    }
  }
});

test("a map beside the list shows errors and what is found, and leads there", async ({ pgscope, page }) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  await pgscope.open("#sample=psql-errors");
  const errors = pgscope.map.locator('[data-kind="error"]');
  await expect(errors.first()).toBeVisible();
  const last = errors.last();
  const title = await last.getAttribute("title");
  const { x, y } = await last.boundingBox();
  await page.mouse.click(x + 2, y + 1);
  await expect(pgscope.title).toHaveText(new RegExp(`^ErrorResponse${title.match(/message ([\d,]+)/)[1]} of`));
  await expect(pgscope.selectedRow).toBeInViewport();
  await pgscope.messages.press("Control+f");
  await page.keyboard.type("ReadyForQuery");
  await expect(pgscope.map.locator('[data-kind="hit"]').first()).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(pgscope.map.locator('[data-kind="hit"]')).toHaveCount(0);
});

test("a map of a million messages has few marks, is asked for later, and leads to the last problem", async ({ pgscope, page }) => {
  test.setTimeout(120_000);
  await page.addInitScript(inputs);
  await pgscope.open();
  await expect(pgscope.map, "nothing is worth a look").toBeHidden();
  await page.evaluate(() => {
    const bytes = window.made.raw(30 << 20);
    const wrong = new Uint8Array([0x5a, 0, 0, 0, 5, 0x51]);
    window.dropMade("large.bin", [bytes.subarray(0, Math.floor(bytes.length / window.made.answer.length) * window.made.answer.length), wrong]);
  });
  await expect(pgscope.note).toContainText("Read as raw bytes", { timeout: 60_000 });
  const problems = pgscope.map.locator('[data-kind="problem"]');
  await expect(page.getByRole("button", { name: /problems?$/ }).first()).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(/% searched/)).toBeHidden({ timeout: 60_000 });
  await expect(problems.last()).toBeVisible();
  expect(await pgscope.map.locator("i").count()).toBeLessThan(400);
  const { x, y } = await problems.last().boundingBox();
  await page.mouse.click(x + 2, y + 1);
  await expect(pgscope.title).toHaveText(/^ReadyForQuery/);
  await expect(pgscope.selectedRow).toBeInViewport();
});
