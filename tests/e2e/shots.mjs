// Pictures of the page in each of its states, to be looked at: node shots.mjs FOLDER [WIDTHS [THEMES [STATE…]]]
// such as `node shots.mjs ../shots 360,1280 light,dark find filter`. It serves the built site itself.
import { mkdirSync } from "node:fs";
import { chromium } from "@playwright/test";
import { launch } from "./browser.mjs";
import { inputs } from "./made.mjs";
import { Pgscope } from "./page.mjs";
import { TIED } from "./tied.mjs";
import { DIST, serve } from "./site.mjs";

const MB = 1 << 20;
const CUT = "51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00";
const press = (name) => (pgscope) => pgscope.page.getByRole("button", { name }).first().click();
const find = (words) => async ({ messages, page }) => {
  await messages.press("Control+f");
  await page.keyboard.type(words);
};
const at = (address) => ({ at: address });
/** Longer than a picture may be: only what is in the window. */
const TALL = { tall: true };
const drop = (kind, size, name, hold) => async ({ page }) => {
  await page.evaluate(
    ([kind, size, name, hold]) => {
      if (hold) window.holdPiece(hold);
      window.dropMade(name, [window.made[kind](size)]);
    },
    [kind, size, name, hold],
  );
  if (hold) await page.locator(".progress").waitFor();
};
const steps = (...all) => async (pgscope) => {
  for (const step of all) await step(pgscope);
};
const last = (name) => async ({ messages }) => {
  await messages.press("End");
  await messages.getByText(name).last().click();
};

/** A prepared statement whose rows have a value too many: the message `at` is selected, `open` the list of problems. */
const tied = (at, open = false) => async (pgscope) => {
  await pgscope.paste(TIED);
  await pgscope.row(at).click();
  if (open) await pgscope.page.getByRole("button", { name: /problems?$/ }).click();
};

/** How each state is reached: an address, and what is done there. */
const STATES = {
  first: {},
  "byte-pinned": { reach: ({ page }) => page.locator("#byte-7").click() },
  empty: { reach: (pgscope) => pgscope.paste("") },
  "bad-input": { reach: (pgscope) => pgscope.paste(`# psql\nF: ${CUT}\nF: 51 00 0g 00 0e 53 4\nB: 5a 00 00 00 05 4x 49\nhello there\nB: 5`) },
  unreadable: { reach: (pgscope) => pgscope.paste("58 00 00 00 0") },
  guess: { reach: (pgscope) => pgscope.paste("43 00 00 00 09 53 54 4d 54 00 5a 00 00 00 05 49") },
  overruled: {
    reach: steps(
      (pgscope) => pgscope.paste("43 00 00 00 09 53 54 4d 54 00 5a 00 00 00 05 49"),
      press(/^frontend/),
      press(/more$/),
    ),
  },
  gallery: { reach: press("Samples") },
  link: { reach: press("Link") },
  find: { reach: find("name") },
  "find-nothing": { reach: find("nowhere to be seen") },
  filter: { reach: press("Filter") },
  filtered: { reach: steps(press("Filter"), ({ page }) => page.keyboard.type("SELECT")) },
  "filtered-none": { reach: steps(press("Filter"), ({ page }) => page.keyboard.type("nowhere")) },
  goto: { reach: steps(press(/^Go to/), ({ page }) => page.keyboard.type("message 1200\n")) },
  problems: { ...at("#sample=broken-length"), reach: press(/problem/) },
  "ties-bind": { reach: tied(11) },
  "ties-error": { ...at("#sample=psql-errors"), reach: last("ErrorResponse") },
  "ties-ready": { reach: tied(19) },
  "chain": { reach: tied(15) },
  "chain-list": { reach: tied(15, true) },
  layout: { reach: ({ page }) => page.locator("details.layout:not([open]) summary").click({ timeout: 500 }).catch(() => {}) },
  "hex-edit": { reach: steps(({ page }) => page.locator("#byte-7").click(), press("Edit")) },
  "hex-goto": { reach: async ({ hex, page }) => (await hex.press("Control+g"), await page.keyboard.type("0xffff\n")) },
  "field-menu": { reach: ({ page }) => page.locator(".field").nth(2).click({ button: "right" }) },
  keys: { reach: ({ messages }) => messages.press("?") },
  mended: { ...at("#sample=broken-length"), reach: ({ page }) => page.locator(".mend-it").first().click() },
  folded: { reach: press(/^Fold all/) },
  loading: { reach: drop("raw", 40 * MB, "large.bin", 2) },
  stopped: { ...TALL, reach: steps(drop("raw", 40 * MB, "large.bin", 2), press("Stop"), ({ page }) => page.evaluate(() => window.letPiece())) },
  done: { ...TALL, reach: steps(drop("raw", 20 * MB, "large.bin"), ({ page }) => page.locator(".progress").waitFor({ state: "hidden" })) },
  "long-text": { ...TALL, reach: steps(drop("xxd", 20 * MB, "large.xxd"), ({ page }) => page.locator(".long-line").first().waitFor()) },
  copy: { ...at("#sample=copy-binary"), reach: last("CopyData") },
  replication: { ...at("#sample=replication"), reach: last("Primary keepalive") },
  tls: at("#sample=psql-tls"),
  errors: { ...at("#sample=psql-errors"), reach: last("ErrorResponse") },
  pipeline: at("#sample=libpq-pipeline-error"),
  learn: at("#learn=handshake"),
  "learn-5": at("#learn=handshake&step=5"),
  "learn-query": at("#learn=simple-query&step=12"),
  "learn-unknown": at("#learn=nowhere"),
  reference: { ...at("messages/"), ...TALL },
  "reference-bind": at("messages/bind.html"),
  "reference-error": at("messages/errorresponse.html"),
  "reference-mistake": at("messages/rule-L28.html"),
  "reference-answer": { ...at("messages/answer-query.html"), ...TALL },
  "reference-state": at("messages/state-server-idle.html"),
  "link-cut": at("#v=1&in=UTAwMDAwMDBlMDAwMDAw&step=9x"),
  "link-unknown": at("#sample=nothing-like-it"),
  "no-js": { javaScriptEnabled: false },
  failed: { route: "**/*.wasm" },
};

const [folder = "shots", widths = "360,1280,1920", themes = "light,dark", ...wanted] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const server = await serve(DIST);
const browser = await chromium.launch(launch);
for (const [name, state] of Object.entries(STATES).filter(([name]) => wanted.length === 0 || wanted.includes(name))) {
  for (const width of widths.split(",").map(Number)) {
    for (const colorScheme of themes.split(",")) {
      const height = { 360: 740, 1280: 800, 1920: 1080, 2560: 1440 }[width] ?? 800;
      const { javaScriptEnabled = true } = state;
      const page = await browser.newPage({ viewport: { width, height }, colorScheme, javaScriptEnabled });
      await page.addInitScript(inputs);
      if (state.route) await page.route(state.route, (route) => route.abort());
      const pgscope = new Pgscope(page, server.url);
      try {
        await page.goto(new URL(state.at ?? "", server.url).href);
        if (javaScriptEnabled && !state.route && !state.at?.startsWith("messages/")) await page.locator(".head-bar").waitFor();
        await page.waitForTimeout(300);
        await state.reach?.(pgscope);
        await page.waitForTimeout(400);
      } catch (error) {
        console.error(`${name} ${width}: ${error.message}`);
      }
      await page.screenshot({ path: `${folder}/${name}-${width}-${colorScheme}.png`, fullPage: width < 901 && !state.tall });
      await page.close();
    }
  }
}
await browser.close();
server.stop();
