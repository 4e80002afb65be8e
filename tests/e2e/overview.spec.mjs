// A whole file: its connections, statements, numbers, time line; times beside messages; messages chosen by an expression.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "./page.mjs";

const CAPTURES = resolve(import.meta.dirname, "../fixtures/captures");
const TWO = readFileSync(join(CAPTURES, "pgbench/tpcb_prepared_c2.pcap"));

/** A packet of Ethernet, IPv4 and TCP, in a record of a capture file. */
function record(nth, port, fromClient, [seq, ack], flags, payload) {
  const [from, to] = fromClient ? [port, 5432] : [5432, port];
  const length = 54 + payload.length;
  const bytes = Buffer.alloc(16 + length);
  bytes.writeUInt32LE(1_700_000_000 + Math.floor(nth / 1000), 0);
  bytes.writeUInt32LE((nth % 1000) * 1000, 4);
  bytes.writeUInt32LE(length, 8);
  bytes.writeUInt32LE(length, 12);
  bytes.writeUInt16BE(0x0800, 28);
  bytes.set([0x45, 0], 30);
  bytes.writeUInt16BE(40 + payload.length, 32);
  bytes.set([64, 6], 38);
  bytes.set(fromClient ? [10, 0, 0, 2, 10, 0, 0, 1] : [10, 0, 0, 1, 10, 0, 0, 2], 42);
  bytes.writeUInt16BE(from, 50);
  bytes.writeUInt16BE(to, 52);
  bytes.writeUInt32BE(seq, 54);
  bytes.writeUInt32BE(ack, 58);
  bytes.set([0x50, flags, 0x20, 0], 62);
  bytes.set(payload, 70);
  return bytes;
}

const message = (tag, body) => {
  const bytes = Buffer.from(`${tag}    ${body}`, "latin1");
  bytes.writeUInt32BE(body.length + 4, 1);
  return bytes;
};

/** What describes a row of one text. */
const DESCRIPTION = message("T", "\0\x01name\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0");

/** So many connections, each with a few queries; of the third one fails. Rows may be described, as they should. */
function capture(connections, queries, description = Buffer.alloc(0)) {
  const parts = [Buffer.from("d4c3b2a10200040000000000000000000000040001000000", "hex")];
  let now = 0;
  for (let one = 0; one < connections; one += 1) {
    const port = 20_000 + one;
    const at = [1, 1];
    const say = (fromClient, payload, flags = 0x18) => {
      const [mine, other] = fromClient ? [0, 1] : [1, 0];
      parts.push(record(now, port, fromClient, [at[mine], at[other]], flags, payload));
      at[mine] += payload.length;
    };
    const startup = Buffer.from(`\0\0\0\0\0\x03\0\0user\0user${one}\0database\0shop\0application_name\0worker\0\0`, "latin1");
    startup.writeUInt32BE(startup.length, 0);
    parts.push(record(now, port, true, [0, 0], 2, Buffer.alloc(0)));
    say(true, startup);
    say(false, Buffer.concat([message("R", "\0\0\0\0"), message("Z", "I")]));
    for (let query = 0; query < queries; query += 1) {
      now += 1;
      const fails = one === 2 && query === 1;
      say(true, message("Q", fails ? "SELECT 1/0\0" : `SELECT name FROM fruit WHERE id = ${query}\0`));
      now += 2 + (query % 7);
      const answer = fails ? message("E", "SERROR\0VERROR\0C22012\0Mdivision by zero\0\0") : Buffer.concat([description, message("D", "\0\x01\0\0\0\x04pear"), message("C", "SELECT 1\0")]);
      say(false, Buffer.concat([answer, message("Z", "I")]));
    }
    say(true, message("X", ""));
  }
  return Buffer.concat(parts);
}

const overview = (page) => page.getByRole("region", { name: "The whole file" });
const rows = (page) => page.locator(".overview-table tbody tr");
const cell = (page, nth, column) => rows(page).nth(nth).locator("td").nth(column);

