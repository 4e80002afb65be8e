// The reference: a page for each message, request, state and mistake, and an index of all; with and without scripts.
import { expect, test, THEMES } from "./page.mjs";
import { DIST, filesOf } from "./site.mjs";
import { join } from "node:path";

const PAGES = filesOf(join(DIST, "messages")).filter((name) => name.endsWith(".html") && name !== "index.html");
const at = (address, name) => new URL(`messages/${name}`, address).href;
const heading = (page) => page.getByRole("heading", { level: 1 });

test("the door Messages leads to the index, and from there to a message and back", async ({ pgscope, page }) => {
  await pgscope.open();
  await page.getByRole("link", { name: "Messages", exact: true }).click();
  await expect(heading(page)).toHaveText("Messages");
  const index = page.locator(".ref-list");
  await expect(index.getByRole("link")).toHaveCount(PAGES.length);
  await index.getByRole("link", { name: "Bind", exact: true }).click();
  await expect(heading(page)).toContainText("Bind");
  await page.getByRole("link", { name: "BindComplete →" }).click();
  await expect(heading(page)).toContainText("BindComplete");
  await page.locator(".ref-facts").getByRole("link", { name: "Bind", exact: true }).click();
  await page.getByRole("link", { name: "Decode", exact: true }).click();
  await expect(pgscope.messages).toBeVisible();
});

test("the index is filtered by name, type, sender and words", async ({ pgscope, page }) => {
  await page.goto(at(pgscope.address, ""));
  const shown = page.locator(".ref-list li:visible");
  const status = page.locator("#filter").getByRole("status");
  for (const [words, names] of [
    ["bind", ["Bind", "BindComplete"]],
    ["0x42 frontend", ["Bind"]],
    ["Z", ["ReadyForQuery"]],
    ["no such message", []],
  ]) {
    await page.getByLabel("Filter").fill(words);
    await expect(status).toHaveText(`${names.length} of ${PAGES.length}`.replace(/^.* of/, (await shown.count()) + " of"));
    const found = await shown.getByRole("link").allTextContents();
    for (const name of names) expect(found).toContain(name);
    if (names.length === 0) expect(found).toEqual([]);
  }
  await page.getByLabel("Filter").fill("");
  await expect(shown).toHaveCount(PAGES.length);
});

test("the bytes of a page open in the playground", async ({ pgscope, page }) => {
  await page.goto(at(pgscope.address, "bind.html"));
  const link = page.getByRole("link", { name: "Open these bytes in the playground" });
  await expect(link).toHaveAttribute("href", /^\.\.\/#hex=42[0-9a-f]+&from=frontend$/);
  await link.click();
  await expect(pgscope.messages).toBeVisible();
});

test("a mistake shows where right and wrong part, and both open in the playground", async ({ pgscope, page }) => {
  await page.goto(at(pgscope.address, ""));
  await page.getByRole("link", { name: /^L28 / }).click();
  await expect(page.locator(".ref-wrong")).toHaveCount(1);
  await expect(page.getByRole("link", { name: "Open the right bytes in the playground" })).toBeVisible();
  await page.getByRole("link", { name: "Open the wrong bytes in the playground" }).click();
  await expect(pgscope.messages).toBeVisible();
});

test("an answer leads to its messages, and a message to its answers, states and mistakes", async ({ pgscope, page }) => {
  await page.goto(at(pgscope.address, "answer-execute.html"));
  await expect(page.getByRole("img", { name: /^The answer to Execute/ })).toBeVisible();
  await page.locator(".ref-grammar").getByRole("link", { name: "PortalSuspended", exact: true }).click();
  const standing = page.locator(".ref-standing");
  await expect(standing.getByRole("link", { name: "the answer to Execute" })).toBeVisible();
  await expect(page.locator(".ref-mistakes").getByRole("link", { name: /^L34 / })).toBeVisible();
  await standing.getByRole("link", { name: "server: extended" }).click();
  await expect(heading(page)).toContainText("extended");
  await expect(page.locator("#reads").getByRole("link", { name: "Sync", exact: true })).toBeVisible();
});

test("the theme of the page holds for the reference, and the other way round", async ({ pgscope, page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await pgscope.open();
  await page.getByRole("button", { name: "Theme: Auto" }).click();
  await page.goto(at(pgscope.address, "bind.html"));
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.getByRole("button", { name: "Theme: Dark" }).click();
  await pgscope.open();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "light");
});

test("every link of every page leads somewhere", async ({ pgscope, page }) => {
  await page.goto(at(pgscope.address, ""));
  const dead = await page.evaluate(async (pages) => {
    const known = new Map();
    const status = async (url) => {
      if (!known.has(url)) known.set(url, fetch(url).then((response) => response.status));
      return known.get(url);
    };
    const dead = [];
    for (const name of ["index.html", ...pages]) {
      const html = new DOMParser().parseFromString(await (await fetch(name)).text(), "text/html");
      for (const element of html.querySelectorAll("[href], [src]")) {
        const address = new URL(element.getAttribute("href") ?? element.getAttribute("src"), new URL(name, location.href));
        if (address.origin !== location.origin) continue;
        address.hash = "";
        if ((await status(address.href)) !== 200) dead.push(`${name}: ${address}`);
      }
    }
    return dead;
  }, PAGES);
  expect(dead).toEqual([]);
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });
  test("all is there but the filter and the choice of theme", async ({ page, address }) => {
    await page.goto(at(address, ""));
    await expect(page.locator(".ref-list li:visible")).toHaveCount(PAGES.length);
    await expect(page.getByLabel("Filter")).toBeHidden();
    await page.getByRole("link", { name: "RowDescription", exact: true }).click();
    await expect(heading(page)).toContainText("RowDescription");
    await expect(page.locator(".layout li[data-shape=box]")).not.toHaveCount(0);
    await expect(page.locator("#theme")).toBeHidden();
  });
});

for (const theme of THEMES) {
  for (const name of ["", "bind.html", "insert.html", "errorresponse.html", "startup.html", "sslaccepted.html", "rule-L28.html", "answer-query.html", "state-server-idle.html"]) {
    test(`accessible in the ${theme} theme, wide and narrow: ${name || "the index"}`, async ({ pgscope, page }) => {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 800 });
        await page.goto(at(pgscope.address, name));
        await pgscope.expectAccessible();
        await pgscope.expectNoOverflow();
      }
    });
  }
}

test("no page is cut off on a narrow screen", async ({ pgscope, page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const wide = [];
  for (const name of PAGES) {
    await page.goto(at(pgscope.address, name));
    if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) wide.push(name);
  }
  expect(wide).toEqual([]);
});

test("it is printed without what only a screen needs", async ({ pgscope, page }) => {
  await page.goto(at(pgscope.address, "bind.html"));
  await page.emulateMedia({ media: "print" });
  await expect(page.locator(".head-bar")).toBeHidden();
  await expect(page.locator(".ref-contents")).toBeHidden();
  await expect(page.locator(".layout")).toBeVisible();
});
