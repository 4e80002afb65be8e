// Elements for other pages, as the site serves them: what they draw, how they are used, and that they go without a trace.
import { deflateRawSync } from "node:zlib";
import { expect, test } from "@playwright/test";
import { violations } from "./page.mjs";
import { DIST, serve } from "./site.mjs";

let server;
test.beforeAll(async () => (server = await serve(DIST)));
test.afterAll(() => server.stop());

const EXCHANGE = "F: 51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00\nB: 43 00 00 00 0d 53 45 4c 45 43 54 20 31 00\nB: 5a 00 00 00 05 49";
const rows = (page) => page.locator(".pgscope-row");

/** The frame's page, with nothing in it: a page under a strict policy that has the loader. */
async function open(page, fragment = "") {
  await page.goto(`${server.url}embed.html${fragment}`);
}

/** Puts HTML into the page, in the place of what is there. */
function put(page, html) {
  return page.evaluate((html) => (document.getElementById("embed").innerHTML = html), html);
}

test("a frame draws what a link says, and tells its height", async ({ page }) => {
  await page.addInitScript(() => {
    globalThis.heights = [];
    addEventListener("message", ({ data }) => data.type === "pgscope-height" && globalThis.heights.push(data.height));
  });
  await open(page, "#learn=handshake&segments=7&step=3&theme=dark");
  await expect(rows(page).nth(2)).toHaveAttribute("data-when", "now");
  await expect(page.locator("pgscope-exchange .pgscope")).toHaveAttribute("data-theme", "dark");
  await expect.poll(() => page.evaluate(() => globalThis.heights.at(-1) - document.getElementById("embed").getBoundingClientRect().height)).toBeLessThan(1);
  const packed = Buffer.from(deflateRawSync(EXCHANGE)).toString("base64url");
  for (const fragment of [`#v=1&z=${packed}&step=2`, `#in=${Buffer.from(EXCHANGE).toString("base64url")}&step=2`, `#hex=${encodeURIComponent(EXCHANGE)}&step=2`]) {
    await open(page, "#");
    await open(page, fragment);
    await expect(rows(page)).toHaveCount(3);
    await expect(rows(page).nth(1)).toHaveAttribute("data-when", "now");
    await expect(page.locator(".pgscope-open")).toHaveAttribute("href", /\/#v=1&n=\d+&in=.*&step=2$/);
  }
  await open(page, "#");
  await open(page, "#z=AAAA");
  await expect(page.locator("#embed")).toContainText("no exchange, or with one that was cut off");
});

test("steps: by buttons, slider, keys, attribute, property and name", async ({ page }) => {
  await open(page);
  await put(page, `<pgscope-exchange step="ReadyForQuery"><pre>${EXCHANGE}</pre></pgscope-exchange>`);
  const element = page.locator("pgscope-exchange");
  const told = element.locator("output");
  await expect(told).toHaveText("3 / 3");
  await element.getByRole("button", { name: "Step back" }).click();
  await expect(told).toHaveText("2 / 3");
  await expect(element).toHaveAttribute("step", "2");
  await page.keyboard.press("Home");
  await expect(told).toHaveText("1 / 3");
  await page.keyboard.press("End");
  await expect(told).toHaveText("3 / 3");
  await element.getByRole("slider").focus();
  await page.keyboard.press("ArrowLeft");
  await expect(told).toHaveText("2 / 3");
  await element.evaluate((element) => element.setAttribute("step", "Query"));
  await expect(told).toHaveText("1 / 3");
  // A number is a tenth of all; a bracket leads to what matters, here to the end.
  await element.getByRole("button", { name: "Step back" }).focus();
  await page.keyboard.press("5");
  await expect(told).toHaveText("2 / 3");
  await page.keyboard.press("[");
  await expect(told).toHaveText("1 / 3");
  await element.getByRole("button", { name: "Next that matters" }).click();
  await expect(told).toHaveText("3 / 3");
  await element.evaluate((element) => element.setAttribute("step", "Query"));
  await expect(told).toHaveText("1 / 3");
  expect(await element.evaluate((element) => [element.seek("Bind"), element.seek("CommandComplete"), element.step])).toEqual([false, true, 2]);
  await element.evaluate((element) => (element.step = 3));
  await expect(told).toHaveText("3 / 3");
  // As a framework does that makes an element, and sets what it has a property for.
  await page.evaluate(() => {
    const made = Object.assign(document.createElement("pgscope-exchange"), { step: "CommandComplete", innerHTML: document.querySelector("pgscope-exchange").innerHTML });
    document.querySelector("pgscope-exchange").after(made);
  });
  await expect(page.locator("pgscope-exchange").last().locator("output")).toHaveText("2 / 3");
  await page.locator("pgscope-exchange").last().evaluate((made) => made.remove());
  // Keys of the page stay the page's own.
  await element.evaluate((element) => element.shadowRoot.activeElement.blur());
  await page.keyboard.press("ArrowLeft");
  await expect(told).toHaveText("3 / 3");
});

test("brackets lead to where a phase begins or something fails", async ({ page }) => {
  await open(page);
  await put(page, `<pgscope-exchange scenario="handshake"></pgscope-exchange>`);
  const element = page.locator("pgscope-exchange");
  await element.getByRole("button", { name: "Next that matters" }).focus();
  const steps = [];
  for (;;) {
    await page.keyboard.press("]");
    const name = await element.evaluate((element) => element.shadowRoot.querySelector("[data-when=now]").dataset.name);
    if (name === steps.at(-1)) break;
    steps.push(name);
  }
  expect(steps.slice(0, 2)).toEqual(["SSLRequest", "StartupMessage"]);
  expect(steps.length).toBeLessThan(await element.locator("[part=figure] .pgscope-row").count());
  await page.keyboard.press("[");
  await expect(element.locator("[data-when=now]")).toHaveAttribute("data-name", steps.at(-2));
});

test("it plays at reading pace, and stops where one stops it and at the end", async ({ page }) => {
  await page.clock.install();
  await open(page);
  await put(page, `<pgscope-exchange step="1"><pre>${EXCHANGE}</pre></pgscope-exchange>`);
  const element = page.locator("pgscope-exchange");
  await element.locator("output").waitFor();
  await element.getByRole("button", { name: "Play" }).click();
  await page.clock.runFor(5000);
  await expect(element.locator("output")).toHaveText("2 / 3");
  await element.getByRole("button", { name: "Pause" }).click();
  await page.clock.runFor(20_000);
  await expect(element.locator("output")).toHaveText("2 / 3");
  await element.evaluate((element) => element.play());
  await page.clock.runFor(20_000);
  await expect(element.locator("output")).toHaveText("3 / 3");
  expect(await element.evaluate((element) => element.playing)).toBe(false);
});

test("knobs, bytes that one types, and attributes draw anew; the step that one is at stays", async ({ page }) => {
  await open(page);
  await put(page, '<pgscope-exchange scenario="handshake" knobs step="3" panes="diagram"></pgscope-exchange>');
  const element = page.locator("pgscope-exchange");
  await expect(rows(page)).toHaveCount(13);
  const knob = element.getByRole("combobox").first();
  const choices = await knob.locator("option").allTextContents();
  await knob.selectOption(choices[1]);
  await expect(element).toHaveAttribute("segments", choices[1]);
  await expect(element.locator("output")).toHaveText(/^3 \//);
  await element.evaluate((element) => element.setAttribute("scenario", "simple-query"));
  await expect(element.locator(".pgscope-name").filter({ hasText: "SSLRequest" })).toHaveCount(0);
  await put(page, "<pgscope-exchange editable><pre>F: 51 00 00 00 04\nB: 5a 00 00 00 05 49</pre></pgscope-exchange>");
  const area = element.getByRole("textbox");
  await area.fill("F: 53 00 00 00 04\nB: 5a 00 00 00 05 49");
  await expect(rows(page).first()).toHaveAttribute("data-name", "Sync");
  await expect(area).toBeFocused();
  await area.fill("F: 5");
  await expect(element.locator(".pgscope-foot")).toContainText("5");
});

test("a byte and its field light up together, and what is chosen is told", async ({ page }) => {
  await open(page);
  await put(page, `<pgscope-message hex="44 00 00 00 15 00 02 00 00 00 04 00 00 00 01 00 00 00 03 41 64 61" direction="backend"></pgscope-message>`);
  const element = page.locator("pgscope-message");
  await element.locator(".pgscope-run").first().waitFor();
  await page.evaluate(() => addEventListener("pgscope-select", (event) => (globalThis.chosen = event.detail)));
  await element.locator(".pgscope-run").filter({ hasText: "00 02" }).click();
  await expect(element.locator("tr[data-on] th")).toHaveText("column count");
  await expect(element.locator(".pgscope-foot")).toContainText("2 bytes · column count");
  expect(await page.evaluate(() => globalThis.chosen)).toEqual({ step: 1, field: "column count", bytes: "00 02" });
});

test("what cannot be drawn is said, and what the element holds stays", async ({ page }) => {
  await open(page);
  const element = page.locator("pgscope-exchange");
  for (const [html, words] of [
    ['<pgscope-exchange scenario="nothing">mine</pgscope-exchange>', "there is no scenario nothing; known are"],
    ['<pgscope-exchange src="nowhere.pcap">mine</pgscope-exchange>', "answered 404"],
    ["<pgscope-exchange>mine is no dump</pgscope-exchange>", "expected"],
    [`<pgscope-exchange step="Bind"><pre>mine\n</pre></pgscope-exchange>`, ""],
  ]) {
    await put(page, html);
    await expect(element.getByRole("alert")).toContainText(words);
    await expect(element).toContainText("mine");
  }
});

test("a hundred elements have one engine, and are drawn when they are seen", async ({ page }) => {
  const fetched = [];
  page.on("request", (request) => request.url().endsWith(".wasm") && fetched.push(request.url()));
  await open(page);
  await put(page, Array.from({ length: 100 }, () => `<div class="apart"><pgscope-exchange><pre>${EXCHANGE}</pre></pgscope-exchange></div>`).join(""));
  await expect(page.locator("pgscope-exchange .pgscope-bar").first()).toBeVisible();
  expect(await page.locator("pgscope-exchange .pgscope-bar").count()).toBeLessThan(100);
  await page.locator("pgscope-exchange").last().scrollIntoViewIfNeeded();
  await expect(page.locator("pgscope-exchange").last().locator(".pgscope-bar")).toBeVisible();
  expect(fetched.filter((url) => url.endsWith("_bg.wasm"))).toHaveLength(1);
  expect(new Set(fetched).size).toBe(fetched.length);
});

test("the loader does no harm twice, and elements survive moves", async ({ page }) => {
  const trouble = [];
  page.on("pageerror", (error) => trouble.push(error.message));
  await open(page);
  await put(page, `<pgscope-exchange step="1"><pre>${EXCHANGE}</pre></pgscope-exchange><section></section>`);
  const element = page.locator("pgscope-exchange");
  await element.getByRole("button", { name: "Step forward" }).click();
  await page.evaluate(async () => {
    await import(`${location.origin}/elements/loader.js?again`);
    document.querySelector("section").append(document.querySelector("pgscope-exchange"));
  });
  await expect(element.locator("output")).toHaveText("2 / 3");
  await element.getByRole("button", { name: "Step forward" }).click();
  await expect(element.locator("output")).toHaveText("3 / 3");
  // As a page does that renders itself anew: out, and later in again.
  await element.evaluate(async (element) => {
    const { parentElement } = element;
    element.remove();
    await new Promise((done) => setTimeout(done, 50));
    parentElement.append(element);
  });
  await expect(element.locator("output")).toHaveText("3 / 3");
  expect(trouble).toEqual([]);
});

test("ten elements that come, move and go a hundred times leave nothing behind", async ({ page }) => {
  test.setTimeout(120_000);
  await open(page);
  const client = await page.context().newCDPSession(page);
  await client.send("Performance.enable");
  const counted = async () => {
    for (let turn = 0; turn < 4; turn++) {
      await client.send("HeapProfiler.collectGarbage");
      await page.waitForTimeout(100);
    }
    const { metrics } = await client.send("Performance.getMetrics");
    return Object.fromEntries(metrics.filter(({ name }) => ["JSEventListeners", "Nodes", "JSHeapUsedSize"].includes(name)).map(({ name, value }) => [name, value]));
  };
  const rounds = (times) => page.evaluate(async ({ times, html }) => {
    const place = document.getElementById("embed");
    for (let round = 0; round < times; round++) {
      place.innerHTML = html + "<section></section>";
      const all = [...place.querySelectorAll("pgscope-exchange")];
      await Promise.all(all.slice(0, round % 10 ? 0 : 2).map(async (element) => {
        for (let wait = 0; wait < 200 && !element.shadowRoot.querySelector(".pgscope-bar"); wait++) await new Promise((done) => setTimeout(done, 20));
      }));
      place.querySelector("section").append(...all);
      await new Promise((done) => setTimeout(done, 0));
      place.replaceChildren();
    }
  }, { times, html: `<pgscope-exchange><pre>${EXCHANGE}</pre></pgscope-exchange>`.repeat(10) });
  await rounds(10);
  const before = await counted();
  await rounds(100);
  const after = await counted();
  console.log(before, after);
  expect(after.JSEventListeners - before.JSEventListeners).toBeLessThanOrEqual(0);
  expect(after.Nodes - before.Nodes).toBeLessThan(20);
  expect(after.JSHeapUsedSize / before.JSHeapUsedSize).toBeLessThan(1.1);
});

test("accessible in both themes, on a phone too", async ({ page }) => {
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    for (const theme of ["light", "dark"]) {
      await open(page, "#");
      await open(page, `#learn=handshake&step=3&theme=${theme}`);
      await expect(rows(page).nth(2)).toHaveAttribute("data-when", "now");
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    }
  }
});