/** The packets of a capture file as pcapng, with what is remarked at some of them, by their numbers from 0. */
function annotated(pcap, remarks) {
  const block = (kind, body) => {
    const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
    const bytes = Buffer.alloc(12 + padded.length);
    bytes.writeUInt32LE(kind, 0);
    bytes.writeUInt32LE(bytes.length, 4);
    padded.copy(bytes, 8);
    bytes.writeUInt32LE(bytes.length, bytes.length - 4);
    return bytes;
  };
  const option = (text) => {
    const words = Buffer.from(text);
    const bytes = Buffer.alloc(4 + words.length + ((4 - (words.length % 4)) % 4));
    bytes.writeUInt16LE(1, 0);
    bytes.writeUInt16LE(words.length, 2);
    words.copy(bytes, 4);
    return Buffer.concat([bytes, Buffer.alloc(4)]);
  };
  const blocks = [block(0x0a0d0d0a, Buffer.from("4d3c2b1a01000000ffffffffffffffff", "hex")), block(1, Buffer.from("0100000000000000", "hex"))];
  for (let at = 24, nth = 0; at < pcap.length; nth += 1) {
    const length = pcap.readUInt32LE(at + 8);
    const head = Buffer.alloc(20);
    head.writeUInt32LE(length, 12);
    head.writeUInt32LE(length, 16);
    const data = pcap.subarray(at + 16, at + 16 + length);
    const padded = Buffer.concat([data, Buffer.alloc((4 - (length % 4)) % 4)]);
    blocks.push(block(6, Buffer.concat([head, padded, nth in remarks ? option(remarks[nth]) : Buffer.alloc(0)])));
    at += 16 + length;
  }
  return Buffer.concat(blocks);
}

test("what somebody remarked at a packet stands at its message, and is found", async ({ pgscope, page }) => {
  await pgscope.open();
  // Of each connection: SYN, StartupMessage, AuthenticationOk with ReadyForQuery, a Query.
  await pgscope.openFile("remarked.pcapng", annotated(capture(1, 3), { 3: "This one is <slow>,\nask Anna", 5: "the next" }));
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByLabel("Show only messages with").fill('comment contains "anna"');
  await expect(page.locator(".bar-count")).toHaveText(/^1 of /);
  await pgscope.row(4).click();
  await expect(page.locator(".ties .remark")).toHaveText("This one is <slow>,\nask Anna");
  await expect(page.locator(".ties")).toContainText("Comment");
  await pgscope.expectAccessible();
});

test("a file of many connections opens on their list, which is ordered and sifted", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.openFile("many.pcap", capture(12, 10));
  await expect(rows(page)).toHaveCount(12);
  await expect(rows(page).first()).toHaveAttribute("aria-current", "true");
  await expect(cell(page, 2, 1)).toHaveText("user2");
  await expect(cell(page, 2, 9)).toHaveText("1");
  await expect(cell(page, 0, 12)).toHaveText("Terminate");
  await pgscope.expectAccessible();
  // What is most comes first, and by a second click last.
  await page.getByRole("button", { name: "errors" }).click();
  await expect(cell(page, 0, 1)).toHaveText("user2");
  await expect(page.getByRole("columnheader", { name: "errors" })).toHaveAttribute("aria-sort", "descending");
  await page.getByRole("button", { name: "errors" }).click();
  await expect(page.getByRole("columnheader", { name: "errors" })).toHaveAttribute("aria-sort", "ascending");
  await page.getByLabel("Only rows with").fill("USER7");
  await expect(rows(page)).toHaveCount(1);
  await rows(page).first().getByRole("button", { name: "10.0.0.2:20007" }).click();
  await expect(page.getByLabel("Connection", { exact: true })).toHaveValue("7");
  await page.getByLabel("Only rows with").fill("nobody");
  await expect(page.locator(".overview-none")).toHaveText("No connection has that.");
  // The slowest answer leads to what asked for it.
  await page.getByLabel("Only rows with").fill("user3");
  // What is listed stays as it is when another connection is shown, and so does the focus.
  const slowest = cell(page, 0, 11).getByRole("button");
  await slowest.click();
  await expect(slowest).toBeFocused();
  await expect(page.getByLabel("Connection", { exact: true })).toHaveValue("3");
  await expect(page.locator(".inspector")).toContainText("Query");
});

test("a reload comes back to the connection that was shown, and to its message", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.openFile("many.pcap", capture(12, 10));
  await rows(page).nth(7).getByRole("button", { name: "10.0.0.2:20007" }).click();
  await expect(page.getByLabel("Connection", { exact: true })).toHaveValue("7");
  await pgscope.row(9).click();
  await expect(pgscope.row(9)).toHaveAttribute("aria-selected", "true");
  await expect(page.getByText("Kept for your next visit")).toBeVisible();
  await page.reload();
  await expect(page.getByLabel("Connection", { exact: true })).toHaveValue("7");
  await expect(pgscope.row(9)).toHaveAttribute("aria-selected", "true");
});

