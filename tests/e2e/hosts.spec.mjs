// Figures on pages of other people: as each generator of documentation makes them. `cargo xtask test --only hosts` builds them,
// and `--only hosts-large` those of generators that take minutes to install.
import { createServer } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { expect, test } from "@playwright/test";
import { violations } from "./page.mjs";

const folder = process.env.PGSCOPE_HOSTS;
const pages = folder ? JSON.parse(readFileSync(join(folder, "hosts.json"), "utf8")) : {};
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".json": "application/json", ".svg": "image/svg+xml" };
// The strictest policy under which all works, and one that forbids WebAssembly.
const STRICT = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self' data:; base-uri 'none'; form-action 'none'";
const NO_WASM = "script-src 'self' 'unsafe-inline'";

let server;
let origin;
test.skip(!folder, "no pages of other people were built: cargo xtask test --only hosts");

test.beforeAll(async () => {
  server = createServer((request, response) => {
    const [path, policy] = request.url.split("?");
    let file = join(folder, "www", normalize(decodeURIComponent(path)));
    if (path.endsWith("/")) file += "index.html";
    if (!existsSync(file)) return response.writeHead(404).end();
    const headers = { "Content-Type": TYPES[extname(file)] ?? "application/octet-stream" };
    if (path.startsWith("/plain/")) headers["Content-Security-Policy"] = STRICT;
    if (policy === "nowasm") headers["Content-Security-Policy"] = NO_WASM;
    response.writeHead(200, headers).end(readFileSync(file));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  origin = `http://127.0.0.1:${server.address().port}`;
});
test.afterAll(() => server?.close());

// Those of the shadow root: what was rendered stands below the element, too.
const rows = (element) => element.locator("[part=figure] .pgscope-row");
const exchanges = (page) => page.locator("pgscope-exchange");
// What of the look of a figure a host's styles could change.
const look = (page) => page.evaluate(() => {
  const of = (root, selector, ...names) => {
    const style = getComputedStyle(root.querySelector(selector));
    return Object.fromEntries(names.map((name) => [name, style[name]]));
  };
  const { shadowRoot } = document.querySelectorAll("pgscope-exchange")[1];
  for (const details of shadowRoot.querySelectorAll("details")) details.open = true;
  return {
    figure: of(shadowRoot, ".pgscope", "fontSize", "lineHeight", "backgroundColor", "color", "borderRadius", "textAlign"),
    name: of(shadowRoot, ".pgscope-name", "fontSize", "fontWeight", "color"),
    hex: [...shadowRoot.querySelectorAll(".pgscope-hex")].map((hex) => hex.offsetHeight),
    cell: of(shadowRoot, ".pgscope-fields td", "padding", "borderWidth", "backgroundColor", "fontSize"),
    button: of(shadowRoot, ".pgscope-bar button", "minHeight", "backgroundColor", "borderRadius"),
  };
});
// Makes the page dark as its generator does.
const DARK = {
  plain: () => document.documentElement.classList.add("dark"),
  mkdocs: () => document.body.setAttribute("data-md-color-scheme", "slate"),
  mdbook: () => (document.documentElement.className = document.documentElement.className.replace(/\blight\b/, "navy")),
  vitepress: () => document.documentElement.classList.add("dark"),
  docusaurus: () => document.documentElement.setAttribute("data-theme", "dark"),
  starlight: () => document.documentElement.setAttribute("data-theme", "dark"),
};

for (const [host, address] of Object.entries(pages)) {
  const dark = DARK[host.split(",")[0]];

  test(`${host}: a fence and elements come to life, and look alike`, async ({ page }) => {
    const trouble = [];
    page.on("pageerror", (error) => trouble.push(error.message));
    page.on("console", (message) => message.type() === "error" && /pgscope|Refused|Content Security|React/i.test(message.text()) && trouble.push(message.text()));
    await page.goto(origin + address);
    await expect(exchanges(page)).toHaveCount(2);
    for (const nth of [0, 1]) {
      await exchanges(page).nth(nth).scrollIntoViewIfNeeded();
      await expect(rows(exchanges(page).nth(nth))).toHaveCount(3);
      await expect(rows(exchanges(page).nth(nth)).nth(2)).toHaveAttribute("data-when", "now");
    }
    const message = page.locator("pgscope-message");
    await message.scrollIntoViewIfNeeded();
    await expect(message.locator(".pgscope-field").last()).toContainText("Ada");
    await expect(page.locator("pre, code").filter({ hasText: "F: 00 00 00 08" }).locator("visible=true")).toHaveCount(0);
    // The second one is stepped through by keys, and says so.
    const second = exchanges(page).nth(1);
    await page.evaluate(() => {
      globalThis.steps = [];
      addEventListener("pgscope-step", (event) => globalThis.steps.push(event.detail.name));
    });
    await second.locator(".pgscope-bar button").first().focus();
    await page.keyboard.press("ArrowLeft");
    await expect(second).toHaveAttribute("step", "2");
    await expect(second.locator("output")).toHaveText("2 / 3");
    await expect(second.locator("[part=figure] .pgscope-open")).toHaveAttribute("href", /^https:\/\/example\.org\/pgscope\/#.*&step=2$/);
    expect(await page.evaluate(() => globalThis.steps)).toEqual(["SSLResponse N"]);
    expect(trouble).toEqual([]);
    const own = await look(page);
    const plain = await page.context().newPage();
    await plain.goto(origin + pages.plain);
    await plain.locator("pgscope-exchange").nth(1).locator(".pgscope-bar").waitFor();
    expect(own).toEqual(await look(plain));
    await plain.close();
  });

  test(`${host}: it is whole without scripts`, async ({ browser }) => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(origin + address);
    const figure = page.locator("figure.pgscope").last();
    await expect(figure).toBeVisible();
    await expect(figure.locator(".pgscope-name").filter({ visible: true })).toHaveCount(3);
    await expect(figure.locator("summary").first()).toBeVisible();
    const table = figure.locator(".pgscope-fields").last();
    await expect(table).toBeVisible();
    await expect(page.locator("body")).toContainText("04 d2 16 2f");
    // What the host says of its own details and tables is not said of those of the figure.
    const look = await figure.evaluate((figure) => {
      const of = (selector, ...names) => names.map((name) => getComputedStyle(figure.querySelector(selector))[name]);
      return [
        of("details[open]", "padding", "margin", "borderTopWidth", "boxShadow", "backgroundColor"),
        of("summary", "display", "paddingLeft", "paddingTop"),
        of(".pgscope-fields", "display", "marginBottom"),
        of(".pgscope-fields tr:nth-child(2)", "backgroundColor"),
        of(".pgscope-size", "marginBottom"),
        [getComputedStyle(figure.querySelector("summary"), "::before").content],
      ];
    });
    const none = "rgba(0, 0, 0, 0)";
    expect(look).toEqual([["0px", "0px", "0px", "none", none], ["flex", "16px", "7px"], ["table", "0px"], [none], ["0px"], ["none"]]);
    await context.close();
  });

  test(`${host}: where WebAssembly is forbidden, what was rendered lives, and the rest stays text`, async ({ page }) => {
    await page.goto(`${origin}${address}?nowasm`);
    const rendered = exchanges(page).last();
    await expect(rows(rendered)).toHaveCount(3);
    await rendered.locator(".pgscope-bar button").first().click();
    await expect(rendered).toHaveAttribute("step", "2");
    const message = page.locator("pgscope-message");
    await message.scrollIntoViewIfNeeded();
    await expect(message.getByRole("alert")).toContainText("wasm-unsafe-eval");
  });

  test(`${host}: accessible in both themes`, async ({ page }) => {
    await page.goto(origin + address);
    await page.locator("pgscope-message").scrollIntoViewIfNeeded();
    await page.locator("pgscope-message .pgscope-field").last().waitFor();
    for (const theme of dark ? ["light", "dark"] : ["light"]) {
      if (theme === "dark") await page.evaluate(dark);
      await expect(exchanges(page).nth(1).locator("[part=figure]")).toHaveAttribute("data-theme", theme);
      await page.waitForTimeout(400);
      expect(await violations(page, ["pgscope-exchange", "pgscope-message"])).toEqual([]);
    }
  });

  test(`${host}: printed without its bar`, async ({ page }) => {
    await page.goto(origin + address);
    await exchanges(page).last().locator(".pgscope-bar").waitFor();
    await page.emulateMedia({ media: "print" });
    await expect(exchanges(page).last().locator(".pgscope-bar")).toBeHidden();
    await expect(rows(exchanges(page).last()).first()).toBeVisible();
  });
}

test("an element follows its block: where it goes, what it says, and out of the page", async ({ page }) => {
  await page.goto(origin + pages.plain);
  // One was rendered before: the other is there when its block was taken.
  await expect(exchanges(page)).toHaveCount(2);
  await expect(rows(exchanges(page).first())).toHaveCount(3);
  await page.evaluate(() => {
    globalThis.block = document.querySelector("pre[hidden]");
    document.querySelector("main").append(document.createElement("section"), globalThis.block);
  });
  await expect(page.locator("main > section + pgscope-exchange + pre")).toHaveCount(1);
  await exchanges(page).last().scrollIntoViewIfNeeded();
  await page.evaluate(() => (globalThis.block.firstChild.firstChild.data = "F: 53 00 00 00 04\nB: 5a 00 00 00 05 49\n"));
  await expect(rows(exchanges(page).last())).toHaveCount(2);
  await page.evaluate(() => globalThis.block.remove());
  await expect(exchanges(page)).toHaveCount(1);
  await page.evaluate(() => document.querySelector("main").prepend(globalThis.block));
  await expect(exchanges(page)).toHaveCount(2);
  await exchanges(page).first().scrollIntoViewIfNeeded();
  await expect(rows(exchanges(page).first())).toHaveCount(2);
  await page.evaluate(() => (globalThis.block.firstChild.className = "language-sql") && globalThis.block.append(" "));
  await expect(exchanges(page)).toHaveCount(1);
  await expect(page.locator("pre").first()).toBeVisible();
});

test("docusaurus: what takes the page over late finds it untouched", async ({ page }) => {
  test.skip(!pages.docusaurus, "it was not built");
  const trouble = [];
  page.on("console", (message) => message.type() === "error" && /React/.test(message.text()) && trouble.push(message.text()));
  let release;
  const released = new Promise((done) => (release = done));
  await page.route("**/assets/js/*.js", (route) => released.then(() => route.continue()));
  await page.goto(origin + pages.docusaurus, { waitUntil: "commit" });
  // Longer than blocks wait where nobody is awaited.
  await page.waitForFunction(() => performance.now() > 3500);
  await expect(exchanges(page)).toHaveCount(1);
  release();
  await expect(rows(exchanges(page).first())).toHaveCount(3);
  await expect(exchanges(page)).toHaveCount(2);
  await expect(page.locator("html")).toHaveAttribute("data-has-hydrated", "true");
  expect(trouble).toEqual([]);
});

test("docusaurus: away and back without a new page, elements live, and none is left behind", async ({ page }) => {
  test.skip(!pages.docusaurus, "it was not built");
  const trouble = [];
  page.on("pageerror", (error) => trouble.push(error.message));
  page.on("console", (message) => message.type() === "error" && /React/.test(message.text()) && trouble.push(message.text()));
  await page.goto(origin + pages.docusaurus);
  await expect(rows(exchanges(page).first())).toHaveCount(3);
  await page.evaluate(() => (globalThis.isSame = true));
  const go = (name) => page.locator(".menu").getByRole("link", { name }).click();
  const client = await page.context().newCDPSession(page);
  // All elements that are held by anything.
  const held = async () => {
    const { result } = await client.send("Runtime.evaluate", { expression: 'customElements.get("pgscope-exchange").prototype' });
    const { objects } = await client.send("Runtime.queryObjects", { prototypeObjectId: result.objectId });
    const { result: count } = await client.send("Runtime.callFunctionOn", { objectId: objects.objectId, functionDeclaration: "function () { return this.length; }", returnByValue: true });
    await client.send("Runtime.releaseObject", { objectId: objects.objectId });
    return count.value;
  };
  const counts = [];
  for (let turn = 0; turn < 5; turn++) {
    await go("Words");
    await expect(exchanges(page)).toHaveCount(0);
    await go("Elements");
    await expect(exchanges(page)).toHaveCount(1);
    await expect(rows(exchanges(page)).filter({ has: page.locator("xpath=self::*[@data-when='now']") })).toHaveAttribute("data-name", "Query");
    await go("How our proxy logs in");
    await expect(exchanges(page)).toHaveCount(2);
    for (const nth of [0, 1]) {
      const element = exchanges(page).nth(nth);
      await element.scrollIntoViewIfNeeded();
      await expect(element.locator("output")).toHaveText("3 / 3");
      await element.locator(".pgscope-bar button").first().click();
      await expect(element.locator("output")).toHaveText("2 / 3");
    }
    counts.push(await held());
  }
  expect(counts.at(-1)).toBeLessThanOrEqual(counts[1]);
  expect(await page.evaluate(() => globalThis.isSame)).toBe(true);
  expect(trouble).toEqual([]);
});

test("Mermaid draws what is written for it, arrow by arrow", async ({ page }) => {
  const place = join(folder ?? "", "mermaid.json");
  test.skip(!existsSync(place), "Mermaid is installed with the large generators");
  const diagrams = JSON.parse(readFileSync(place, "utf8"));
  expect(Object.keys(diagrams).length).toBeGreaterThan(30);
  await page.setContent("<div></div>");
  await page.addScriptTag({ url: `${origin}/mermaid.js` });
  for (const [name, text] of Object.entries(diagrams)) {
    const drawn = await page.evaluate(async (text) => {
      await mermaid.parse(text);
      const { svg } = await mermaid.render("drawn", text);
      return new DOMParser().parseFromString(svg, "image/svg+xml").querySelectorAll(".messageLine0, .messageLine1").length;
    }, text);
    expect(drawn, name).toBe(text.match(/^ +E\d+-?->>/gm).length);
  }
});
