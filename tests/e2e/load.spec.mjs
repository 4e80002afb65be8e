// The page comes up: cleanly, in both themes, and with plain words where it cannot.
import { expect, test, THEMES } from "./page.mjs";

for (const theme of THEMES) {
  test(`the page loads and is accessible in the ${theme} theme`, async ({ pgscope, page }) => {
    await page.emulateMedia({ colorScheme: theme });
    await pgscope.open();
    await pgscope.expectAccessible();
  });
}

test("the host's policy and the page's own are the same, and allow nothing inline", async ({ pgscope, page, request }) => {
  await pgscope.open();
  const header = (await request.get(pgscope.address)).headers()["content-security-policy"];
  const own = await page.locator("meta[http-equiv='Content-Security-Policy']").getAttribute("content");
  expect(own).toBe(header);
  expect(header).not.toMatch(/'unsafe-(inline|eval)'/);
});

test("a page whose module is missing says so, and what to do", async ({ pgscope, page }) => {
  await page.route("**/*.wasm", (route) => route.fulfill({ status: 404 }));
  await page.goto(pgscope.address);
  const message = page.getByRole("alert");
  await expect(message.getByRole("heading")).toHaveText("Pgscope could not start");
  await expect(message).toContainText("answered 404");
  await expect(message).toContainText("Reload the page.");
  await pgscope.expectAccessible();
  // The browser and the loader each log what is missing; nothing else may be wrong.
  for (const complaint of pgscope.complaints.splice(0)) expect(complaint).toMatch(/^console: .*404/);
});

test("at first the page says what it is, that this is an example, and what to do", async ({ pgscope, page }) => {
  const welcome = page.locator(".welcome");
  await pgscope.open();
  await expect(page.getByRole("banner")).toContainText("A microscope for the PostgreSQL wire protocol");
  await expect(welcome).toContainText("An example: psql logs in and runs a query. For your own, paste over it, in any form, or drop a file. New to the protocol? Learn it step by step.");
  await page.setViewportSize({ width: 360, height: 740 });
  await expect(welcome).toContainText("A microscope for the PostgreSQL wire protocol");
  await expect(welcome).toBeInViewport();
  await pgscope.paste("58 00 00 00 04");
  await expect(welcome).toBeHidden();
  await page.reload();
  await expect(pgscope.title).toHaveText(/^Terminate/);
  await expect(welcome).toBeHidden();
  await pgscope.sample("scram");
  await expect(welcome).toBeHidden();
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });
  test("the page says what it needs, and what needs less", async ({ page, address }) => {
    await page.goto(address);
    const words = page.locator("noscript p");
    await expect(words.first()).toContainText("please allow JavaScript for this page");
    await expect(words.first()).toBeInViewport();
    await expect(page.locator(".boot-loading")).toBeHidden();
    await words.locator("a").click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Messages");
  });
});
