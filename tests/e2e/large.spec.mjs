// Much input: it is read in the background, only what is seen is asked for and drawn, and one can stop it.
import { inputs } from "./made.mjs";
import { expect as patient, test } from "./page.mjs";

const MB = 1 << 20;
// Much work on a machine that may have other things to do.
const expect = patient.configure({ timeout: 20_000 });
test.setTimeout(90_000);

test.beforeEach(({ page }) => page.addInitScript(inputs));
// Not asserted: the machine may be busy with other things.
test.afterEach(async ({ page }, info) => {
  const tasks = await page.evaluate(() => window.longTasks);
  info.annotations.push({ type: "long tasks", description: tasks.join(", ") });
  if (tasks.length > 0) console.log(`      long tasks of the page, in ms: ${tasks.join(", ")}`);
});

const drawn = (page) => page.evaluate(() => document.getElementsByTagName("*").length);
const drop = async (page, name, kind, size) => {
  await make(page, kind, size);
  await page.evaluate((name) => window.dropMade(name, [window.ready]), name);
};
const paste = async (page, kind, size) => {
  await make(page, kind, size);
  await page.evaluate(() => window.pasteMade(window.ready));
};
// What the making costs is not the page's.
const make = async (page, kind, size) => {
  await page.evaluate(([kind, size]) => void (window.ready = window.made[kind](size)), [kind, size]);
  await page.evaluate(() => new Promise((done) => setTimeout(() => done(void (window.longTasks.length = 0)), 50)));
};
/** Opens everything that is folded, and goes to the last message. */
const toTheEnd = async (pgscope) => {
  await expect(pgscope.rows.first()).toBeVisible();
  await pgscope.messages.press("Shift+ArrowRight");
  await expect(pgscope.messages.locator('[aria-expanded="false"]')).toHaveCount(0);
  await pgscope.messages.press("End");
};
const progress = (page) => page.locator(".progress");
const longText = (page) => page.getByRole("region", { name: "The text, read only" });

/** Waits until the page asks nothing more of its worker: what is still to come may move the list. */
async function quiet(page) {
  let before = -1;
  await expect
    .poll(async () => {
      const now = await page.evaluate(() => window.asked);
      const isQuiet = now === before;
      before = now;
      return isQuiet;
    }, { intervals: [200] })
    .toBe(true);
}

test("100 MB of raw bytes: few rows are drawn, the end is reached at once, and the list is never blank", async ({ pgscope, page }) => {
  await pgscope.open();
  await drop(page, "large.bin", "raw", 100 * MB);
  await expect(page.locator(".file")).toContainText("large.bin104,857,600 bytes");
  // While it is read, fewer messages are told.
  await expect(pgscope.note).toContainText("Read as raw bytes");
  const chip = page.getByText(/^2,\d{3},\d{3} messages$/).first();
  await expect(chip).toBeVisible();
  const last = Number((await chip.textContent()).replace(/\D/g, ""));
  expect(await pgscope.rows.count()).toBeLessThan(100);
  await toTheEnd(pgscope);
  await expect(pgscope.row(last)).toBeInViewport();
  await pgscope.messages.press("ArrowUp");
  await expect(pgscope.row(last - 1)).toHaveAttribute("aria-selected", "true");
  await expect(pgscope.row(last - 1)).toBeInViewport();
  await pgscope.messages.press("Home");
  await expect(pgscope.row(1)).toBeInViewport();
  await quiet(page);

  // The wheel goes row by row, however long the list is.
  await pgscope.messages.hover();
  await page.mouse.wheel(0, 340);
  await expect(pgscope.row(11)).toBeInViewport();
  await expect(pgscope.row(5)).not.toBeInViewport();

  // The scroll bar is dragged wildly: in each frame there are rows in the view, and little is asked.
  const seen = await pgscope.messages.evaluate(async (list) => {
    const before = window.asked;
    const blank = [];
    const frame = () => new Promise(requestAnimationFrame);
    for (let nth = 0; nth < 60; nth += 1) {
      for (let jump = 0; jump < 10; jump += 1) {
        list.scrollTop = list.scrollHeight * Math.abs(Math.sin(nth * 10 + jump));
        list.dispatchEvent(new Event("scroll"));
      }
      await frame();
      const view = list.getBoundingClientRect();
      const rows = [...list.querySelectorAll(".row")].filter((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        return bottom > view.top && top < view.bottom;
      });
      if (rows.length < 5) blank.push(nth);
    }
    list.scrollTop = list.scrollHeight;
    return { asked: window.asked - before, blank };
  });
  expect(seen.blank).toEqual([]);
  expect(seen.asked, "600 times scrolled in 60 frames").toBeLessThan(250);
  await expect(pgscope.row(last)).toBeInViewport();
  expect(await drawn(page)).toBeLessThan(3000);
  expect(await page.evaluate(() => window.workers.length)).toBe(1);
});

