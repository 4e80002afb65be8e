// What ties messages together: links to what a message refers to, the chain of a problem, what may come next, SQL filled in.
import { expect, test, THEMES } from "./page.mjs";
import { EXCHANGE, SQL, STARTED, WRONG, row, said, string } from "./tied.mjs";

const ties = (page) => page.locator(".ties");
const way = (page, name) => ties(page).getByRole("button", { name, exact: true });

test("a message leads to what it refers to, and Back returns, both by keyboard", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(EXCHANGE);
  await pgscope.row(12).click();
  await expect(pgscope.title).toHaveText(/^Execute12 of 17/);
  await way(page, "Bind 11").focus();
  await page.keyboard.press("Enter");
  await expect(pgscope.title).toHaveText(/^Bind11 of 17/);
  await expect(pgscope.title).toBeFocused();
  await expect(ties(page)).toContainText(SQL.slice(0, 30));
  await page.keyboard.press("Tab");
  await way(page, "Parse 4").first().click();
  await expect(pgscope.title).toHaveText(/^Parse4 of 17/);
  await page.goBack();
  await expect(pgscope.title).toHaveText(/^Bind11 of 17/);
  await page.goBack();
  await expect(pgscope.title).toHaveText(/^Execute12 of 17/);
  await page.goForward();
  await expect(pgscope.title).toHaveText(/^Bind11 of 17/);
});

test("in a sample, too, Back returns to where a link was followed", async ({ pgscope, page }) => {
  await pgscope.open("#sample=asyncpg");
  await pgscope.messages.getByText("Execute", { exact: true }).first().click();
  const title = await pgscope.title.textContent();
  await ties(page).getByRole("button", { name: /^Bind \d+$/ }).first().click();
  await expect(pgscope.title).toHaveText(/^Bind/);
  await page.goBack();
  await expect(pgscope.title).toHaveText(title);
});

test("a row leads to its description, an error to its SQL with the place marked", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(EXCHANGE);
  await pgscope.row(15).click();
  await expect(way(page, "RowDescription 9")).toBeVisible();
  const fields = [["S", "ERROR"], ["V", "ERROR"], ["C", "42P01"], ["M", "relation does not exist"], ["P", "15"]];
  const error = fields.map(([letter, words]) => Buffer.from(letter).toString("hex") + string(words)).join("");
  await pgscope.paste(`${STARTED}${said("F", "Q", string("SELECT * FROM nothing WHERE true"))}${said("B", "E", `${error}00`)}${said("B", "Z", "49")}`);
  await pgscope.row(5).click();
  await expect(way(page, "Query 4")).toBeVisible();
  await expect(pgscope.failure.locator(".sql mark")).toHaveText("nothing");
  await pgscope.failure.getByRole("button", { name: "of message 4" }).click();
  await expect(pgscope.title).toHaveText(/^Query4/);
});

test("SQL is filled in as a reading aid, and copied", async ({ pgscope, page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await pgscope.open();
  await pgscope.paste(EXCHANGE);
  await pgscope.row(11).click();
  const filled = "SELECT name FROM fruit WHERE id = 7 AND name <> '$1'";
  await expect(ties(page).locator(".sql")).toHaveText(filled);
  await expect(ties(page)).toContainText("not what was sent");
  await ties(page).getByRole("button", { name: "Copy", exact: true }).click();
  await expect(page.locator("#said")).toContainText("Copied the SQL with its parameters");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(filled);
});

test("what may come next is told with few names, and the rest on demand", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(EXCHANGE);
  await pgscope.row(15).click();
  await expect(ties(page)).toContainText("the server says DataRow");
  await pgscope.row(17).click();
  await expect(ties(page)).toContainText("the client may ask Query");
  const names = ties(page).locator(".next-part a:visible");
  await expect(names).toHaveCount(4);
  await ties(page).getByRole("button", { name: /^\d+ more$/ }).click();
  expect(await names.count()).toBeGreaterThan(6);
  await names.first().click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Query");
});

test("where nothing is sure, nothing is told", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste("B: 5a 00000005 49");
  await expect(pgscope.title).toHaveText(/^ReadyForQuery/);
  await expect(ties(page).locator("dt")).toHaveCount(0);
});

test("a problem tells which messages make it so, in the inspector and in the list", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(WRONG);
  await pgscope.row(15).click();
  const problem = page.locator(".sheet-problems li[data-severity]").first();
  await expect(problem).toContainText("because: RowDescription of message 9");
  await expect(problem).toContainText("Expected: ");
  await expect(problem.locator("a.rule")).toHaveAttribute("href", /^messages\/rule-L\d+\.html$/);
  await expect(pgscope.row(15).locator(".row-problem")).toHaveAttribute("data-severity", "error");
  await expect(pgscope.hex.locator(".run[data-bad]").first()).toBeVisible();
  await problem.getByRole("button", { name: "RowDescription of message 9" }).click();
  await expect(pgscope.title).toHaveText(/^RowDescription9 of 17/);
  await page.goBack();
  await expect(pgscope.title).toHaveText(/^DataRow15 of 17/);
  await page.getByRole("button", { name: /problems?$/ }).click();
  const list = page.getByRole("group", { name: "Problems" });
  await expect(list).toContainText("Expected: ");
  await list.getByRole("button", { name: "RowDescription of message 9", exact: true }).click();
  await expect(pgscope.title).toHaveText(/^RowDescription9 of 17/);
});

test("what one rule finds several times is folded, and opened on demand", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(EXCHANGE.replace(row("pear"), row("pear", "plum").repeat(3)).replace("SELECT 1", "SELECT 3"));
  await page.getByRole("button", { name: /problems$/ }).click();
  const list = page.getByRole("group", { name: "Problems" });
  const folded = list.locator(".several-problems");
  await expect(folded).toHaveCount(1);
  await expect(folded).toContainText("3 errors");
  await folded.getByRole("button").click();
  await expect(list.locator(".problems-scroll li[data-severity]")).toHaveCount(3);
  await list.getByRole("button", { name: "all rules" }).click();
  await expect(folded).toBeVisible();
});

for (const theme of THEMES) {
  test(`accessible in the ${theme} theme: a chain, links, SQL, and the list of problems`, async ({ pgscope, page }) => {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await pgscope.open();
    await pgscope.paste(WRONG);
    await page.getByRole("button", { name: /problems?$/ }).click();
    await pgscope.row(15).click();
    await expect(page.locator(".sheet-problems .chain")).toBeVisible();
    await pgscope.expectAccessible();
    await pgscope.row(11).click();
    await expect(ties(page).locator(".sql")).toBeVisible();
    await pgscope.expectAccessible();
    await page.setViewportSize({ width: 390, height: 800 });
    await pgscope.expectNoOverflow();
  });
}
