// Guesses can be overruled; files can be opened and dropped.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, THEMES } from "./page.mjs";

const READY = [0x5a, 0, 0, 0, 5, 0x49];

test("who sent it is overruled, and guessed again", async ({ pgscope }) => {
  await pgscope.open();
  await pgscope.paste("44 00 00 00 06 53 00");
  await expect(pgscope.row(1)).toContainText("frontend sends DDescribe");
  await expect(pgscope.sender).toHaveAccessibleName("Sent by: a guess");
  await expect(pgscope.sender.getByRole("button", { pressed: true })).toHaveText(/^frontend fits/);
  await pgscope.sender.getByRole("button", { name: /^backend / }).click();
  await expect(pgscope.row(1)).toContainText("backend sends DDataRow");
  await expect(pgscope.sender).toHaveAccessibleName("Sent by: as you say");
  await expect(pgscope.sender.getByRole("button", { pressed: true })).toHaveText(/^backend/);
  await pgscope.sender.getByRole("button", { name: "guess again" }).click();
  await expect(pgscope.row(1)).toContainText("Describe");
});

test("how well each reading fits is said in a word, and the score is the tooltip's", async ({ pgscope }) => {
  await pgscope.open();
  await pgscope.paste("43 00 00 00 09 53 54 4d 54 00 5a 00 00 00 05 49");
  const [frontend, backend] = [/^frontend/, /^backend/].map((name) => pgscope.sender.getByRole("button", { name }));
  await expect(frontend).toHaveText("frontend hardly fits");
  await expect(backend).toHaveText("backend fits");
  await expect(backend).toHaveAttribute("title", "Read so, it fits with 100 points of 100: a guess");
});

test("where it begins is overruled, and guessed again", async ({ pgscope }) => {
  await pgscope.open();
  // A ParameterStatus may come at any time; a CopyData with a keepalive comes in replication.
  await pgscope.paste("B: 64 00 00 00 16 6b 00 00 00 00 01 50 00 28 00 02 f3 5a 31 c4 6e 80 01");
  await expect(pgscope.beginning.getByRole("button", { pressed: true })).toHaveText(/^replication fits/);
  await expect(pgscope.row(1)).toContainText("keepalive");
  await pgscope.beginning.getByRole("button", { name: /^COPY/ }).click();
  await expect(pgscope.row(1)).not.toContainText("keepalive");
  await expect(pgscope.beginning).toHaveAccessibleName("Begins with: as you say");
  await pgscope.beginning.getByRole("button", { name: "guess again" }).click();
  await expect(pgscope.row(1)).toContainText("keepalive");
});

test("the form is overruled until something else is pasted", async ({ pgscope }) => {
  await pgscope.open();
  await pgscope.paste("51000004");
  await expect(pgscope.form.locator("option").first()).toHaveText("hex");
  await pgscope.form.selectOption("raw");
  await expect(pgscope.note).toContainText("Read as raw bytes, as you say: 8 bytes");
  await pgscope.paste("58 00 00 00 04");
  await expect(pgscope.note).toContainText("Read as hex: 5 bytes");
});

test("directions that the text gives are no question", async ({ pgscope }) => {
  await pgscope.open();
  await expect(pgscope.sender).toBeHidden();
  await expect(pgscope.beginning).toBeHidden();
  await expect(pgscope.note).toContainText("by both ends");
});

test("a raw file is opened, and the text comes back", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste("58 00 00 00 04");
  await pgscope.openFile("server.bin", READY);
  await expect(pgscope.row(1)).toContainText("ReadyForQueryidle");
  await expect(page.locator(".file")).toContainText("server.bin");
  await expect(pgscope.text).toBeHidden();
  await page.getByRole("button", { name: "Back to text" }).click();
  await expect(pgscope.text).toHaveValue("58 00 00 00 04");
  await expect(pgscope.row(1)).toContainText("Terminate");
});

