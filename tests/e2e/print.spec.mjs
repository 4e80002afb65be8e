// What is printed: the whole list and all bytes, light, without what is there to be clicked.
import { inputs } from "./made.mjs";
import { expect, test } from "./page.mjs";

const printed = (page) => page.locator(".exchange .printed");
const prints = async (page) => {
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
};

test("the page prints all messages, the bytes and the fields of the selected one, and no controls", async ({ pgscope, page }) => {
  await page.setViewportSize({ width: 1280, height: 500 });
  await pgscope.open();
  await pgscope.sample("psql-errors");
  await expect(pgscope.title).toHaveText(/ of 86/);
  const lines = await pgscope.rows.count();
  await prints(page);
  // 86 messages and the lines above them, of which the screen has room for some.
  expect(await printed(page).locator(".row").count()).toBeGreaterThan(86);
  expect(lines).toBeLessThan(86);
  await expect(printed(page).locator(".row").last()).toContainText("Terminate");
  await expect(printed(page)).not.toContainText("not printed");
  await expect(page.locator(".hex .printed .hex-line").first()).toBeVisible();
  await expect(pgscope.fields).toBeVisible();
  for (const hidden of [pgscope.messages, pgscope.hex, page.getByRole("banner"), page.locator(".input"), page.locator(".tools"), page.locator(".hexbar")]) {
    await expect(hidden).toBeHidden();
  }
  expect(await page.evaluate(() => getComputedStyle(document.querySelector(".pane.exchange")).backgroundColor)).toBe("rgb(255, 255, 255)");
  await expect(page.locator(".printed > [id]"), "what leads to a line leads to the one on the screen").toHaveCount(0);
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  await expect(printed(page)).toBeEmpty();
});

test("a browser that prints tells the page, and the paper has what the screen has not", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.sample("psql-errors");
  await expect(pgscope.title).toHaveText(/ of 86/);
  await page.evaluate(() => addEventListener("beforeprint", () => (window.rowsForPaper = document.querySelectorAll(".exchange .printed .row").length)));
  await page.pdf();
  expect(await page.evaluate(() => window.rowsForPaper)).toBeGreaterThan(86);
  await expect(printed(page)).toBeEmpty();
});

test("of a long list a thousand lines are printed, from the first that is seen on, and the paper says which", async ({ pgscope, page }) => {
  await page.addInitScript(inputs);
  await page.addInitScript(() => (window.print = () => (window.asPrinted = document.querySelector(".exchange .printed").textContent)));
  await pgscope.open();
  await page.evaluate(() => window.dropMade("large.bin", [window.made.raw(20 << 20)]));
  await expect(pgscope.note).toContainText("Read as raw bytes", { timeout: 20_000 });
  await pgscope.messages.press("Shift+ArrowRight");
  // The engine is in its worker and answers later: the page asks it first, and prints then.
  const asPrinted = () => page.evaluate(() => window.asPrinted);
  await pgscope.messages.press("Control+p");
  await expect.poll(asPrinted, { timeout: 20_000 }).toMatch(/^Lines 1 to 1,000 of [\d,]{6,}, folded as on the screen.*[\d,]{6,} lines more, not printed$/);
  await expect(printed(page).locator(".row")).toHaveCount(1000);
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  const first = await pgscope.title.textContent();
  await pgscope.messages.press("End");
  // The first row is in view, too: what is waited for is the last.
  await expect(pgscope.title).not.toHaveText(first);
  await expect(pgscope.selectedRow).toBeInViewport();
  await pgscope.messages.press("Control+p");
  await expect.poll(asPrinted, { timeout: 20_000 }).toMatch(/^Lines ([\d,]+) to ([\d,]+) of \2, /);
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  // Folded and filtered as on the screen.
  await pgscope.messages.press("Shift+ArrowLeft");
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByLabel("Which messages").selectOption("CommandComplete");
  await expect(page.locator(".bar-count").last()).toContainText(" of ");
  await pgscope.messages.press("Home");
  await pgscope.messages.press("Control+p");
  await expect.poll(asPrinted, { timeout: 20_000 }).toMatch(/Only what the filter shows, [\d,]+ of [\d,]+ messages: CommandComplete\./);
});

test("a browser that prints a long list is done in moments, and says where nothing was ready", async ({ pgscope, page }) => {
  await page.addInitScript(inputs);
  await pgscope.open();
  await page.evaluate(() => window.dropMade("large.bin", [window.made.raw(36 << 20)]));
  await expect(pgscope.note).toContainText("Read as raw bytes", { timeout: 40_000 });
  await pgscope.messages.press("Shift+ArrowRight");
  await page.evaluate(() => addEventListener("afterprint", () => (window.elements = document.querySelectorAll("*").length), { capture: true }));
  await page.pdf();
  expect(await page.evaluate(() => window.elements)).toBeLessThan(20_000);
  // Looked at in the same instant, as a browser does that prints: the answer is awaited by nobody.
  const onPaper = await printed(page).evaluate((place) => {
    dispatchEvent(new Event("beforeprint"));
    return place.textContent;
  });
  expect(onPaper).toContain("Print with Ctrl+P in the page");
});
