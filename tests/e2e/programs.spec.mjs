// Both programs at work beside the story, experiments, predicting, and two plays side by side.
import { expect, test, THEMES } from "./page.mjs";

const program = (page, name) => page.getByRole("region", { name: `The ${name}`, exact: true });
const sign = (page, name) => program(page, name).locator(".program-sign");

test("both programs follow each step: state, read, inbox, code, and what both know", async ({ pgscope, page }) => {
  await pgscope.open("#learn=handshake&step=1");
  await expect(sign(page, "client")).toHaveText("‖ blocked in read(1), has 0");
  await expect(program(page, "client").locator(".state")).toHaveText("asked for encryption");
  await expect(program(page, "client").locator("[data-mark=now]")).toContainText("answer = read(1)");
  await expect(sign(page, "server")).toHaveText("works");
  await page.keyboard.press("ArrowRight");
  await expect(sign(page, "server")).toHaveText("‖ blocked in read(4), has 0");
  await expect(program(page, "server").locator("[data-mark=now]")).toContainText("length = int32(read(4))");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  // All that the server says is here, and the client reads message by message.
  await expect(sign(page, "server")).toHaveText("‖ has sent on to ReadyForQuery; blocked in read(1), has 0");
  await expect(sign(page, "client")).toHaveText(/^reads on: \d+ bytes lie in its inbox$/);
  await expect(program(page, "client").locator(".inbox-cell[data-is=unread]").first()).toHaveText("53");
  await page.keyboard.press("]");
  await expect(page.locator(".both-know")).toContainText("settings");
  await page.keyboard.press("End");
  await expect(sign(page, "client")).toHaveText("closed");
  await expect(sign(page, "server")).toHaveText("closed");
  // The state leads to its page, and its ways out can be opened.
  await expect(program(page, "server").locator(".state")).toHaveAttribute("href", "messages/state-server-closed.html");
  await page.keyboard.press("Home");
  await program(page, "client").getByText("Ways out of this state").click();
  await expect(program(page, "client").locator(".program-ways")).toContainText("reads SSLResponse S");
});

test("the code is there in every language, and the choice is remembered", async ({ pgscope, page }) => {
  await pgscope.open("#learn=handshake&step=1");
  const choice = page.getByLabel("Language of the code");
  const lines = { Zig: "fn", "C#": "static", Rust: "fn read_message", Go: "func", Python: "def read_message" };
  for (const [name, line] of Object.entries(lines)) {
    await choice.selectOption({ label: name });
    for (const end of ["client", "server"]) {
      const code = program(page, end).locator(".code");
      await expect(code, `${name} ${end}`).toContainText(line);
      await expect(code.locator("[data-mark=now]"), `${name} ${end}`).toHaveCount(1);
      await expect(code, `${name} ${end}`).not.toContainText("@");
    }
  }
  await pgscope.open("#learn=handshake&step=2");
  await expect(choice).toHaveValue("py");
});

test("a chip of the line of bytes leads to its field, and back to both programs", async ({ pgscope, page }) => {
  await pgscope.open("#learn=handshake&step=3");
  const line = page.locator(".line-of-bytes");
  await expect(line.locator(".line-field").first()).toHaveText("00 00 00 38");
  await expect(pgscope.hex).toBeHidden();
  await line.getByText("00 03 00 00").click();
  await expect(pgscope.hex).toBeVisible();
  await expect(page.locator(".explain")).toContainText("protocol version");
  await page.getByRole("tab", { name: "Both programs" }).click();
  await expect(pgscope.hex).toBeHidden();
  await expect(sign(page, "client")).toBeVisible();
});