test("what is wrong on a connection is counted in the list as it is above the exchange", async ({ pgscope, page }) => {
  const parts = [capture(2, 1)];
  // A row that nobody has asked for, and a Query without its zero byte.
  const wrong = [[false, message("D", "\0\x01\0\0\0\x01a")], [true, message("Q", "SELECT 1")]];
  const at = [1, 1];
  for (const [fromClient, payload] of wrong) {
    const [mine, other] = fromClient ? [0, 1] : [1, 0];
    parts.push(record(900, 30_000, fromClient, [at[mine], at[other]], 0x18, payload));
    at[mine] += payload.length;
  }
  await pgscope.open();
  await pgscope.openFile("wrong.pcap", Buffer.concat(parts));
  await expect(rows(page)).toHaveCount(3);
  await rows(page).nth(2).getByRole("button", { name: "10.0.0.2:30000" }).click();
  const chip = page.locator(".exchange .chip", { hasText: /problem/ });
  const [count] = (await chip.first().textContent()).match(/\d+/);
  expect(Number(count)).toBeGreaterThan(0);
  await expect(cell(page, 2, 10)).toHaveText(count);
});

test("a capture of 100 MB and 600 connections is stopped, read, ordered, sifted, and seeked to its end", async ({ pgscope, page }) => {
  const file = test.info().outputPath("large.pcap");
  const queries = 780;
  writeFileSync(file, capture(600, queries));
  expect(statSync(file).size).toBeGreaterThan(100_000_000);
  const input = page.getByLabel("A file to decode");
  await pgscope.open();
  await input.setInputFiles(file);
  await page.locator(".progress").getByRole("button", { name: "Stop" }).click();
  await expect(page.locator(".partial")).toContainText("Stopped: ");
  await input.setInputFiles(file);
  await expect(rows(page)).toHaveCount(200, { timeout: 60_000 });
  await expect(page.locator(".overview-head .chip").first()).toHaveText("600 connections");
  await page.getByRole("button", { name: "errors", exact: true }).click();
  await expect(cell(page, 0, 1)).toHaveText("user2");
  await page.getByLabel("Only rows with").fill("user599");
  await expect(rows(page)).toHaveCount(1);
  await expect(cell(page, 0, 8)).toHaveText(String(queries));
  // A list of 600 is none to choose from: its number is said.
  await page.getByRole("spinbutton", { name: "Connection" }).fill("600");
  await page.getByRole("spinbutton", { name: "Connection" }).press("Enter");
  await expect(rows(page).first()).toHaveAttribute("aria-current", "true");
  await pgscope.messages.press("Shift+ArrowRight");
  await pgscope.messages.press("End");
  await expect(pgscope.selectedRow).toContainText("Terminate");
  await expect(pgscope.selectedRow).toBeInViewport();
  // All of its messages are looked through for what is wrong; then the count is told no more.
  await expect(page.locator(".overview-bar [role=status]")).toHaveText("", { timeout: 60_000 });
  await page.getByRole("tab", { name: "Statements" }).click();
  await expect(rows(page).first()).toContainText("SELECT name FROM fruit WHERE id = ?");
  await expect(rows(page).first()).toContainText(new Intl.NumberFormat("en").format(600 * queries - 1));
  await pgscope.expectAccessible();
  // What is not held is looked through, too, and a row leads to it.
  await page.getByRole("tab", { name: "Messages", exact: true }).click();
  await page.getByLabel("Only rows with").fill('tag == "E" && direction == backend');
  await expect(rows(page)).toHaveCount(1, { timeout: 60_000 });
  await rows(page).first().getByRole("button").click();
  await expect(page.locator(".inspector")).toContainText("division by zero");
});

