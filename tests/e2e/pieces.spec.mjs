// An input that does not say who sent its pieces: whose each is taken for, and one click turns it round.
import { expect, test, THEMES } from "./page.mjs";

const LINES = "51 00 00 00 0a 42 45 47 49 4e 00\n43 00 00 00 0a 42 45 47 49 4e 00 5a 00 00 00 05 54\n58 00 00 00 04";
const NAMED = "alice: 5a 00 00 00 05 49\nbob: 51 00 00 00 0a 42 45 47 49 4e 00\nalice: 5a 00 00 00 05 54";

const pieces = (page) => page.getByRole("group", { name: "Who sent each piece" });
const sides = (page) => page.locator(".row").evaluateAll((rows) => rows.map((row) => row.dataset.side).filter(Boolean));

test("each piece says whose it is taken for, and a click turns it round", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(LINES);
  await pgscope.messages.press("Shift+ArrowRight");
  const items = pieces(page).getByRole("listitem");
  await expect(items).toHaveCount(3);
  await expect(items.nth(0)).toHaveText(/^frontend ⇄ Query, 11 bytes, line 1$/);
  await expect(items.nth(1)).toHaveText(/^backend ⇄ CommandComplete, 17 bytes, line 2$/);
  await expect(items.nth(2)).toHaveText(/^frontend ⇄ Terminate, 5 bytes, line 3$/);
  // What stands above is about all of them, not about the first.
  const taken = pgscope.sender.getByRole("button", { pressed: true });
  await expect(taken).toHaveText(/^both, piece by piece fits/);
  await pgscope.sender.getByRole("button", { name: "2 more" }).click();
  await expect(pgscope.sender.getByRole("button", { name: /^all by the/ })).toHaveText([/^all by the frontend (hardly|does not|fits)/, /^all by the backend (hardly|does not|fits)/]);
  await pgscope.expectAccessible();
  await items.nth(2).getByRole("button", { name: "frontend ⇄" }).click();
  await expect(items.nth(2)).toHaveText(/^backend ⇄/);
  await expect(items.nth(2).getByRole("button", { name: "backend ⇄" })).toHaveAttribute("aria-pressed", "true");
  await expect(items.nth(2).getByRole("button", { name: "backend ⇄" })).toBeFocused();
  expect(await sides(page)).toEqual(["frontend", "backend", "backend", "backend"]);
  // It is kept over a reload, and in a link.
  await expect(pgscope.kept).toContainText("Kept for your next visit");
  await page.waitForFunction(() => /turn=3/.test(localStorage.getItem("pgscope.work")));
  await page.reload();
  await expect(items.nth(2)).toHaveText(/^backend ⇄/);
  await pgscope.parts();
  await pieces(page).getByRole("button", { name: "as guessed again" }).click();
  await expect(items.nth(2)).toHaveText(/^frontend ⇄/);
  await items.nth(1).getByRole("button", { name: "CommandComplete" }).click();
  await expect(pgscope.title).toHaveText(/^CommandComplete/);
});

test("all pieces of one name are turned round at once, also by a link", async ({ pgscope, page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await pgscope.open();
  await pgscope.paste(NAMED);
  await expect.poll(() => sides(page)).toContain("backend");
  const alice = pieces(page).getByRole("button", { name: "alice is" });
  await expect(alice).toHaveText("alice is the backend ⇄");
  await alice.click();
  await expect(alice).toHaveText("alice is the frontend ⇄");
  await expect(alice).toHaveAttribute("aria-pressed", "true");
  await page.getByRole("button", { name: "Link" }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/&turn=alice/);
  const address = await page.evaluate(() => navigator.clipboard.readText());
  await page.goto("about:blank");
  await page.goto(address);
  await expect(alice).toHaveText("alice is the frontend ⇄");
});

test("one end may have sent all of them, and each is guessed again", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(LINES);
  const both = pgscope.sender.getByRole("button", { name: /^both, piece by piece/ });
  await expect(both).toHaveAttribute("aria-pressed", "true");
  const others = pgscope.sender.getByRole("button", { name: / more$/ });
  if (await others.isVisible()) await others.click();
  await pgscope.sender.getByRole("button", { name: /^all by the backend/ }).click();
  await expect(pgscope.sender).toHaveAccessibleName("Sent by: as you say");
  expect([...new Set(await sides(page))]).toEqual(["backend"]);
  await pgscope.sender.getByRole("button", { name: "guess again" }).click();
  await expect(both).toHaveAttribute("aria-pressed", "true");
});

