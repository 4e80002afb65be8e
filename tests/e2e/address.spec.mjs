// The address says what is shown, and follows what is done: links, samples, Back and Forward.
import { deflateRawSync } from "node:zlib";
import { expect, test } from "./page.mjs";

const QUERY = "51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00";
const base64 = (bytes) => Buffer.from(bytes).toString("base64url");
const hash = (page) => page.evaluate(() => location.hash);

/** What the button Link copies. */
async function copied(pgscope, page) {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Link", exact: true }).click();
  await expect(page.locator("#said")).toHaveText(/Copied a link of [\d,]+ characters/);
  return page.evaluate(() => navigator.clipboard.readText());
}

test("a link written by hand is decoded, with its message and field", async ({ pgscope }) => {
  await pgscope.open(`#hex=F:+${QUERY.replaceAll(" ", "+")}%0AB:+5a0000000549&step=2&field=readyforquery.status`);
  await expect(pgscope.rows).toHaveCount(2);
  await expect(pgscope.title).toHaveText(/^ReadyForQuery2 of 2/);
  await expect(pgscope.selectedField).toContainText("idle");
  await expect(pgscope.text).toHaveValue(`F: ${QUERY}\nB: 5a0000000549`);
});

test("a copied link brings back text, readings and selection", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste("44 00 00 00 0e 00 01 00 00 00 04 53 00 41 42");
  await pgscope.sender.getByRole("button", { name: /^backend/ }).click();
  await pgscope.field("value").click();
  const link = await copied(pgscope, page);
  expect(link).toMatch(/#v=1&n=\d+&in=[\w-]+&from=backend&step=1&field=datarow.columns.value&at=\d+$/);
  await page.goto("about:blank");
  await page.goto(link);
  await expect(pgscope.row(1)).toContainText("backend sends DDataRow");
  await expect(pgscope.sender).toHaveAccessibleName("Sent by: as you say");
  await expect(pgscope.selectedField).toContainText("datarow.columns.value");
  await expect(pgscope.text).toHaveValue("44 00 00 00 0e 00 01 00 00 00 04 53 00 41 42");
});

