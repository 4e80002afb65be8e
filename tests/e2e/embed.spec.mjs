// What an author takes from the page for a page of their own.
import { expect, test } from "./page.mjs";

const EXCHANGE = "F: 51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00\nB: 5a 00 00 00 05 49";
const dialog = (page) => page.getByRole("dialog", { name: "On a page of yours" });
const text = (page) => dialog(page).getByLabel("What to put into your page").inputValue();
const way = (page, name) => dialog(page).getByRole("button", { name, exact: true }).click();

test("bytes: an element, a fence, a frame, a link, and how it will look", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(EXCHANGE);
  await pgscope.row(1).click();
  await page.getByRole("button", { name: "Link" }).click();
  await page.getByRole("button", { name: "On a page of yours" }).click();
  await expect(dialog(page)).toBeVisible();
  await expect.poll(() => text(page)).toBe(`<pgscope-exchange step="1"><pre>\n${EXCHANGE}\n</pre></pgscope-exchange>`);
  const look = dialog(page).frameLocator("iframe");
  await expect(look.locator("[part=figure] .pgscope-row").nth(0)).toHaveAttribute("data-when", "now");
  await way(page, "Fence");
  expect(await text(page)).toBe(`\`\`\`pgscope\nstep: 1\n${EXCHANGE}\n\`\`\`\n`);
  await way(page, "Frame");
  expect(await text(page)).toMatch(/^<iframe src="http:\S+\/embed\.html#v=1&amp;n=\d+&amp;in=\S+&amp;step=1" title="An exchange" width="770" height="\d+" loading="lazy"><\/iframe>$/);
  await way(page, "Markdown");
  const [, address] = (await text(page)).match(/^\[An exchange in Pgscope\]\((\S+)\)$/);
  await pgscope.expectAccessible();
  await page.keyboard.press("Escape");
  await expect(dialog(page)).toBeHidden();
  await page.goto(address);
  await expect(pgscope.title).toHaveText(/^Query/);
});

test("a scenario: with its knobs and its step, as Learn shows it", async ({ pgscope, page }) => {
  await pgscope.open("#learn=handshake&segments=7&step=3");
  await page.getByRole("button", { name: "On a page of yours" }).click();
  await expect.poll(() => text(page)).toBe('<pgscope-exchange scenario="handshake" step="3" segments="7"></pgscope-exchange>');
  await way(page, "Fence");
  expect(await text(page)).toBe("```pgscope\nscenario: handshake\nstep: 3\nset: segments=7\n```\n");
  await expect(dialog(page).frameLocator("iframe").locator("[part=figure] .pgscope-row").nth(2)).toHaveAttribute("data-when", "now");
});

test("where a link would carry a secret, it can be copied masked, and so goes the element", async ({ pgscope, page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await pgscope.open();
  await pgscope.paste("B: 52 00 00 00 08 00 00 00 03\nF: 70 00 00 00 0b 73 65 63 72 65 74 00\nB: 52 00 00 00 08 00 00 00 00");
  await page.getByRole("button", { name: "Link" }).click();
  const share = page.locator(".share", { hasText: "The link would carry a password" });
  await share.getByRole("button", { name: "On a page of yours" }).click();
  await expect.poll(() => text(page)).toMatch(/F: 70 00 00 00 0b( [0-9a-f]{2}){6} 00\n/);
  expect(await text(page)).not.toContain("73 65 63 72 65 74");
  await page.keyboard.press("Escape");
  await share.getByRole("button", { name: "Copy it masked" }).click();
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(clipboard).toMatch(/#v=1&n=\d+&in=/);
  const [, letters] = (await clipboard()).match(/&in=([\w-]+)/);
  const masked = Buffer.from(letters, "base64url").toString();
  expect(masked).toMatch(/^B: 52 00 00 00 08 00 00 00 03\nF: 70 00 00 00 0b( [0-9a-f]{2}){6} 00\nB: 52 00 00 00 08 00 00 00 00$/);
  expect(masked).not.toContain("73 65 63 72 65 74");
});