test("several workers share a large file, and find what one finds alone", async ({ pgscope, page }) => {
  const file = test.info().outputPath("shared.pcap");
  writeFileSync(file, capture(900, 780));
  expect(statSync(file).size).toBeGreaterThan(128 << 20);
  const scripts = [];
  page.on("request", (request) => /worker-\w+\.js/.test(request.url()) && scripts.push(request.url()));
  const read = async () => {
    scripts.length = 0;
    await pgscope.open();
    await page.getByLabel("A file to decode").setInputFiles(file);
    await expect(rows(page)).toHaveCount(200, { timeout: 60_000 });
    // All is looked through for what is wrong.
    await expect(page.locator(".overview-bar [role=status]")).toHaveText("", { timeout: 60_000 });
    const told = [await overview(page).locator(".overview-head").innerText(), await rows(page).allInnerTexts()];
    for (const [tab, row] of [["Statements", "SELECT name FROM fruit"], ["Statistics", "ReadyForQuery"]]) {
      await page.getByRole("tab", { name: tab }).click();
      await expect(rows(page).filter({ hasText: row }).first()).toBeVisible();
      told.push(await rows(page).allInnerTexts());
    }
    return told;
  };
  const together = await read();
  // In Chromium on one core nobody helps.
  const cores = await page.evaluate(() => navigator.hardwareConcurrency);
  expect(scripts.length).toBe(1 + Math.min(3, Math.floor(cores / 2)));
  // Whoever is to help cannot be started.
  let started = 0;
  await page.route("**/worker-*.js", (route) => ((started += 1) > 1 ? route.abort() : route.continue()));
  await page.goto("about:blank");
  expect(await read()).toEqual(together);
  expect(pgscope.complaints.every((words) => words.includes("ERR_FAILED")), String(pgscope.complaints)).toBe(true);
  pgscope.complaints.length = 0;
});

test("statements are those that were run, and lead to their runs", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.openFile("many.pcap", capture(12, 10));
  await page.getByRole("tab", { name: "Statements" }).click();
  await expect(rows(page)).toHaveCount(2);
  await expect(cell(page, 0, 0)).toHaveText("SELECT name FROM fruit WHERE id = ?");
  await expect(cell(page, 0, 1)).toHaveText("119");
  await expect(cell(page, 1, 2)).toHaveText("1");
  await page.getByRole("button", { name: "SELECT ?/?" }).click();
  const run = page.locator(".overview-runs").getByRole("button");
  await expect(run).toHaveCount(1);
  await run.click();
  await expect(page.getByLabel("Connection", { exact: true })).toHaveValue("2");
  await expect(page.locator(".inspector")).toContainText("SELECT 1/0");
  await page.getByLabel("only the one shown below").check();
  await expect(cell(page, 0, 1)).toHaveText("9");
  await page.getByRole("tab", { name: "Statements" }).press("ArrowRight");
  await page.getByRole("tab", { name: "Messages", exact: true }).press("ArrowRight");
  await expect(page.getByRole("tab", { name: "Statistics" })).toHaveAttribute("aria-selected", "true");
  await expect(page.locator(".overview-facts")).toContainText("round trips");
  await pgscope.expectAccessible();
});

test("a row leads on wherever it is clicked, words are looked for each by itself, and n goes on to what is bad", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.openFile("many.pcap", capture(12, 10, DESCRIPTION));
  await page.getByLabel("Only rows with").fill(" worker  user7 ");
  await expect(rows(page)).toHaveCount(1);
  await cell(page, 0, 4).click();
  await expect(page.getByLabel("Connection", { exact: true })).toHaveValue("7");
  await page.getByLabel("Only rows with").fill("");
  await cell(page, 0, 4).click();
  await expect(page.getByLabel("Connection", { exact: true })).toHaveValue("0");
  await pgscope.messages.press("n");
  await expect(page.locator("#said")).toContainText("on to connection 3");
  await expect(page.getByLabel("Connection", { exact: true })).toHaveValue("2");
  await pgscope.messages.press("n");
  await expect(page.locator(".inspector")).toContainText("division by zero");
  await pgscope.messages.press("n");
  await expect(page.locator("#said")).toContainText("No more errors or problems behind this message, nor on a connection");
  await page.getByRole("tab", { name: "Statements" }).click();
  await cell(page, 1, 1).click();
  await expect(page.locator(".overview-runs").getByRole("button")).toHaveCount(1);
  await cell(page, 1, 1).click();
  await expect(page.locator(".overview-runs")).toHaveCount(0);
});

test("a stretch of the time line is what the tables show", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.openFile("many.pcap", capture(12, 10));
  await expect(rows(page)).toHaveCount(12);
  const line = page.getByRole("slider", { name: /^Time line/ });
  await line.focus();
  await page.keyboard.press("+");
  await expect(page.getByText("only this stretch")).toBeVisible();
  await expect.poll(() => rows(page).count()).toBeLessThan(6);
  await expect(rows(page).first()).toContainText("user0");
  await page.getByRole("tab", { name: "Messages", exact: true }).click();
  await expect(rows(page).last()).not.toContainText("12");
  await page.getByRole("button", { name: "Show all of the time" }).click();
  await page.getByRole("tab", { name: "Connections" }).click();
  await expect(rows(page)).toHaveCount(12);
});

