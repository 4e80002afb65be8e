// The page does not surprise: it says where it looked, what a link would carry, and forgets what is no longer true.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "./page.mjs";

const FIXTURES = resolve(import.meta.dirname, "../fixtures");
const CAPTURE = "captures/pcap-odd/merged.pcapng";
const QUERY = "F: 51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00";

test("a row is found by its words as they are shown", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.sample("pgx-reuse");
  await page.keyboard.press("Control+f");
  const row = page.locator(".row", { has: page.locator(".name", { hasText: /^Bind$/ }) }).first();
  const words = `Bind ${(await row.locator(".says").textContent()).split(/\s+/)[0]}`;
  await page.locator("#find-text").fill(words);
  await expect(page.locator(".bar-count").first()).toHaveText(/^1 of \d+$/);
  await expect(pgscope.selectedRow).toContainText("Bind");
});

test("find says in which connection it looked, and which others have it", async ({ pgscope, page }) => {
  const file = join(FIXTURES, CAPTURE);
  await pgscope.open();
  await pgscope.openFile("two.pcap", readFileSync(file));
  await expect(page.getByLabel("Connection")).toBeVisible();
  await pgscope.messages.press("Control+f");
  await page.locator("#find-text").fill("ReadyForQuery");
  const others = page.locator(".bar-others");
  await expect(others).toContainText(/in connection 1 of \d+; also in 2/);
  await pgscope.expectAccessible();
  await others.getByRole("button", { name: "2", exact: true }).click();
  await expect(others).toContainText(/in connection 2 of \d+; also in 1/);
  await expect(page.getByLabel("Connection")).toHaveValue("1");
  await page.locator("#find-text").fill("nothing is called so");
  await expect(others).toContainText("no other has it");
});

test("the number that was typed in Go to before is selected when it opens again", async ({ pgscope, page }) => {
  await pgscope.open();
  for (const [place, text, number] of [[pgscope.messages, "#goto-text", "20"], [pgscope.hex, "#hex-goto-text", "7"]]) {
    await place.focus();
    await page.keyboard.press("Control+g");
    await expect(page.locator(text)).toBeFocused();
    await page.keyboard.type(number);
    await page.keyboard.press("Enter");
    await expect(page.locator(text)).toBeHidden();
    await page.keyboard.press("Control+g");
    await expect(page.locator(text)).toBeFocused();
    await page.keyboard.type("3");
    await expect(page.locator(text)).toHaveValue("3");
    await page.keyboard.press("Escape");
  }
});

test("a filter is gone when another input is opened, and stays while this one is changed", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(`${QUERY}\nB: 5a 00 00 00 05 49`);
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByLabel("Which messages").selectOption("Query");
  await expect(pgscope.rows).toHaveCount(1);
  await pgscope.type("\n# a word");
  await expect(page.getByLabel("Which messages")).toBeVisible();
  await expect(pgscope.rows).toHaveCount(1);
  await pgscope.openFile("raw.bin", [0x58, 0, 0, 0, 4]);
  await expect(pgscope.row(1)).toContainText("Terminate");
  await expect(page.getByLabel("Which messages")).toBeHidden();
  await expect(page.getByRole("button", { name: "Filter" })).toHaveAttribute("aria-pressed", "false");
});

test("what is said of a link goes with what the link would hold", async ({ pgscope, page }) => {
  await pgscope.open();
  const noise = Array.from({ length: 40_000 }, (_, nth) => ((nth * 2654435761) >>> 24).toString(16).padStart(2, "0"));
  await pgscope.paste(`F: 51 00 01 00 00 ${noise.map((_, nth) => noise[(nth * nth * 31) % noise.length]).join(" ")}`);
  await expect(pgscope.note).toContainText("Read as");
  await expect(pgscope.title).toHaveText(/^Query/);
  await page.getByRole("button", { name: "Link" }).click();
  const said = page.locator(".share p", { hasText: "The link would have" });
  await expect(said).toBeVisible();
  await pgscope.paste(QUERY);
  await expect(said).toBeHidden();
});

test("a link that would carry a password, a proof or a key says so first", async ({ pgscope, page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await pgscope.open();
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await page.evaluate(() => navigator.clipboard.writeText("nothing yet"));
  await pgscope.paste("B: 52 00 00 00 08 00 00 00 03\nF: 70 00 00 00 08 61 62 63 00\nB: 52 00 00 00 08 00 00 00 00\n   4b 00 00 00 0c 00 00 10 92 3e 11 9a 7a");
  const share = page.locator(".share", { hasText: "The link would carry" });
  await page.getByRole("button", { name: "Link" }).click();
  await expect(share).toContainText("a password in the clear (message 2), the key that cancels this connection’s queries (message 4)");
  await pgscope.expectAccessible();
  expect(await clipboard()).toBe("nothing yet");
  await share.getByRole("button", { name: "Copy it all the same" }).click();
  await expect.poll(clipboard).toMatch(/#v=1&n=/);
  await expect(share).toBeHidden();
  // Nothing is asked where nothing is secret, or where everybody has it.
  await pgscope.paste(QUERY);
  await page.getByRole("button", { name: "Link" }).click();
  await expect.poll(clipboard).toMatch(/in=RjogNTEg/);
  await pgscope.sample("scram");
  await page.getByRole("button", { name: "Link" }).click();
  await expect.poll(clipboard).toMatch(/#sample=scram/);
});

test("a notice of an edit that was refused goes when another message is looked at", async ({ pgscope, page }) => {
  const file = join(FIXTURES, CAPTURE);
  await pgscope.open();
  await pgscope.openFile("two.pcap", readFileSync(file));
  await expect(page.getByLabel("Connection")).toBeVisible();
  await pgscope.row(1).click();
  await pgscope.edit(0);
  await page.keyboard.type("ff");
  const notice = page.locator(".note .bad", { hasText: "no place for that change" });
  await expect(notice).toBeVisible();
  // Ctrl+Z takes back no opening unless one says so twice.
  await page.keyboard.press("Control+z");
  await expect(page.locator("#said")).toContainText("No edit is left to take back");
  await expect(page.getByLabel("Connection")).toBeVisible();
  await pgscope.row(2).click();
  await expect(notice).toBeHidden();
});
