// Errors of the server: rows of their own colour, told above everything, and reached by n and p.
import { expect, test, THEMES } from "./page.mjs";

const titles = async (page, key, count) => {
  const seen = [];
  for (let step = 0; step < count; step++) {
    const before = await page.locator("#inspector-title").textContent();
    await page.keyboard.press(key);
    await expect(page.locator("#inspector-title")).not.toHaveText(before);
    seen.push(await page.locator("#inspector-title > span").first().textContent());
  }
  return seen;
};

test("n and p stop at errors, and a chip leads to them", async ({ pgscope, page }) => {
  await pgscope.open("#sample=psql-errors");
  await expect(pgscope.title).toHaveText(/ of \d+/);
  await pgscope.messages.press("Home");
  await pgscope.messages.press("ArrowDown");
  expect(await titles(page, "n", 3)).toEqual(["ErrorResponse", "ErrorResponse", "ErrorResponse"]);
  expect(await titles(page, "p", 2)).toEqual(["ErrorResponse", "ErrorResponse"]);
  const first = await pgscope.title.textContent();
  const chip = page.getByRole("button", { name: /^\d+ errors$/ });
  const count = Number((await chip.textContent()).split(" ")[0]);
  for (let step = 0; step < count; step++) await chip.click();
  await expect(pgscope.title, "round the end").toHaveText(first);
  await expect(pgscope.title).toHaveText(/^ErrorResponse/);
});

test("between problems, errors are stops too", async ({ pgscope, page }) => {
  const text = (words) => `${Buffer.from(words).toString("hex")}00`;
  const error = `${["SERROR", "C42601", "Mwrong"].map(text).join("")}00`;
  const said = (tag, body) => `B: ${Buffer.from(tag).toString("hex")}${(body.length / 2 + 4).toString(16).padStart(8, "0")}${body}\n`;
  await pgscope.open();
  await pgscope.paste(`${said("Z", "49")}${said("Z", "51")}${said("E", error)}${said("Z", "51")}`);
  await pgscope.row(1).click();
  await pgscope.messages.focus();
  for (const number of [2, 3, 4]) {
    await page.keyboard.press("n");
    await expect(pgscope.title).toHaveText(new RegExp(`${number} of 4`));
  }
  for (const number of [3, 2]) {
    await page.keyboard.press("p");
    await expect(pgscope.title).toHaveText(new RegExp(`${number} of 4`));
  }
});

test("an error has a colour of its own, and its sentence stands above everything, with its place in the SQL", async ({ pgscope, page }) => {
  await pgscope.open("#sample=psql-errors");
  const row = pgscope.messages.locator(".row[data-fails]").first();
  await expect(row).toBeVisible();
  const colour = (of) => of.evaluate((row) => getComputedStyle(row).backgroundColor);
  expect(await colour(row)).not.toBe(await colour(pgscope.messages.locator('.row[data-side="backend"]:not([data-fails])').first()));
  await row.click();
  const says = pgscope.failure.locator(".failure-says");
  await expect(says).toHaveText('syntax error at or near "SELEC"');
  await expect(pgscope.failure).toContainText("ERROR 42601 syntax_error");
  await expect(pgscope.failure.locator(".sql")).toHaveText("SELEC 1;");
  await expect(pgscope.failure.locator(".sql mark")).toHaveText("SELEC");
  const [sentence, title] = [await says.boundingBox(), await pgscope.title.boundingBox()];
  expect(sentence.y + sentence.height).toBeLessThan(title.y);
  const size = (of) => of.evaluate((of) => parseFloat(getComputedStyle(of).fontSize));
  expect(await size(says)).toBeGreaterThan(await size(pgscope.title));
  expect(await says.evaluate((says) => [says.scrollWidth - says.clientWidth, says.scrollHeight - says.clientHeight])).toEqual([0, 0]);
  await pgscope.row(1).click();
  await expect(pgscope.failure).toBeHidden();
});

test("a long sentence is whole, with detail and hint", async ({ pgscope }) => {
  const text = (words) => `${Buffer.from(words).toString("hex")}00`;
  const long = `a sentence ${"that goes on and on ".repeat(30)}to its end`;
  const body = `${["SERROR", "C23505", `M${long}`, "DKey (id)=(1) already exists.", "HTake another key."].map(text).join("")}00`;
  await pgscope.open();
  await pgscope.paste(`B: 45${(body.length / 2 + 4).toString(16).padStart(8, "0")}${body}`);
  await expect(pgscope.failure.locator(".failure-says")).toHaveText(long);
  await expect(pgscope.failure).toContainText("23505 unique_violation");
  await expect(pgscope.failure).toContainText("Detail: Key (id)=(1) already exists.");
  await expect(pgscope.failure).toContainText("Hint: Take another key.");
});

for (const theme of THEMES) {
  test(`accessible in the ${theme} theme: an error selected, and on a phone`, async ({ pgscope, page }) => {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await pgscope.open("#sample=psql-errors");
    await pgscope.messages.locator(".row[data-fails]").first().click();
    await expect(pgscope.failure).toBeVisible();
    await pgscope.expectAccessible();
    await page.setViewportSize({ width: 360, height: 740 });
    await expect(pgscope.failure).toBeInViewport();
    await pgscope.expectNoOverflow();
    await pgscope.expectAccessible();
  });
}