test("20 MB of pasted text is shown in part, and characters, bytes and fields light each other", async ({ pgscope, page }) => {
  await pgscope.open();
  await paste(page, "xxd", 20 * MB);
  await expect(page.locator(".file")).toContainText("Pasted text");
  await expect(pgscope.note).toContainText("Read as xxd dump");
  await expect(longText(page)).toBeVisible();
  expect(await page.locator(".long-line").count()).toBeLessThan(100);
  await pgscope.expectAccessible();

  // 00000000: 5400 …: the second byte is the first of the length.
  const cell = await longText(page).locator(".measure").evaluate((measure) => measure.getBoundingClientRect().width / 50);
  const position = { x: 16 + 12.5 * cell, y: 8 };
  await page.locator(".long-line").first().hover({ position });
  await expect(pgscope.status).toContainText("length");
  await page.locator(".long-line").first().click({ position });
  await expect(pgscope.selectedField).toContainText("length");
  // 2 + 21 + 23 bytes of columns, and itself.
  await expect(page.locator(".long-line mark")).toHaveText(["00", "0000", "32"]);

  await toTheEnd(pgscope);
  await expect(page.locator(".long-line mark").first()).toBeInViewport();
  const line = page.locator(".long-line", { has: page.locator("mark") }).first();
  const numberOf = async () => Number(await line.getAttribute("data-line"));
  await expect.poll(numberOf).toBeGreaterThan((20 * MB) / 68 - 20);
  const number = await numberOf();
  expect((await line.textContent()).slice(0, 8)).toBe((number * 16).toString(16).padStart(8, "0"));
  expect(await drawn(page)).toBeLessThan(3500);

  await page.getByRole("button", { name: "Back to text" }).click();
  await expect(page.getByText("28 messages")).toBeVisible();
  await expect(longText(page)).toBeHidden();
});

test("20 MB on a single line are broken into lines", async ({ pgscope, page }) => {
  await pgscope.open();
  await paste(page, "line", 20 * MB);
  await expect(pgscope.note).toContainText("Read as hex");
  expect((await page.locator(".long-line").first().textContent()).length).toBe(96);
  await longText(page).evaluate((list) => (list.scrollTop = list.scrollHeight));
  await expect(page.locator(`[data-line="${Math.ceil((20 * MB) / 96) - 1}"]`)).toBeInViewport();
  await page.locator(`[data-line="${Math.ceil((20 * MB) / 96) - 2}"]`).click({ position: { x: 40, y: 8 } });
  await expect(pgscope.selectedField).toBeInViewport();
  expect(await page.locator(".long-line").count()).toBeLessThan(100);
});

test("the reading is told, can be stopped, and what was read by then is shown and said to be a part", async ({ pgscope, page }) => {
  await pgscope.open();
  await page.evaluate(() => window.holdPiece(3));
  await drop(page, "large.bin", "raw", 20 * MB);
  await expect(progress(page)).toContainText("Reading the file");
  await expect(progress(page)).toContainText("8,388 of 20,971 KB");
  await expect(page.locator("#progress-told")).toHaveText("Reading the file: 25 %");
  await expect(page.getByRole("progressbar")).toHaveAttribute("aria-valuenow", "40");
  await expect(pgscope.messages.locator(".row"), "nothing of what was there before").toHaveCount(0);
  await pgscope.expectAccessible();
  await progress(page).getByRole("button", { name: "Stop" }).click();
  await page.evaluate(() => window.letPiece());
  await expect(page.locator(".partial")).toContainText("Stopped: this is only the first 12,582,912 of 20,971,520 bytes.");
  await expect(progress(page)).toBeHidden();
  await toTheEnd(pgscope);
  await expect(pgscope.selectedRow).toBeInViewport();
  await page.getByRole("button", { name: "Read all of it" }).click();
  await expect(page.locator(".partial")).toBeHidden();
  await expect(pgscope.note).toContainText("20,971,520 bytes");
});