test("by read(): each read is a step, and in small pieces one sees what blocks", async ({ pgscope, page }) => {
  await pgscope.open("#learn=handshake&step=1");
  const position = page.locator(".player span.chip");
  await expect(position).toHaveText("message 1 of 29");
  const lens = page.getByLabel("In which pieces bytes arrive");
  await lens.focus();
  await lens.fill("0");
  await expect(page).toHaveURL(/segments=1&step=1$/);
  await expect(page.getByRole("button", { name: "by read()" })).toHaveAttribute("aria-pressed", "true");
  await expect(position).toHaveText(/^message 1 of 29, read \d+ of \d+$/);
  await page.locator(".story").focus();
  await page.keyboard.press("Home");
  await expect(sign(page, "server")).toHaveText("‖ blocked in read(4), has 1, 3 to come");
  await expect(program(page, "server").locator(".inbox-cell[data-is=unread]")).toHaveCount(1);
  await page.keyboard.press("ArrowRight");
  await expect(sign(page, "server")).toHaveText("‖ blocked in read(4), has 2, 2 to come");
  await page.keyboard.press("ArrowLeft");
  await expect(sign(page, "server")).toHaveText("‖ blocked in read(4), has 1, 3 to come");
  // The same by its address.
  await page.goto("about:blank");
  await pgscope.open("#learn=handshake&segments=1&step=2");
  await expect(lens).toHaveAttribute("aria-valuetext", "one by one");
});