test("messages of all connections stand in one order of time, those that are like something", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.openFile("tpcb.pcap", TWO);
  await page.getByRole("tab", { name: "Messages", exact: true }).click();
  await expect(rows(page)).toHaveCount(200);
  const column = (nth) => rows(page).locator(`td:nth-child(${nth})`).allTextContents();
  const times = (await column(2)).map(Number);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(new Set(await column(1)).size).toBeGreaterThan(1);
  await page.getByRole("button", { name: /^Show 200 more of / }).click();
  await expect(rows(page)).toHaveCount(400);
  await pgscope.expectAccessible();
  // Words, an expression, and one that cannot be read.
  const like = page.getByLabel("Only rows with");
  await like.fill("ReadyForQuery");
  await expect.poll(async () => new Set(await column(5))).toEqual(new Set(["ReadyForQuery"]));
  await like.fill('tag == "C" && direction == backend');
  await expect.poll(async () => new Set(await column(5))).toEqual(new Set(["CommandComplete"]));
  await like.fill("duration > soon");
  await expect(page.locator(".overview-table").getByRole("alert")).toContainText("letter 12: met “soon”");
  await like.fill("no such words anywhere");
  await expect(page.locator(".overview-none")).toHaveText("No message has that.");
  // A row leads to its message, in its connection.
  await like.fill("connection == 2 && query contains \"UPDATE\"");
  await expect.poll(async () => new Set(await column(1))).toEqual(new Set(["2"]));
  await rows(page).first().getByRole("button").click();
  await expect(page.getByLabel("Connection", { exact: true })).toHaveValue("1");
  await expect(rows(page).first()).toHaveAttribute("aria-current", "true");
  await expect(page.locator(".inspector")).toContainText("UPDATE");
});

test("a time line shows what happened when, and a click goes there", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.openFile("many.pcap", capture(3, 200));
  const line = page.locator(".timeline");
  await expect(line).toHaveAttribute("aria-label", /^Time line: .*, 1 error$/);
  const box = await line.boundingBox();
  const before = await pgscope.status.textContent();
  await page.mouse.click(box.x + box.width * 0.2, box.y + 20);
  await expect(pgscope.status).not.toHaveText(before);
  await page.mouse.move(box.x + 100, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + 300, box.y + 20);
  await page.mouse.up();
  const all = page.getByRole("button", { name: "Show all of the time" });
  await expect(all).toBeVisible();
  await all.click();
  await expect(all).toBeHidden();
  // The same by keys.
  await line.focus();
  await line.press("End");
  await expect(line).toHaveAttribute("aria-valuetext", /^at .*, \d connections?, servers at work /);
  const last = await pgscope.status.textContent();
  await line.press("Home");
  await line.press("Enter");
  await expect(pgscope.status).not.toHaveText(last);
  await line.press("+");
  await expect(all).toBeVisible();
  await line.press("-");
  await expect(all).toBeHidden();
  await pgscope.expectAccessible();
});

test("a click on an error leads to its connection, whichever is shown", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.openFile("many.pcap", capture(3, 200));
  await expect(page.getByLabel("Connection", { exact: true })).toHaveValue("0");
  const line = page.locator(".timeline");
  await expect(line).toHaveAttribute("aria-label", /, 1 error$/);
  // The third connection fails right behind the end of the second: two thirds of the way.
  const box = await line.boundingBox();
  const from = Math.floor(box.width * 0.66);
  await line.focus();
  await page.mouse.click(box.x + from, box.y + 20);
  for (let step = 0; step < 40 && !/1 error/.test(await line.getAttribute("aria-valuetext")); step += 1) {
    await line.press("ArrowRight");
  }
  await expect(line).toHaveAttribute("aria-valuetext", /1 error/);
  await line.press("Enter");
  await expect(page.getByLabel("Connection", { exact: true })).toHaveValue("2");
  await expect(page.locator(".inspector")).toContainText("division by zero");
});

