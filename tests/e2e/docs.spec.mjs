// What messages and fields mean is fetched, a chapter at a time.
import { expect, test } from "./page.mjs";

test("only the chapters of what is looked at are fetched, each once", async ({ pgscope }) => {
  const chapters = [];
  pgscope.page.on("request", (request) => {
    const [, chapter] = /\/docs\/([a-z/-]+)\.txt$/.exec(request.url()) ?? [];
    if (chapter) chapters.push(chapter);
  });
  await pgscope.open();
  await expect(pgscope.page.locator(".meaning")).toContainText("Runs a string of SQL");
  expect(chapters).toEqual(["one/query"]);
  await pgscope.row(1).click();
  await expect(pgscope.page.locator(".meaning")).not.toContainText("Runs a string of SQL");
  await expect(pgscope.page.locator(".meaning")).not.toBeEmpty();
  const all = chapters.length;
  await pgscope.row(2).click();
  await pgscope.row(1).click();
  await expect(pgscope.page.locator(".meaning")).not.toBeEmpty();
  expect(new Set(chapters).size).toBe(chapters.length);
  expect(all).toBeGreaterThan(1);
});

test("where what a message means cannot be fetched the page says so, and fetches it later", async ({ pgscope }) => {
  await pgscope.page.route("**/docs/**/*.txt", (route) => route.abort());
  await pgscope.open();
  await expect(pgscope.page.locator(".meaning")).toContainText("could not be fetched");
  await pgscope.page.unroute("**/docs/**/*.txt");
  await pgscope.row(1).click();
  await expect(pgscope.page.locator(".meaning")).not.toContainText("could not be fetched");
  await expect(pgscope.page.locator(".meaning")).not.toBeEmpty();
  for (const complaint of pgscope.complaints.splice(0)) expect(complaint).toMatch(/docs|ERR_FAILED/);
});
