// The door Talk: one is one end oneself.
import { expect, test, THEMES } from "./page.mjs";

test("the client is let in line by line, takes one back, and a link holds it", async ({ pgscope, page }) => {
  await pgscope.open();
  await page.getByRole("link", { name: "Talk", exact: true }).click();
  const line = page.getByLabel("Say a message, or sql …");
  await expect(line).toBeVisible();
  const may = page.getByRole("group", { name: "What may be said now" });
  await expect(may.getByRole("button", { name: "StartupMessage" })).toBeVisible();
  await line.fill("startup alice shop");
  await line.press("Enter");
  await expect(pgscope.title).toContainText("ReadyForQuery");
  await expect(page.locator(".missions li").first()).toHaveAttribute("data-done", "");
  await expect(may.getByRole("button", { name: "Query", exact: true })).toBeVisible();
  await line.fill("sql SELECT id, name FROM fruit");
  await page.getByRole("button", { name: "Say it" }).click();
  await expect(page.locator(".missions li").nth(1)).toHaveAttribute("data-done", "");
  await expect(page).toHaveURL(/#talk=client&said=startup%20alice%20shop%0Asql%20SELECT/);
  const address = page.url();
  await page.getByRole("button", { name: "Take the last one back" }).click();
  await expect(page.locator(".talk-script li")).toHaveCount(1);
  await expect(page.locator(".missions li").nth(1)).not.toHaveAttribute("data-now", "");
  await page.goto("about:blank");
  await page.goto(address);
  await expect(page.locator(".talk-script li")).toHaveCount(2);
  await expect(pgscope.title).toContainText("ReadyForQuery");
  // Back to one's own bytes.
  await page.getByRole("link", { name: "Decode", exact: true }).click();
  await expect(pgscope.text).toBeVisible();
});

test("a line that says nothing is located, and stays to be mended", async ({ pgscope, page }) => {
  await pgscope.open("#talk=client");
  const line = page.getByLabel("Say a message, or sql …");
  await line.fill("Qwery \"SELECT 1\"");
  await line.press("Enter");
  await expect(page.locator(".talk-trouble")).toContainText("^^^^");
  await expect(line).toHaveValue("Qwery \"SELECT 1\"");
  await line.fill("hex 53 0");
  await line.press("Enter");
  await expect(page.locator(".talk-trouble")).toContainText("two hexadecimal digits make a byte");
  await line.fill("");
  await line.press("Enter");
  await expect(page.locator(".talk-trouble")).toContainText("Write a message");
});

test("what may not be said may be said all the same, and is seen to end it", async ({ pgscope, page }) => {
  await pgscope.open("#talk=client&said=startup%20alice%20shop");
  await expect(pgscope.title).toContainText("ReadyForQuery");
  await page.getByLabel("Any other message").selectOption({ label: "CopyFail" });
  const line = page.getByLabel("Say a message, or sql …");
  await expect(line).toHaveValue(/^CopyFail/);
  await line.fill("hex 51 00 00 00 01");
  await line.press("Enter");
  await expect(page.getByRole("region", { name: "The server" }).locator(".program-sign")).toHaveText("closed");
});

test("what reaches nobody is told, and stays to be said elsewhere", async ({ pgscope, page }) => {
  await pgscope.open("#talk=client&said=startup%20alice%20shop%0ATerminate");
  await expect(page.locator(".talk-script li")).toHaveCount(2);
  const line = page.getByLabel("Say a message, or sql …");
  await line.fill("sql SELECT 1");
  await line.press("Enter");
  await expect(page.locator(".talk-trouble")).toContainText("The server has closed this connection");
  await expect(line).toHaveValue("sql SELECT 1");
  await expect(page.locator(".talk-script li")).toHaveCount(2);
  await page.getByRole("button", { name: "Take the last one back" }).click();
  await line.press("Enter");
  await expect(page.locator(".talk-script li").last()).toContainText("sql SELECT 1");
});

test("the server lets psql in and answers it", async ({ pgscope, page }) => {
  await pgscope.open("#talk=client");
  await page.getByRole("button", { name: "server", exact: true }).click();
  await expect(pgscope.title).toContainText("SSLRequest");
  const line = page.getByLabel("Say a message, or sql …");
  for (const said of ["hex 4e", "AuthenticationOk", "ReadyForQuery idle", "CommandComplete \"SELECT 0\"", "ReadyForQuery idle"]) {
    await line.fill(said);
    await line.press("Enter");
    await expect(line).toHaveValue("");
    await expect(page.locator(".talk-script li").last()).toContainText(said);
  }
  await expect(pgscope.title).toContainText("Terminate");
  await expect(page.locator(".missions li[data-now]")).toHaveCount(3);
});

test("a query is cancelled over a second connection, which is seen beside the first", async ({ pgscope, page }) => {
  await pgscope.open("#talk=client&said=startup%20alice%20shop%0Asql%20SELECT%20pg_sleep(10)");
  const mission = page.locator(".missions li").filter({ hasText: "Cancel a query" });
  await expect(mission).not.toHaveAttribute("data-done", "");
  const line = page.getByLabel("Say a message, or sql …");
  await line.fill("beside Qwery");
  await line.press("Enter");
  await expect(page.locator(".talk-trouble")).toContainText("       ^");
  // The key stands in BackendKeyData.
  await pgscope.rows.filter({ hasText: "BackendKeyData" }).first().click();
  const key = (await page.locator(".line-field").last().textContent()).replaceAll(" ", "");
  await line.fill(`beside CancelRequest request_code=80877102 process_id=4711 secret_key=\\x${key}`);
  await line.press("Enter");
  await expect(mission).toHaveAttribute("data-now", "");
  await expect(pgscope.rows.filter({ hasText: "57014" }).first()).toBeAttached();
  await expect(page.getByRole("region", { name: "connection 2", exact: true }).getByRole("listitem")).toContainText("CancelRequest");
});

test("what was said is a scenario, to be saved or written on", async ({ pgscope, page }) => {
  await pgscope.open("#talk=client&said=startup%20alice%20shop%0Asql%20SELECT%201");
  await expect(page.locator(".talk-script li")).toHaveCount(2);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save as a scenario" }).click()]);
  expect(download.suggestedFilename()).toBe("talk.scenario");
  await page.getByRole("button", { name: "Write on as a scenario" }).click();
  await expect(page.getByLabel("The scenario", { exact: true })).toHaveValue(/\[client\]\nsays 1000us 00 00 00 22/);
  await expect(page).toHaveURL(/learn=own&text=/);
  await expect(pgscope.rows.filter({ hasText: "SELECT 1" }).first()).toBeAttached();
});

for (const theme of THEMES) {
  test(`accessible in the ${theme} theme: talking, wide and on a phone`, async ({ pgscope, page }) => {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    for (const [width, height] of [[1456, 819], [390, 844]]) {
      await page.setViewportSize({ width, height });
      await pgscope.open("#talk=client&said=startup%20alice%20shop%0Asql%20SELECT%201");
      await expect(page.locator(".talk-script li")).toHaveCount(2);
      await pgscope.expectAccessible();
      await pgscope.expectNoOverflow();
    }
  });
}

test("a scenario of one's own is played while one writes, its mistakes are located, and a link holds it", async ({ pgscope, page }) => {
  await pgscope.open("#learn=own");
  const text = page.getByLabel("The scenario", { exact: true });
  await expect(text).toHaveValue(/My scenario/);
  await expect(pgscope.rows.filter({ hasText: "Terminate" })).toHaveCount(1);
  await text.fill((await text.inputValue()).replace("terminate", "query SELECT 2\nterminate"));
  await expect(pgscope.rows.filter({ hasText: "SELECT 2" }).first()).toBeAttached();
  await text.fill((await text.inputValue()).replace("query SELECT 2", "qwery SELECT 2"));
  await expect(page.locator("#own-trouble")).toContainText(/line \d+, column \d+: /);
  await expect(pgscope.rows.filter({ hasText: "Terminate" })).toHaveCount(1);
  await text.fill((await text.inputValue()).replace("qwery SELECT 2", "query SELECT 3"));
  await expect(page.locator("#own-trouble")).toBeHidden();
  await expect(page).toHaveURL(/learn=own&text=.*SELECT%203/);
  const address = page.url();
  await page.getByRole("group", { name: "Lines for this section" }).getByRole("button").first().click();
  await expect(text).toHaveValue(/segments|latency = 20ms|seed = 1|tls/);
  await page.goto("about:blank");
  await page.goto(address);
  await expect(text).toHaveValue(/SELECT 3/);
  await pgscope.expectAccessible();
  // And from a scenario of the course.
  await pgscope.open("#learn=simple-query");
  await page.getByRole("button", { name: "Write on at this scenario" }).click();
  await expect(text).toHaveValue(/A simple query/);
  // What one had is not lost by beginning anew.
  await page.getByRole("button", { name: "Begin anew" }).click();
  await expect(text).toHaveValue(/My scenario/);
  await page.getByRole("button", { name: "Bring it back" }).click();
  await expect(text).toHaveValue(/A simple query/);
});

test("a message is filled in by its form, said, and may be wrong on purpose", async ({ pgscope, page }) => {
  await pgscope.open("#talk=client&said=startup%20alice%20shop");
  await expect(pgscope.title).toContainText("ReadyForQuery");
  await page.getByRole("button", { name: "Fill in a form …" }).click();
  const dialog = page.getByRole("dialog", { name: "Compose a message" });
  await dialog.getByLabel("Message", { exact: true }).selectOption("Query");
  await dialog.getByLabel("query", { exact: true }).fill("SELECT 1");
  await expect(dialog.locator(".compose-sum")).toContainText("14 bytes");
  await pgscope.expectAccessible();
  await dialog.getByRole("button", { name: "Say it" }).click();
  await expect(page.locator(".talk-script li")).toHaveCount(2);
  await expect(page.locator(".talk-script li").last()).toHaveText("hex 51 00 00 00 0d 53 45 4c 45 43 54 20 31 00");
  await expect(pgscope.rows.filter({ hasText: "RowDescription" })).toHaveCount(1);
  // A length that counts the tag: the server waits for one byte more.
  await page.getByRole("button", { name: "Fill in a form …" }).click();
  await dialog.getByLabel("Message", { exact: true }).selectOption("Query");
  await expect(dialog.getByLabel("query", { exact: true })).toHaveValue("SELECT 1");
  await dialog.getByLabel("length", { exact: true }).fill("14");
  await dialog.getByRole("button", { name: "Say it" }).click();
  await expect(page.locator(".talk-script li")).toHaveCount(3);
  await expect(page.getByRole("region", { name: "The server", exact: true }).locator(".program-sign")).toHaveText("‖ blocked in read(10), has 9, 1 to come");
  // What was filled in stays until one empties it.
  await page.getByRole("button", { name: "Fill in a form …" }).click();
  await dialog.getByLabel("Message", { exact: true }).selectOption("Query");
  await expect(dialog.getByLabel("query", { exact: true })).toHaveValue("SELECT 1");
  await dialog.getByRole("button", { name: "Empty the form" }).click();
  await expect(dialog.getByLabel("query", { exact: true })).toHaveValue("");
  await expect(dialog.locator(".compose-sum")).toContainText("6 bytes");
});