test("what is broken on purpose is played on, named, marked, undone, and held by the link", async ({ pgscope, page }) => {
  await pgscope.open("#learn=handshake&step=2");
  await page.getByRole("button", { name: "answer N as a message: with a length" }).click();
  const broken = page.locator(".broken");
  await expect(broken).toContainText("behind byte 0 of the server comes 00000004 too");
  await expect(broken).toContainText("The answer to SSLRequest is a single byte and no message");
  await expect(broken).toContainText("At the end, the client: ");
  await expect(page).toHaveURL(/fault=B0-added-00000004&step=2$/);
  await expect(page.locator(".row[data-changed]").first()).toBeVisible();
  await pgscope.expectAccessible();
  const address = page.url();
  await page.getByRole("button", { name: /^Undo/ }).click();
  await expect(broken).toBeHidden();
  await expect(page.locator(".row[data-changed]")).toHaveCount(0);
  await expect(page).toHaveURL(/#learn=handshake&step=2$/);
  await page.goto("about:blank");
  await page.goto(address);
  await expect(broken).toContainText("behind byte 0 of the server comes 00000004 too");
  // What is no fault is said.
  await page.goto("about:blank");
  await pgscope.open("#learn=handshake&fault=nonsense&step=2");
  await expect(page.getByText("a fault that is none: nonsense")).toBeVisible();
});

test("a byte that is changed in a lesson arrives so, and the rest is played again", async ({ pgscope, page }) => {
  await pgscope.open("#learn=simple-query&step=1");
  await page.getByRole("tab", { name: "Bytes and fields" }).click();
  await pgscope.edit(3);
  await page.keyboard.type("7f");
  await expect(page.locator(".broken")).toContainText("byte 3 of the client arrives as 7f");
  await expect(page).toHaveURL(/#learn=simple-query&fault=F3-7f/);
  // It waits for bytes that never come, and gives up over it.
  await expect(page.locator(".broken")).toContainText("27 less. At the end, ");
});

test("two that read are seen to wait for ever, and what the server has not flushed", async ({ pgscope, page }) => {
  await pgscope.open("#learn=two-readers&step=1");
  await page.locator(".story").focus();
  await page.keyboard.press("End");
  for (const end of ["client", "server"]) await expect(sign(page, end)).toHaveText("‖ blocked in read(1), has 0: for ever");
  await expect(program(page, "server").locator(".program-holds")).toContainText("not flushed yet: the answers to Parse, Bind");
});

test("the whole state machine of an end is there on demand, with its state lit and the way just taken marked", async ({ pgscope, page }) => {
  await pgscope.open("#learn=simple-query&step=20");
  await expect(pgscope.title).toContainText("Query");
  const server = program(page, "server");
  await server.getByText("All states").click();
  const machine = server.getByRole("img", { name: "Now it is in the state query. It came from idle, when it reads Query." });
  await expect(machine).toBeVisible();
  await expect(machine.locator(".machine-state[data-now]")).toHaveText("query");
  await expect(machine.locator(".machine-state[data-before]")).toHaveText("idle");
  await expect(machine.locator(".machine-way[data-taken]")).toHaveCount(1);
  await pgscope.expectAccessible();
  await page.locator(".story").focus();
  await page.keyboard.press("End");
  await expect(server.locator(".machine-state[data-now]")).toHaveText("closed");
});

test("what comes is veiled until it has happened, if one likes", async ({ pgscope, page }) => {
  await pgscope.open("#learn=simple-query&step=1");
  await expect(pgscope.row(2)).toHaveAttribute("data-ahead", "");
  await page.getByRole("button", { name: "veil what comes" }).click();
  await expect(pgscope.row(2)).not.toHaveAttribute("data-ahead", "");
  await page.reload();
  await expect(pgscope.row(2)).toBeVisible();
  await expect(page.getByRole("button", { name: "veil what comes" })).toHaveAttribute("aria-pressed", "false");
});

test("asked first, one chooses by key or click, and is told why", async ({ pgscope, page }) => {
  await pgscope.open("#learn=handshake&step=1");
  await page.getByRole("button", { name: "ask me first" }).click();
  await page.locator(".story").focus();
  await page.keyboard.press("ArrowRight");
  const question = page.locator(".question");
  await expect(question).toContainText("Who speaks next, and what?");
  // The answer is not on the screen.
  await expect(pgscope.row(2)).toBeHidden();
  await expect(sign(page, "server")).toBeHidden();
  await question.getByRole("button", { name: "server: ReadyForQuery" }).click();
  await expect(question.getByRole("status")).toContainText("That cannot be. Here may come");
  await expect(question.getByRole("button", { name: "server: ReadyForQuery" })).toBeFocused();
  await question.getByRole("button", { name: "server: SSLResponse S" }).click();
  await expect(question.getByRole("status")).toContainText("Possible, but not here.");
  const labels = await question.locator(".question-choices button").allTextContents();
  await page.keyboard.press(String(labels.indexOf("server: SSLResponse N") + 1));
  await expect(question.getByRole("status")).toContainText("Right.");
  await pgscope.expectAccessible();
  await expect(page.getByRole("button", { name: "ask me first: 0 of 1 right" })).toBeVisible();
  await page.keyboard.press("ArrowRight");
  await expect(question).toBeHidden();
  await expect(pgscope.row(2)).toHaveAttribute("aria-selected", "true");
  // By reads it is asked how much is wanted.
  await page.getByRole("button", { name: "by read()" }).click();
  await page.locator(".story").focus();
  await page.keyboard.press("ArrowRight");
  await expect(question).toContainText("How many bytes does the next read() of the server want?");
  await question.getByRole("button", { name: "4", exact: true }).click();
  await expect(question.getByRole("status")).toContainText("A packet of start-up has no type");
  // Who shows it by keyboard goes on stepping by keyboard.
  await question.getByRole("button", { name: /^Show it/ }).press("Enter");
  await expect(question).toBeHidden();
  await expect(page.getByRole("button", { name: "Step forward (→)" })).toBeFocused();
});

test("what was broken can be taken back where nothing is said any more", async ({ pgscope, page }) => {
  await pgscope.open("#learn=handshake&step=1");
  await page.getByRole("button", { name: "lose this message" }).click();
  const broken = page.locator(".broken");
  await expect(broken).toContainText("Broken on purpose");
  await expect(pgscope.row(1)).toHaveCount(0);
  await pgscope.expectAccessible();
  await broken.getByRole("button", { name: /^Undo/ }).click();
  await expect(pgscope.row(1)).toBeVisible();
  await expect(broken).toBeHidden();
});

test("a scenario side by side with another setting of it", async ({ pgscope, page }) => {
  await pgscope.open("#learn=three-two&step=1");
  const list = page.getByLabel("Side by side with another setting");
  const option = list.locator("option").nth(1);
  await list.selectOption(await option.getAttribute("value"));
  const dialog = page.getByRole("dialog", { name: "Side by side" });
  await expect(dialog).toBeVisible();
  await expect(dialog.locator(".compared-sum")).not.toHaveText("");
  await expect(dialog.locator("table, .compared").first()).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
});

for (const theme of THEMES) {
  test(`accessible in the ${theme} theme: both programs, at three widths`, async ({ pgscope, page }) => {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    for (const [width, height] of [[1456, 819], [1000, 800], [390, 844]]) {
      await page.setViewportSize({ width, height });
      await pgscope.open("#learn=skip-until-sync&step=24");
      await expect(sign(page, "server")).toBeVisible();
      await pgscope.expectAccessible();
      await pgscope.expectNoOverflow();
    }
  });
}

test.describe("with a finger", () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 844 } });
  test("a swipe steps; story, both programs and the player are on one screen", async ({ pgscope, page }) => {
    await pgscope.open("#learn=handshake&step=1");
    for (const part of [page.locator(".story"), sign(page, "client"), sign(page, "server"), page.locator(".player-keys")]) {
      const box = await part.boundingBox();
      expect(box.y).toBeGreaterThanOrEqual(0);
      expect(box.y + box.height).toBeLessThanOrEqual(844);
    }
    for (const button of await page.locator(".player-keys button").all()) {
      expect((await button.boundingBox()).height).toBeGreaterThanOrEqual(44);
    }
    const swipe = (from, to) => page.locator(".story").evaluate((story, [from, to]) => {
      const touch = (x) => new Touch({ identifier: 1, target: story, clientX: x, clientY: 200 });
      const send = (type, x, touches) => story.dispatchEvent(new TouchEvent(type, { bubbles: true, touches, changedTouches: [touch(x)] }));
      send("touchstart", from, [touch(from)]);
      send("touchend", to, []);
    }, [from, to]);
    await swipe(300, 80);
    await expect(page).toHaveURL(/step=2$/);
    await swipe(80, 300);
    await expect(page).toHaveURL(/step=1$/);
  });
});