test("what of a file is another protocol's is told where one looks", async ({ pgscope, page }) => {
  const request = Buffer.from("GET / HTTP/1.1\r\nHost: here\r\n\r\n");
  const other = [record(900, 30_000, true, [0, 0], 2, Buffer.alloc(0)), record(901, 30_000, true, [1, 1], 0x18, request)];
  // To a port of its own.
  other.forEach((packet) => packet.writeUInt16BE(8080, 52));
  await pgscope.open();
  await pgscope.openFile("one.pcap", Buffer.concat([capture(1, 3), ...other]));
  await expect(overview(page)).toContainText("left out: 1 connection of another protocol (an HTTP request)");
  await expect(rows(page)).toHaveCount(1);
  await pgscope.expectAccessible();
});

test("times stand beside messages as one wants them counted", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.openFile("many.pcap", capture(2, 3));
  const time = page.locator(".list .row .time");
  await expect(time.first()).toHaveText("0.000000");
  await expect(pgscope.row(4).locator(".time")).toHaveText("0.001000 ⟶ 2.00 ms");
  await page.getByLabel("Times of messages").selectOption("time of day, UTC");
  await expect(time.first()).toHaveText(/^22:13:20\.000000/);
  await page.getByLabel("Times of messages").selectOption("no times");
  await expect(time).toHaveCount(0);
});

test("messages are chosen by an expression, and what of it cannot be read is told with its place", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.openFile("many.pcap", capture(3, 10));
  await page.getByLabel("Connection", { exact: true }).selectOption("2");
  await page.getByRole("button", { name: "Filter" }).click();
  const field = page.getByLabel("Show only messages with");
  const count = page.locator(".bar-count");
  await field.fill('tag == "E" && sqlstate ~ "^22"');
  await expect(count).toHaveText(/^1 of /);
  await field.fill("duration > 7ms");
  await expect(count).toHaveText(/^1 of /);
  await field.fill("failed == true");
  await expect(count).toHaveText(/^1 of /);
  await field.fill("duration > soon");
  await expect(page.locator(".bar-note.bad")).toHaveText("letter 12: met “soon”, expected a duration such as 100ms, 1.5s or 20us");
  await field.fill("pear");
  await expect(count).toHaveText(/^9 of /);
});

test("recorded connections of pgbench are told as they were", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.openFile("tpcb.pcap", TWO);
  await expect(overview(page)).toBeVisible();
  await expect(rows(page)).toHaveCount(await page.getByLabel("Connection", { exact: true }).locator("option").count());
  await page.getByRole("tab", { name: "Statements" }).click();
  await expect(page.locator(".overview-table")).toContainText("UPDATE pgbench_accounts SET abalance = abalance + $1 WHERE aid = $2");
  // Something else takes the place of it.
  await pgscope.paste("F: 51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00");
  await expect(overview(page)).toBeHidden();
});

test("a file that gzip or Zstandard has packed is unpacked, and one that is cut off is named", async ({ pgscope, page }) => {
  await pgscope.open();
  const packed = gzipSync(capture(4, 5));
  await pgscope.openFile("many.pcap.gz", packed);
  await expect(rows(page)).toHaveCount(4);
  await expect(page.locator(".file-name")).toHaveText("many.pcap");
  await pgscope.openFile("cut.pcap.gz", packed.subarray(0, packed.length / 2));
  await expect(page.locator(".note .bad").first()).toContainText("cut.pcap.gz could not be unpacked to its end");
  // Two frames, and one between them that holds nothing.
  const zstandard = readFileSync(join(CAPTURES, "pcap-odd/two_frames.pcap.zst"));
  await pgscope.openFile("cancel.pcap.zst", zstandard);
  await expect(rows(page)).toHaveCount(2);
  await expect(page.locator(".file-name")).toHaveText("cancel.pcap");
  await pgscope.openFile("cut.pcap.zst", zstandard.subarray(0, zstandard.length / 2));
  await expect(page.locator(".note .bad").first()).toContainText("cut.pcap.zst could not be unpacked to its end");
});

test("s goes to what was answered slowly, t to what opens a transaction, and each says what it is", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.openFile("one.pcap", capture(1, 10));
  await pgscope.messages.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("s");
  await expect(page.locator("#said")).toHaveText("took 8.00 ms; 1 of 10 answers took 8.00 ms or more");
  await expect(pgscope.title).toContainText("Query");
  await expect(pgscope.failure.or(pgscope.hex)).toBeVisible();
  await page.keyboard.press("s");
  await expect(page.locator("#said")).toHaveText("No answer behind this message took 8.00 ms, as 1 of 10 did.");
  await page.keyboard.press("t");
  await expect(page.locator("#said")).toHaveText("No transaction is opened behind this message that goes on behind its round.");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toContainText("what opens the next transaction");
});