test("a long text is deflated in its link", async ({ pgscope, page }) => {
  await pgscope.open();
  const text = `F: ${QUERY}\n`.repeat(200);
  await pgscope.paste(text);
  await expect(pgscope.rows).toHaveCount(200, { timeout: 10_000 }).catch(() => {});
  const link = await copied(pgscope, page);
  expect(link).toMatch(/#v=1&n=\d+&z=/);
  expect(link.length).toBeLessThan(1000);
  await page.goto("about:blank");
  await page.goto(link);
  await expect(pgscope.text).toHaveValue(text);
});

test("a raw file has a link too", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.openFile("ready.bin", [0x5a, 0, 0, 0, 5, 0x49]);
  await expect(pgscope.row(1)).toContainText("ReadyForQuery");
  const link = await copied(pgscope, page);
  expect(link).toMatch(/#v=1&n=8&raw=WgAAAAVJ/);
  await page.goto("about:blank");
  await page.goto(link);
  await expect(pgscope.row(1)).toContainText("ReadyForQuery");
  await expect(page.locator(".file-name")).toHaveText("Bytes of a link");
});

test("a link that would be too long is a file instead", async ({ pgscope, page }) => {
  await pgscope.open();
  // Random bytes do not deflate.
  let state = 7;
  const next = () => ((state ^= state << 13), (state ^= state >>> 17), (state ^= state << 5), state & 255);
  const bytes = Buffer.from(Array.from({ length: 40_000 }, next));
  await pgscope.openFile("noise.bin", bytes);
  await page.getByRole("button", { name: "Link", exact: true }).click();
  const share = page.locator(".share");
  await expect(share).toContainText(/would have [\d,]+ characters: a file is better/);
  await pgscope.expectAccessible();
  const download = page.waitForEvent("download");
  await share.getByRole("button", { name: "Download the input" }).click();
  expect((await download).suggestedFilename()).toBe("pgscope.bin");
  await expect(share).toBeHidden();
});

for (const [what, fragment, words, text] of [
  ["cut off", `v=1&in=${base64(`F: ${QUERY}`).slice(0, 45)}`, "cut off", /^F: 51 00/],
  ["cut off where nothing shows it", `v=1&n=99&in=${base64(`F: ${QUERY}`).slice(0, 44)}`, "cut off", /^F: 51 00/],
  ["damaged", "v=1&in=N*E", "damaged", /./],
  ["from a later version", `v=2&in=${base64(QUERY)}&colour=red`, "later version", QUERY],
  ["deflated and cut off", `v=1&z=${base64(deflateRawSync(Buffer.from(`${QUERY} `.repeat(99))).subarray(0, 30))}`, "cut off", /^51 00/],
  ["with an unknown part", `hex=${QUERY.replaceAll(" ", "+")}&colour=red`, "does not know: colour", QUERY],
  ["to a message that is not there", "hex=5a0000000549&step=9", "no message 9", "5a0000000549"],
  ["to a field that is not there", "hex=5a0000000549&step=1&field=query.query", "no field query.query", "5a0000000549"],
  ["to a sample that is not there", "sample=no-such-thing", "no sample called “no-such-thing”", /./],
]) {
  test(`a link ${what} says so, and what can be shown is shown`, async ({ pgscope, page }) => {
    if (what.includes("sample")) {
      // The browser tells of what is not there.
      page.on("console", () => pgscope.complaints.splice(0));
    }
    await pgscope.open(`#${fragment}`);
    await expect(pgscope.note).toContainText(words);
    await expect(pgscope.text).toHaveValue(text);
    await expect(pgscope.rows.first()).toBeVisible();
    pgscope.complaints = pgscope.complaints.filter((words) => !words.includes("404"));
  });
}

test("a scenario is played although its address has a part that it does not know", async ({ pgscope, page }) => {
  await pgscope.open("#learn=handshake&colour=red");
  await expect(page.locator(".story")).toContainText("there is no knob colour");
  await expect(page.locator(".story")).toContainText("The handshake");
  await expect(pgscope.rows.first()).toContainText("user=alice");
});

test("a link's text is never markup", async ({ pgscope, page }) => {
  await pgscope.open("#sample=<b>bold</b>&form=<img+src=x>");
  await expect(pgscope.note).toContainText("no sample called “");
  await page.evaluate(() => (location.hash = "hex=5a0000000549&step=1&field=%3Ci%3E"));
  await expect(pgscope.note).toContainText("no field <i>");
  await page.evaluate(() => (location.hash = "hex=5a0000000549&<u>=1"));
  await expect(pgscope.note).toContainText("does not know");
  expect(await page.locator("img, .note i, .note u").count()).toBe(0);
});

test("Back and Forward go through samples, a link, a scenario and one's own work", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(QUERY);
  await expect(pgscope.rows).toHaveCount(1);
  await pgscope.sample("psql-connect");
  await expect(pgscope.selectedRow).toContainText("SELECT 1");
  await pgscope.sample("broken-http");
  await expect(pgscope.rows).toHaveCount(1);
  await page.evaluate(() => (location.hash = "hex=5a0000000549"));
  await expect(pgscope.row(1)).toContainText("ReadyForQuery");
  await page.getByRole("link", { name: "Learn" }).click();
  await expect(page.getByRole("heading", { name: "Scenarios" })).toBeVisible();
  await expect(page.locator(".player")).toBeVisible();
  await page.goBack();
  await expect(pgscope.row(1)).toContainText("ReadyForQuery");
  await page.goBack();
  await expect(pgscope.text).toHaveValue(/health/);
  await page.goBack();
  await expect(pgscope.selectedRow).toContainText("SELECT 1");
  await page.goBack();
  await expect(pgscope.text).toHaveValue(QUERY);
  expect(await hash(page)).toBe("");
  await page.goForward();
  await expect(pgscope.selectedRow).toContainText("SELECT 1");
});

test("who changes what a link brought is at their own work, and Back leads to the link as it was", async ({ pgscope, page }) => {
  await pgscope.open("#hex=5a0000000549");
  await expect(pgscope.row(1)).toContainText("idle");
  await pgscope.paste("5a 00 00 00 05 54");
  await expect(pgscope.row(1)).toContainText("in transaction");
  expect(await hash(page)).toBe("");
  await page.goBack();
  await expect(pgscope.row(1)).toContainText("idle");
  await expect(pgscope.text).toHaveValue("5a0000000549");
  await page.goForward();
  await expect(pgscope.text).toHaveValue("5a 00 00 00 05 54");
});

test("a selection changes the address, and adds nothing to the history", async ({ pgscope, page }) => {
  await pgscope.open("#sample=psql-connect");
  await expect(pgscope.selectedRow).toContainText("SELECT 1");
  const before = await page.evaluate(() => history.length);
  await pgscope.row(1).click();
  await expect.poll(() => hash(page)).toBe("#sample=psql-connect&step=1");
  await pgscope.byte(0).click();
  await expect.poll(() => hash(page)).toMatch(/^#sample=psql-connect&step=1&field=sslrequest\.length&at=0$/);
  expect(await page.evaluate(() => history.length)).toBe(before);
  await page.reload();
  await expect(pgscope.title).toHaveText(/^SSLRequest1 of/);
  await expect(pgscope.selectedField).toContainText("sslrequest.length");
});
