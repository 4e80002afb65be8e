// The page's WebAssembly comes in parts: what a first look needs, and the rest as soon as somebody does something.
import { expect, test } from "./page.mjs";

const plain = (url) => new URL(url).pathname.split("/").pop().replace(/-[0-9a-f]{16}(?=\.)/, "");
const XXD = "00000000: 5100 0000 0d53 454c 4543 5420 313b 00     Q....SELECT 1;.";

test("a first look fetches what it needs and no more; a pointer that moves fetches the rest", async ({ pgscope, page }) => {
  const fetched = [];
  page.on("request", (request) => fetched.push(plain(request.url())));
  await pgscope.open("", { whole: false });
  await expect(page.locator(".meaning")).toContainText("Runs a string of SQL");
  await page.waitForLoadState("networkidle");
  // What `cargo xtask size` counts as the first load.
  const first = ["", "icon.svg", "pgscope-later.js", "pgscope-ui.js", "pgscope-ui_bg.wasm", "pgscope.css", "pgscope.js", "query.txt"];
  expect([...new Set(fetched)].filter((name) => name !== "icon.svg").sort()).toEqual(first.filter((name) => name !== "icon.svg"));
  await page.mouse.move(300, 300);
  await expect.poll(() => fetched.filter((name) => /^split_(engine|rest)\.wasm$/.test(name)).length).toBe(2);
});

test("a lesson is shown with what teaches alone; the simulator comes behind it, and plays when something is changed", async ({ pgscope, page }) => {
  const fetched = [];
  page.on("request", (request) => fetched.push(plain(request.url())));
  let isHeld = true;
  await page.route("**/pgscope-play*", async (route) => {
    while (isHeld) await new Promise((later) => setTimeout(later, 20));
    await route.continue().catch(() => {});
  });
  await pgscope.open("#learn=simple-query", { whole: false });
  await expect(page.locator(".story-title")).toBeVisible();
  await expect(page.locator(".programs")).toContainText("blocked");
  await page.waitForLoadState("load");
  expect(fetched.filter((name) => /^split_/.test(name)).sort()).toEqual(["split_arrive.wasm", "split_learn.wasm"]);
  expect(fetched).toContain("simple-query.played");
  isHeld = false;
  const knob = page.locator(".knob select").first();
  await expect(knob).toBeVisible();
  const [, second] = await knob.locator("option").allTextContents();
  await knob.selectOption(second);
  await expect(knob).toHaveValue(second);
  await expect(page).toHaveURL(/simple-query&\w+=/);
  expect(fetched).toContain("pgscope-play_bg.wasm");
});

test("a high window fetches no more at first; the layout opens with the rest", async ({ pgscope, page }) => {
  await page.setViewportSize({ width: 1400, height: 1200 });
  const fetched = [];
  page.on("request", (request) => fetched.push(plain(request.url())));
  await pgscope.open("", { whole: false });
  await expect(page.locator(".meaning")).toContainText("Runs a string of SQL");
  await page.waitForLoadState("networkidle");
  expect(fetched.filter((name) => /^(split|chunk)_/.test(name) || /^pgscope-(later|rest)\.css$/.test(name))).toEqual([]);
  await expect(page.locator("details.layout")).not.toHaveAttribute("open");
  await page.mouse.move(300, 300);
  await expect(page.locator("details.layout")).toHaveAttribute("open");
  await expect(page.locator("details.layout li.part").first()).toBeVisible();
});

test("a part that cannot be fetched is told of, and comes when it is wanted again", async ({ pgscope, page }) => {
  await pgscope.open("", { whole: false });
  await page.route("**/{split,chunk}_*.wasm", (route) => route.abort());
  const samples = page.getByRole("button", { name: "Samples" });
  await samples.click();
  await expect(page.locator("#said")).toContainText("could not be fetched");
  await pgscope.paste(XXD);
  await expect(pgscope.note).toContainText("could not be fetched");
  await expect(page.locator("#bytes")).toHaveValue(XXD);
  await page.unroute("**/{split,chunk}_*.wasm");
  await samples.click();
  await expect(pgscope.gallery).toBeVisible();
  await page.keyboard.press("Escape");
  await pgscope.paste(`${XXD}\n`);
  await expect(pgscope.note).toContainText("Read as xxd dump");
  const complaints = pgscope.complaints.splice(0);
  expect(complaints.length).toBeGreaterThan(0);
  for (const complaint of complaints) expect(complaint).toMatch(/Failed to fetch|ERR_FAILED/);
});

test("a link is opened whose reading needs a part, and says so where that does not come", async ({ pgscope, page }) => {
  await page.route("**/{split,chunk}_*.wasm", (route) => route.abort());
  await pgscope.open("#hex=510000000d53454c45435420313b00", { whole: false });
  await expect(pgscope.note).toContainText("could not be fetched");
  await expect(pgscope.title).toHaveText(/^Query/);
  await page.unroute("**/{split,chunk}_*.wasm");
  await page.reload();
  await expect(pgscope.note).toContainText("15 bytes");
  pgscope.complaints.splice(0);
});

test("what was pasted survives a reload also before the parts have come", async ({ pgscope, page }) => {
  let isHeld = true;
  await page.route("**/{split,chunk}_*.wasm", async (route) => {
    while (isHeld) await new Promise((later) => setTimeout(later, 20));
    await route.continue().catch(() => {});
  });
  await pgscope.open("", { whole: false });
  await pgscope.paste("B: 53 00 00 00 08 61 00 62 00");
  await page.evaluate(() => dispatchEvent(new Event("pagehide")));
  isHeld = false;
  await page.reload();
  await expect(page.locator("#bytes")).toHaveValue("B: 53 00 00 00 08 61 00 62 00");
  await expect(pgscope.title).toHaveText(/^ParameterStatus/);
});

test("what is typed while the bar is fetched is in it once it has come", async ({ pgscope, page }) => {
  let isHeld = true;
  await page.route("**/{split,chunk}_*.wasm", async (route) => {
    while (isHeld) await new Promise((later) => setTimeout(later, 20));
    await route.continue().catch(() => {});
  });
  await pgscope.open("", { whole: false });
  for (const [key, typed, field] of [["Control+f", "name 23", "#find-text"], ["Control+g", "27", "#goto-text"]]) {
    isHeld = true;
    if (field === "#goto-text") await page.reload();
    await pgscope.messages.focus();
    await page.keyboard.press(key);
    await expect(page.locator(".exchange .bar input:focus")).toHaveCount(1);
    await page.keyboard.type(typed);
    isHeld = false;
    await expect(page.locator(field)).toBeFocused();
    await expect(page.locator(field)).toHaveValue(typed);
  }
  await page.keyboard.press("Enter");
  await expect(pgscope.title).toHaveText(/^ReadyForQuery27 of 28/);
});

test("the first message that is looked at has its mend, though what searches for mends comes later", async ({ pgscope, page }) => {
  await pgscope.open();
  // A NULL of two bytes: found by trying.
  const broken = `F: 51 00 00 00 0d 53 45 4c 45 43 54 20 31 00\nB: 54 00 00 00 1a 00 01 61 00 00 00 00 00 00 00 00 00 00 17 00 04 ff ff ff ff 00 00\n   44 00 00 00 08 00 01 ff ff\n`;
  await pgscope.paste(broken);
  await expect(pgscope.title).toHaveText(/^DataRow/);
  await expect(page.locator(".sheet-problems .mend-it")).toBeVisible();
});
