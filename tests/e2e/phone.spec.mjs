// A phone, and a screen magnified fourfold: three tabs, of which one is shown.
import { expect, test, THEMES } from "./page.mjs";

const SIZES = { "a phone": { width: 390, height: 844 }, "a small phone": { width: 320, height: 568 }, "1280 × 800 at 400 %": { width: 320, height: 200 } };
const tab = (page, name) => page.getByRole("tab", { name: new RegExp(`^${name}`) });
const panel = (page) => page.getByRole("tabpanel");

test("what cannot be read is told where one looks, too", async ({ pgscope, page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await pgscope.open();
  await pgscope.openFile("notes.txt", Buffer.from("Nothing in here is a message, and nothing looks like one.\n".repeat(30)));
  await expect(pgscope.messages).toContainText("No message could be read");
  await tab(page, "Bytes").click();
  await expect(page.locator(".input-problems")).toContainText("expected bytes");
});

for (const [name, size] of Object.entries(SIZES)) {
  test(`${name}: three tabs, and a tap on a row shows its message`, async ({ pgscope, page }) => {
    await page.setViewportSize(size);
    await pgscope.open();
    await expect(page.getByRole("tab")).toHaveText([/^Bytes/, /^Exchange28/, /^Message20/]);
    await expect(panel(page)).toHaveCount(1);
    // At first the page says what it is.
    await expect(tab(page, "Bytes")).toHaveAttribute("aria-selected", "true");
    await expect(page.locator(".welcome")).toBeInViewport();
    await tab(page, "Exchange").click();
    await expect(pgscope.text).toBeHidden();
    await expect(pgscope.hex).toBeHidden();
    await pgscope.row(22).click();
    await expect(tab(page, "Message")).toHaveAttribute("aria-selected", "true");
    await expect(pgscope.title).toHaveText(/^DataRow22 of 28/);
    await expect(pgscope.title).toBeInViewport();
    await expect(panel(page)).toBeFocused();
    await expect(pgscope.messages).toBeHidden();
    await pgscope.expectNoOverflow();
    await tab(page, "Bytes").click();
    await expect(pgscope.text).toBeVisible();
    await pgscope.expectNoOverflow();
    await tab(page, "Exchange").click();
    await expect(pgscope.row(22)).toHaveAttribute("aria-selected", "true");
    await pgscope.row(23).click();
    await expect(pgscope.title).toHaveText(/^DataRow23/);
    await pgscope.byte(5).scrollIntoViewIfNeeded();
    await pgscope.byte(5).click();
    await expect(pgscope.selectedField).toContainText("column count");
  });
}

test("tabs by keyboard, as tabs are", async ({ pgscope, page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await pgscope.open();
  await tab(page, "Bytes").focus();
  await page.keyboard.press("ArrowRight");
  await expect(tab(page, "Exchange")).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(tab(page, "Message")).toBeFocused();
  await expect(tab(page, "Message")).toHaveAttribute("aria-selected", "true");
  await expect(page.locator('[role="tab"][tabindex="0"]')).toHaveCount(1);
  await page.keyboard.press("ArrowRight");
  await expect(tab(page, "Bytes")).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Home");
  await expect(tab(page, "Bytes")).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("End");
  const controls = await tab(page, "Message").getAttribute("aria-controls");
  await expect(panel(page)).toHaveAttribute("id", controls);
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement.closest('[role="tabpanel"]')?.id)).toBe("pane-exchange");
  // From the list on to the bytes.
  await pgscope.messages.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(pgscope.hex).toBeFocused();
  await expect(tab(page, "Message")).toHaveAttribute("aria-selected", "true");
});

test("what leads to a message shows it, what brings an exchange shows that", async ({ pgscope, page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await pgscope.open();
  await pgscope.sample("psql-errors");
  await expect(tab(page, "Exchange")).toHaveAttribute("aria-selected", "true");
  await page.getByRole("button", { name: /^\d+ errors$/ }).click();
  await expect(tab(page, "Message")).toHaveAttribute("aria-selected", "true");
  await expect(pgscope.failure).toBeInViewport();
  await tab(page, "Exchange").click();
  await pgscope.messages.press("n");
  await expect(tab(page, "Message")).toHaveAttribute("aria-selected", "true");
  // What is pasted into the text stays in sight.
  await tab(page, "Bytes").click();
  await pgscope.paste("B: 5a 00000005 49");
  await expect(pgscope.text).toBeVisible();
  await expect(tab(page, "Exchange")).toHaveText("Exchange1");
});

test("on a wide screen there are no tabs, and all panes are seen", async ({ pgscope, page }) => {
  await pgscope.open();
  await expect(page.getByRole("tab")).toHaveCount(0);
  await expect(panel(page)).toHaveCount(0);
  for (const pane of [pgscope.text, pgscope.messages, pgscope.hex]) await expect(pane).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(panel(page)).toHaveCount(1);
});

test("where one learns, the story and the steps are seen together", async ({ pgscope, page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await pgscope.open("#learn=handshake&step=5");
  // Its own tabs are of the story, not of the page.
  await expect(page.getByRole("tablist")).toHaveCount(1);
  await expect(page.locator(".story")).toBeVisible();
  await expect(pgscope.messages).toBeVisible();
  const top = async (part) => (await part.boundingBox()).y;
  expect(await top(page.locator(".story"))).toBeLessThan(await top(pgscope.messages));
  expect(await top(page.locator(".story"))).toBeLessThan(400);
  await pgscope.expectNoOverflow();
});

for (const theme of THEMES) {
  test(`accessible in the ${theme} theme, tab by tab`, async ({ pgscope, page }) => {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.setViewportSize({ width: 390, height: 844 });
    await pgscope.open();
    for (const name of ["Bytes", "Exchange", "Message"]) {
      await tab(page, name).click();
      await pgscope.expectAccessible();
    }
  });
}