test("both programs stand beside the bytes of anybody's exchange, and go with what is selected", async ({ pgscope, page }) => {
  // A RowDescription whose length promises seven bytes that do not come: why a driver hangs.
  await pgscope.open();
  await pgscope.paste("F: 51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00\nB: 54 00 00 00 21 00 01 61 00 00 00 00 00 00 00 00 00 00 17 00 04 ff ff ff ff 00 00");
  await expect(pgscope.title).toContainText("RowDescription");
  await page.getByRole("button", { name: "Both programs" }).click();
  await expect(pgscope.hex).toBeHidden();
  await expect(sign(page, "client")).toHaveText("‖ blocked in read(29), has 22, 7 to come");
  await expect(program(page, "client").locator("[data-mark=now]")).toContainText("read(length - 4)");
  await pgscope.rows.filter({ hasText: "SELECT 1" }).last().click();
  await expect(pgscope.title).toContainText("Query");
  await expect(sign(page, "client")).toHaveText("‖ blocked in read(1), has 0");
  await expect(program(page, "client").locator(".state")).toHaveText("busy");
  await expect(program(page, "server").locator(".state")).toHaveText("query");
  await pgscope.expectAccessible();
  // Without a change of input nothing was said in Learn's words.
  await expect(page.locator(".story")).toBeHidden();
  await page.getByRole("tab", { name: "Bytes and fields" }).click();
  await expect(pgscope.hex).toBeVisible();
  await page.getByRole("button", { name: "Both programs" }).click();
  await expect(sign(page, "client")).toBeVisible();
  // Another input, another state; Learn has its own.
  await pgscope.paste("00 00 00 08 04 d2 16 2f");
  await expect(sign(page, "client")).toHaveText("‖ blocked in read(1), has 0");
  await expect(program(page, "client").locator(".state")).toHaveText("asked for encryption");
  await page.getByRole("link", { name: "Learn", exact: true }).click();
  await expect(page.locator(".story")).toBeVisible();
  await expect(program(page, "client")).toHaveCount(1);
});

test("beside both programs: whoever goes to a byte sees it, and what an error says stays", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste("F: 51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00\nB: 45 00 00 00 1b 53 45 52 52 4f 52 00 43 34 32 50 30 31 00 4d 6e 6f 70 65 00 00 00\nB: 5a 00 00 00 05 49");
  await pgscope.rows.filter({ hasText: "nope" }).click();
  await page.getByRole("button", { name: "Both programs" }).click();
  await expect(sign(page, "client")).toBeVisible();
  await expect(page.locator(".failure-says")).toHaveText("nope");
  await expect(page.locator(".failure-says")).toBeVisible();
  await page.keyboard.press("n");
  await expect(pgscope.hex).toBeVisible();
  await expect(sign(page, "client")).toBeHidden();
});