test("a capture file is opened, with the connections in it", async ({ pgscope, page }) => {
  const recorded = (name) => readFileSync(join(import.meta.dirname, "../fixtures/captures", name));
  await pgscope.open();
  await pgscope.openFile("ipv6.pcap", recorded("pcap-odd/ipv6.pcap"));
  await expect(pgscope.note).toContainText("Read as capture file: 7,467 bytes");
  await expect(pgscope.messages.getByText("StartupMessage")).toBeVisible();
  await pgscope.openFile("tpcb.pcap", recorded("pgbench/tpcb_prepared_c2.pcap"));
  const connections = page.getByLabel("Connection");
  await expect(connections.locator("option")).toHaveCount(3);
  await connections.selectOption({ index: 2 });
  await expect(pgscope.messages.getByText("StartupMessage")).toBeVisible();
  await pgscope.openFile("cut.pcap", recorded("pcap-odd/truncated_file.pcap"));
  await expect(page.locator(".input-problems")).toContainText("a record that is not whole");
  await pgscope.openFile("lost.pcap", recorded("pcap-odd/lost_segment_client.pcap"));
  await expect(page.locator(".input-problems")).toContainText("byte 1,342 of the file: met a gap of 34 bytes");
});

test("a raw file is dropped anywhere", async ({ pgscope }) => {
  await pgscope.open();
  await pgscope.dropFile("server.bin", READY);
  await expect(pgscope.row(1)).toContainText("ReadyForQuery");
  await expect(pgscope.note).toContainText("Read as raw bytes: 6 bytes");
});

test("a text file is put where it can be edited", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste("58 00 00 00 04");
  await pgscope.dropFile("dump.txt", Buffer.from("5a 00 00 00 05 49"));
  await expect(pgscope.text).toHaveValue("5a 00 00 00 05 49");
  await expect(pgscope.row(1)).toContainText("ReadyForQuery");
  await page.getByRole("button", { name: "Undo (Ctrl+Z)" }).click();
  await expect(pgscope.text).toHaveValue("58 00 00 00 04");
});

test("a text file of Windows, two bytes a character, is text", async ({ pgscope }) => {
  await pgscope.open();
  await pgscope.openFile("dump.txt", Buffer.from("\ufeff00000000: 5a00 0000 0549  Z....I\r\n", "utf16le"));
  await expect(pgscope.text).toHaveValue("00000000: 5a00 0000 0549  Z....I\n");
  await expect(pgscope.note).toContainText("Read as xxd dump: 6 bytes");
});

const COMPLAINT = 'psql: error: lost synchronization with server: got message type "Z", length 1515870810';

test("what a program said leads to the rules that it comes from", async ({ pgscope, page }) => {
  await pgscope.open();
  const told = page.getByRole("region", { name: "What a program says" });
  await expect(told).toBeHidden();
  await pgscope.paste(COMPLAINT);
  await expect(told).toContainText("libpq says “lost synchronization with server");
  const first = told.getByRole("link").first();
  await expect(first).toHaveText(/^L01 /);
  await expect(first).toHaveAttribute("href", "messages/rule-L01.html");
  // From the text on, Tab leads there.
  await pgscope.text.focus();
  for (let steps = 0; steps < 40 && !(await first.evaluate((link) => link === document.activeElement)); steps += 1) {
    await page.keyboard.press("Tab");
  }
  await expect(first).toBeFocused();
  // Words that no program says, and bytes, are no complaint.
  await pgscope.paste("all is well");
  await expect(told).toBeHidden();
  await pgscope.paste(COMPLAINT);
  await expect(told).toBeVisible();
  await pgscope.paste("5a 00 00 00 05 49");
  await expect(told).toBeHidden();
});

for (const theme of THEMES) {
  test(`accessible in the ${theme} theme: what a program said`, async ({ pgscope, page }) => {
    await page.emulateMedia({ colorScheme: theme });
    await pgscope.open();
    await pgscope.paste(COMPLAINT);
    await expect(page.getByRole("region", { name: "What a program says" })).toBeVisible();
    await pgscope.expectAccessible();
  });
}
