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