test("on a phone a long text has a tab and a window of its own, and what was said stands below it", async ({ pgscope, page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await pgscope.open();
  await drop(page, "large.txt", "xxd", 5 * MB);
  await expect(pgscope.messages).toBeVisible();
  await page.getByRole("tab", { name: "Bytes" }).click();
  await expect(longText(page)).toBeVisible();
  expect(await longText(page).evaluate((text) => text.clientHeight)).toBeLessThan(740);
  await expect(pgscope.note).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThan(5000);
});

test("a search for what is shown is stopped, and goes on", async ({ pgscope, page }) => {
  await pgscope.open();
  await drop(page, "large.bin", "raw", 60 * MB);
  await expect(pgscope.note).toContainText("Read as raw bytes");
  await page.getByRole("button", { name: "Filter" }).click();
  const filter = page.getByRole("search", { name: "Filter" });
  await filter.getByRole("combobox", { name: "Show only messages with" }).fill("nothing like this");
  await filter.getByRole("button", { name: "Stop" }).click();
  const count = filter.getByRole("status");
  await expect(count).toHaveText(/^0 of [\d,]+, \d+ % searched$/);
  await filter.getByRole("button", { name: "Go on" }).click();
  await expect(count).not.toContainText("searched", { timeout: 60_000 });
  await expect(filter.getByRole("button", { name: "Stop" })).toBeHidden();
  await expect(pgscope.messages).toContainText("No message is like that.");
});

test("a file that cannot be read to its end, and a thread that dies, are told, and the page works on", async ({ pgscope, page }) => {
  await pgscope.open();
  await page.evaluate(() => window.holdPiece(2));
  await drop(page, "large.bin", "raw", 20 * MB);
  await expect(progress(page)).toContainText("4,194 of 20,971 KB");
  await page.evaluate(() => window.failPiece(new DOMException("gone", "NotReadableError")));
  await expect(pgscope.note).toContainText("could not be read to its end");
  await expect(progress(page)).toBeHidden();

  await page.evaluate(() => window.holdPiece(Infinity));
  await drop(page, "large.bin", "raw", MB);
  await expect(pgscope.note).toContainText("1,048,576 bytes");
  await page.evaluate(() => window.workers.at(-1).dispatchEvent(new Event("error")));
  await expect(pgscope.note).toContainText("has no memory left");
  await page.getByRole("button", { name: "Back to text" }).click();
  await expect(page.getByText("28 messages")).toBeVisible();
});

test("a browser without workers reads it in the page, and says so", async ({ pgscope, page }) => {
  await page.route("**/worker-*.js", (route) => route.abort());
  await pgscope.open();
  await drop(page, "large.bin", "raw", 2 * MB);
  await expect(pgscope.note).toContainText("2,097,152 bytes");
  await expect(pgscope.note).toContainText("does not let the page work in the background");
  await toTheEnd(pgscope);
  await expect(pgscope.selectedRow).toBeInViewport();
  expect(pgscope.complaints.every((words) => words.includes("ERR_FAILED")), String(pgscope.complaints)).toBe(true);
  pgscope.complaints.length = 0;
});

test("a message of 2 MB: few lines of hex, and its end is reached at once", async ({ pgscope, page }) => {
  await pgscope.open();
  const body = 2 << 20;
  await page.evaluate((body) => {
    const message = new Uint8Array(body + 5).fill(0x78);
    message.set([0x64, 0, (body + 4) >> 16, ((body + 4) >> 8) & 255, (body + 4) & 255]);
    window.dropMade("large.bin", [message]);
  }, body);
  await expect(pgscope.title).toHaveText(/^CopyData/);
  await pgscope.hex.press("Control+End");
  await expect(pgscope.byte(body + 4)).toBeInViewport();
  expect(await pgscope.hex.getByRole("row").count()).toBeLessThan(60);
  await expect(page.locator(".hex-offset").last()).toHaveText((body & ~0xf).toString(16));
});

test("a message of many fields shows a part of them, and any of them when its byte is clicked", async ({ pgscope, page }) => {
  const columns = 3000;
  const row = Buffer.alloc(7 + 4 * columns, 0xff);
  row.write("D", 0);
  row.writeUInt32BE(row.length - 1, 1);
  row.writeUInt16BE(columns, 5);
  await pgscope.open();
  await pgscope.dropFile("wide.bin", row);
  await pgscope.sender.getByRole("button", { name: /^backend/ }).click();
  await expect(pgscope.fields.getByRole("treeitem")).toHaveCount(200);
  await page.getByRole("button", { name: /show more/ }).click();
  await expect(page.getByRole("button", { name: "100 fields before these" })).toBeVisible();
  expect(await pgscope.fields.getByRole("treeitem").count()).toBe(200);
  await pgscope.hex.press("Control+End");
  await expect(pgscope.selectedField).toBeInViewport();
  await expect(pgscope.selectedField).toContainText("datarow.columns.length");
});

test("a long text stays editable and leads to its last message", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste("B: 5a 00 00 00 05 49\n".repeat(20_000));
  await expect(page.getByText("20,000 messages")).toBeVisible();
  await toTheEnd(pgscope);
  await expect(pgscope.row(20_000)).toBeInViewport();
  await expect.poll(() => pgscope.markedText()).toBe("5a 00 00 00 05 49");
  expect(await pgscope.marked.count()).toBe(1);
});

test("pasted text with a very long line is read, but not put into the text area", async ({ pgscope, page }) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await pgscope.open();
  await page.evaluate(() => navigator.clipboard.writeText("5a0000000549".repeat(20_000)));
  await pgscope.text.press("Control+V");
  await expect(page.getByText("20,000 messages")).toBeVisible();
  await expect(page.locator(".file")).toContainText("Pasted text240,000 bytes");
  await page.getByRole("button", { name: "Back to text" }).click();
  await expect(page.getByText("28 messages")).toBeVisible();
});