test("an input that says who sent what, and one of one piece, ask nothing", async ({ pgscope, page }) => {
  await pgscope.open();
  for (const text of ["F: 58 00 00 00 04\nB: 5a 00 00 00 05 49", "58 00 00 00 04"]) {
    await pgscope.paste(text);
    await expect(pgscope.note).toContainText("bytes, ");
    await expect(pieces(page)).toBeHidden();
  }
});

for (const theme of THEMES) {
  test(`accessible in the ${theme} theme, narrow and wide`, async ({ pgscope, page }) => {
    await page.emulateMedia({ colorScheme: theme });
    await pgscope.open();
    await pgscope.paste(NAMED);
    await expect(pieces(page)).toBeVisible();
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      await pgscope.expectAccessible();
      await pgscope.expectNoOverflow();
    }
  });
}

test("turning pieces round is a step of the history, which says so", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(LINES);
  const items = pieces(page).getByRole("listitem");
  await items.nth(2).getByRole("button", { name: "frontend ⇄" }).click();
  await expect(items.nth(2)).toHaveText(/^backend ⇄/);
  await expect(page.getByRole("button", { name: "Undo (Ctrl+Z)" })).toHaveAccessibleName("Undo (Ctrl+Z): turning piece 3 round");
  await page.keyboard.press("Control+z");
  await expect(items.nth(2)).toHaveText(/^frontend ⇄/);
  await expect(page.getByText("Taken back: turning piece 3 round")).toBeAttached();
  await page.keyboard.press("Control+y");
  await expect(items.nth(2)).toHaveText(/^backend ⇄/);
  await pgscope.paste(NAMED);
  const alice = pieces(page).getByRole("button", { name: "alice is" });
  await alice.click();
  await expect(alice).toHaveText("alice is the frontend ⇄");
  await page.keyboard.press("Control+z");
  await expect(alice).toHaveText("alice is the backend ⇄");
});

test("a byte that is changed leaves guessed pieces whose they were, and the text in its form", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(LINES);
  const items = pieces(page).getByRole("listitem");
  await expect(items).toHaveText([/^frontend/, /^backend/, /^frontend/]);
  await items.nth(0).getByRole("button", { name: "Query" }).click();
  await pgscope.edit(0);
  // A DataRow is the server's.
  await page.keyboard.type("44");
  await expect(pgscope.text).toHaveValue(LINES.replace(/^51/, "44"));
  await expect(items).toHaveText([/^frontend/, /^backend/, /^frontend/]);
  await page.keyboard.press("Control+z");
  await expect(pgscope.text).toHaveValue(LINES);
  await expect(items).toHaveText([/^frontend/, /^backend/, /^frontend/]);
});

test("what was taken back can be done again after a reload", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(LINES);
  const items = pieces(page).getByRole("listitem");
  await items.nth(2).getByRole("button", { name: "frontend ⇄" }).click();
  await expect(items.nth(2)).toHaveText(/^backend ⇄/);
  await page.waitForFunction(() => /turn=3/.test(localStorage.getItem("pgscope.work")));
  await page.keyboard.press("Control+z");
  await expect(items.nth(2)).toHaveText(/^frontend ⇄/);
  await page.waitForFunction(() => !/turn=3/.test(localStorage.getItem("pgscope.work").split("\n")[0]));
  await page.reload();
  await expect(items.nth(2)).toHaveText(/^frontend ⇄/);
  await pgscope.parts();
  await page.keyboard.press("Control+y");
  await expect(items.nth(2)).toHaveText(/^backend ⇄/);
});
