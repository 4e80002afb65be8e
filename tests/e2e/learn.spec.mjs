// The door Learn: scenarios, played by the simulator and stepped through.
import { expect, test, THEMES } from "./page.mjs";

test("the door opens on a first hour, and back on the bytes that were there", async ({ pgscope }) => {
  await pgscope.open();
  const messages = pgscope.page.locator(".exchange .pane-head .chip").first();
  const before = await messages.textContent();
  await pgscope.page.getByRole("link", { name: "Learn", exact: true }).click();
  await expect(pgscope.page.locator(".story")).toContainText("one socket");
  await expect(pgscope.title).toContainText("SSLRequest");
  await expect(pgscope.page.locator(".course-entry")).toHaveCount(36);
  await pgscope.page.getByRole("link", { name: "Decode", exact: true }).click();
  await expect(pgscope.text).toBeVisible();
  await expect(pgscope.page.locator(".story")).toBeHidden();
  await expect(messages).toHaveText(before);
});

test("steps go forward and back, and the story, both ends and the address follow", async ({ pgscope }) => {
  await pgscope.open("#learn=handshake&step=2");
  await expect(pgscope.title).toContainText("SSLResponse N");
  await expect(pgscope.page.locator(".story")).toContainText("one bare byte");
  await pgscope.page.getByRole("button", { name: "Step forward (→)" }).click();
  await expect(pgscope.title).toContainText("StartupMessage");
  await expect(pgscope.page.locator(".story")).toContainText("196608");
  await expect(pgscope.page).toHaveURL(/#learn=handshake&step=3$/);
  await pgscope.page.keyboard.press("ArrowLeft");
  await expect(pgscope.title).toContainText("SSLResponse N");
  await pgscope.page.keyboard.press("End");
  await expect(pgscope.title).toContainText("Terminate");
  await pgscope.page.keyboard.press("Home");
  await expect(pgscope.page.locator(".player span.chip")).toHaveText(/^message 1 of \d+$/);
});

test("keys step anywhere in Learn, runs of messages are one step, and ? tells the keys", async ({ pgscope, page }) => {
  await pgscope.open("#learn=handshake&step=1");
  await expect(pgscope.title).toContainText("SSLRequest");
  const position = page.locator(".player span.chip");
  await expect(position).toHaveText("message 1 of 29");
  await page.locator(".story").focus();
  for (const [key, name] of [["ArrowRight", "SSLResponse N"], ["ArrowRight", "StartupMessage"], ["ArrowLeft", "SSLResponse N"], ["End", "Terminate"], ["Home", "SSLRequest"], ["]", "SSLResponse N"], ["[", "SSLRequest"], ["5", ""]]) {
    await page.keyboard.press(key);
    await expect(pgscope.title, key).toContainText(name);
  }
  // Thirteen settings are one step.
  await page.keyboard.press("Home");
  for (const place of ["message 1 of 29", "message 2 of 29", "message 3 of 29", "message 4 of 29", "messages 5 to 19 of 29"]) {
    await expect(position).toHaveText(place);
    if (!place.includes(" to ")) await page.keyboard.press("ArrowRight");
  }
  await expect(pgscope.title).toContainText("ParameterStatus");
  await page.keyboard.press("ArrowRight");
  await expect(pgscope.title).toContainText("BackendKeyData");
  // Among bytes the arrows are theirs.
  await page.getByRole("tab", { name: "Bytes and fields" }).click();
  await pgscope.byte(0).click();
  await page.keyboard.press("ArrowRight");
  await expect(pgscope.title).toContainText("BackendKeyData");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toContainText("play at reading pace, and pause");
});

test("the slider goes anywhere, and says where that is", async ({ pgscope, page }) => {
  await pgscope.open("#learn=handshake&step=1");
  const slider = page.getByRole("slider", { name: "Step" });
  await expect(slider).toHaveAttribute("aria-valuetext", "message 1 of 29: SSLRequest");
  await slider.fill("3");
  await expect(pgscope.title).toContainText("StartupMessage");
  await expect(slider).toHaveAttribute("aria-valuetext", "message 3 of 29: StartupMessage");
  expect(await page.locator("#chapters option").count()).toBeGreaterThan(2);
  await pgscope.expectAccessible();
});

test("it plays at reading pace, stops where one stops it, and at the end", async ({ pgscope, page }) => {
  await pgscope.open("#learn=simple-query&step=1");
  await expect(pgscope.title).toContainText("StartupMessage");
  await page.clock.install();
  await page.locator(".story").focus();
  await page.keyboard.press("Space");
  const pause = page.getByRole("button", { name: "Pause (Space)" });
  await expect(pause).toBeVisible();
  // No pause is longer than its text, and none shorter than a glance.
  await page.clock.runFor(1000);
  await expect(pgscope.title).toContainText("StartupMessage");
  await page.clock.runFor(45_000);
  await expect(pgscope.title).not.toContainText("StartupMessage");
  // It is still on its way when one steps back.
  await expect(pause).toBeVisible();
  await page.keyboard.press("ArrowLeft");
  await expect(pause).toBeHidden();
  const here = await pgscope.title.textContent();
  expect(here).not.toContain("Terminate");
  await page.clock.runFor(60_000);
  await expect(pgscope.title).toHaveText(here);
  await page.getByLabel("Speed").selectOption({ label: "four times as fast" });
  await page.getByRole("button", { name: /^Play/ }).click();
  await page.clock.runFor(300_000);
  await expect(pgscope.title).toContainText("Terminate");
  await expect(page.getByRole("button", { name: /^Play/ })).toBeVisible();
});

test("a text stands where it is about, and where nothing is told the message speaks", async ({ pgscope, page }) => {
  await pgscope.open("#learn=simple-query&step=1");
  const story = page.locator(".story-text");
  await expect(story).toContainText("The simple protocol is one message");
  await page.locator(".story").focus();
  await page.keyboard.press("End");
  await expect(story).toHaveText("A simple queryThe client says Terminate.", { useInnerText: false });
  await expect(story).not.toContainText("And always this, once.");
});

test("what was gone through is ticked, leads on, and is there at the next visit, until one forgets it", async ({ pgscope, page }) => {
  await pgscope.open("#learn=handshake&step=1");
  const entry = page.locator(".course-entry[aria-current]");
  const firstContact = page.getByRole("navigation", { name: "Scenarios" }).getByRole("heading", { level: 3 }).first();
  const done = page.locator(".learn .pane-head .chip");
  await expect(done).toHaveText("0 of 36 done");
  await expect(firstContact).toHaveText("First contact 0 of 9");
  const next = page.locator(".story-next");
  await expect(next).toBeHidden();
  await page.locator(".story").focus();
  await page.keyboard.press("End");
  await expect(entry.getByRole("img", { name: "done" })).toBeVisible();
  await expect(done).toHaveText("1 of 36 done");
  await expect(firstContact).toHaveText("First contact 1 of 9");
  await next.getByRole("link").click();
  await expect(page.locator(".story-title")).toContainText("The receive loop");
  // The next one is not done because the one before was.
  await expect(done).toHaveText("1 of 36 done");
  await expect(next).toBeHidden();
  await page.locator(".story").focus();
  await page.keyboard.press("ArrowRight");
  await expect(page).toHaveURL(/#learn=receive-loop&step=2$/);
  await page.goto("about:blank");
  await pgscope.open("#learn=handshake&step=1");
  await expect(done).toHaveText("1 of 36 done");
  await pgscope.expectAccessible();
  await page.getByRole("link", { name: "Go on where you were" }).click();
  await expect(page).toHaveURL(/#learn=receive-loop&step=2$/);
  await page.getByRole("button", { name: "Forget what I did" }).click();
  await expect(done).toHaveText("0 of 36 done");
});

test("the course has parts, and the chosen scenario says what it is for and what to know before", async ({ pgscope, page }) => {
  await pgscope.open("#learn=pooling&step=1");
  const course = page.getByRole("navigation", { name: "Scenarios" });
  const parts = ["First contact", "Let in", "Prepared", "In bulk", "By themselves", "When it breaks", "Replication"];
  const headings = course.getByRole("heading", { level: 3 });
  await expect(headings).toHaveCount(parts.length);
  for (const [nth, part] of parts.entries()) await expect(headings.nth(nth)).toContainText(part);
  await expect(course.getByRole("list")).toHaveCount(parts.length);
  const about = course.locator(".course-about");
  await expect(about).toHaveCount(1);
  await expect(about).toContainText("Afterwards you can give a used connection to somebody else");
  await about.getByRole("link", { name: "Settings that report themselves" }).click();
  await expect(page).toHaveURL(/#learn=settings&step=20$/);
  await expect(page.locator(".story-title")).toContainText("Settings that report themselves");
  // What comes next is in the order of the list.
  await page.locator(".story").focus();
  await page.keyboard.press("End");
  await expect(page.locator(".story-next").getByRole("link")).toHaveText("Next: A notification out of the blue");
});

test("at the end questions are asked, and an answer leads to its step", async ({ pgscope, page }) => {
  await pgscope.open("#learn=handshake&step=1");
  const questions = page.locator(".story-questions");
  await expect(questions).toBeHidden();
  await page.locator(".story").focus();
  await page.keyboard.press("End");
  await expect(questions.locator("details")).toHaveCount(3);
  await questions.getByText("a value has the length -1").click();
  await expect(questions.getByText("None follow either")).toBeVisible();
  await pgscope.expectAccessible();
  await questions.getByRole("button", { name: "See message 26" }).click();
  await expect(page).toHaveURL(/#learn=handshake&step=26$/);
  await expect(pgscope.title).toContainText("DataRow");
  await expect(questions).toBeHidden();
  await expect(page.locator(".story")).toBeFocused();
});

test("what is translated is told in German where one wants that, also at the next visit, and the rest in English", async ({ pgscope, page }) => {
  await pgscope.open("#learn=handshake&step=1");
  const words = page.locator(".course-words");
  const story = page.locator(".story");
  const firstPart = page.locator(".course").getByRole("heading", { level: 3 }).first();
  await expect(words).toHaveAccessibleName("Language");
  await words.selectOption({ label: "Deutsch" });
  await expect(story).toContainText("Noch einmal der Weg");
  await expect(page.locator(".story-title")).toHaveAttribute("lang", "de");
  await expect(page.locator(".story-title")).toContainText("Der Handshake");
  await expect(firstPart).toHaveText("Erster Kontakt 0 von 9");
  await pgscope.expectAccessible();
  await page.goto("about:blank");
  await pgscope.open("#learn=password&step=1");
  await expect(words).toHaveValue("de");
  await expect(firstPart).toHaveText("Erster Kontakt 0 von 9");
  await expect(story).toContainText("All authentication requests share the tag");
  await expect(page.locator(".story-title")).not.toHaveAttribute("lang");
  await words.selectOption({ label: "English" });
  await expect(firstPart).toHaveText("First contact 0 of 9");
  await expect(page.getByRole("button", { name: "Step forward (→)" })).toBeVisible();
  await expect(page.locator("[lang=de]:not(option)")).toHaveCount(0);
});

/** Sentences that stand in such places, and that the chosen language has no words for. */
const unsaid = (page, places) =>
  page.evaluate((places) => {
    const all = new Set(globalThis.pgscopeUnsaid);
    const found = [];
    for (const part of document.querySelectorAll(places)) {
      const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        const { data, parentElement } = texts.currentNode;
        // A story that is told in the language needs no words.
        const isTold = parentElement.closest("[lang=de]") !== null;
        if (all.has(data) && !isTold && /[a-z]{2} [a-z]{2}/.test(data)) found.push(data);
      }
    }
    return found;
  }, places);

test("the page itself speaks the language, what it says later too, and leaves data in its own words", async ({ pgscope, page }) => {
  // What could not be said is noted where a test wants it.
  await page.addInitScript(() => {
    globalThis.pgscopeUnsaid = [];
    localStorage.setItem("pgscope.words", "de");
  });
  await pgscope.open("#learn=handshake&step=3");
  const said = page.getByRole("region", { name: "The server" });
  const server = page.getByRole("region", { name: "Der Server", exact: true });
  await expect(server).toBeVisible();
  await expect(said).toHaveCount(0);
  await page.keyboard.press("Home");
  await expect(page.locator(".player")).toContainText("Nachricht 1 von");
  await expect(server.locator(".program-sign")).toHaveText("arbeitet");
  await page.keyboard.press("ArrowRight");
  await expect(server.locator(".program-sign")).toHaveText("‖ blockiert in read(4), hat 0");
  await expect(server.locator(".program-sign")).toHaveAttribute("lang", "de");
  await expect(server.locator("[data-mark=now]")).toContainText("length = int32(read(4))");
  await expect(page.getByRole("button", { name: "Ein Schritt weiter (→)" })).toBeVisible();
  // A fault, and what becomes of it.
  await page.getByRole("button", { name: "N als ganze Nachricht senden, mit einer Länge" }).click();
  await expect(page.locator(".broken")).toContainText("hinter Byte 0 des Servers kommt auch 00000004");
  await expect(page.locator(".broken")).toContainText("Mit Absicht kaputt");
  await page.getByRole("button", { name: /^Zurücknehmen: / }).click();
  // Choices are chosen by what they are, whatever they are called.
  await page.getByLabel("Tempo", { exact: true }).selectOption({ label: "doppelt so schnell" });
  await page.getByRole("button", { name: "erst fragen" }).click();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByText("Wer spricht als Nächster, und was?")).toBeVisible();
  await page.getByRole("button", { name: /^niemand: beide warten/ }).click();
  await expect(page.getByText(/^Das kann nicht sein\./)).toBeVisible();
  // The list shows what was said on the wire.
  await expect(page.locator("#messages")).toContainText("one byte: no");
  // Of what the page itself says here, every sentence is said in German.
  const sentences = await unsaid(page, ".player, .programs, .experiments, .story, header, .learn > :not(.course)");
  expect(sentences).toEqual([]);
  await pgscope.expectAccessible();
});

test("the whole page speaks it from the beginning, its dialogs and tables too; what is in bytes stays as it is", async ({ pgscope, page }) => {
  await page.addInitScript(() => {
    globalThis.pgscopeUnsaid = [];
    localStorage.setItem("pgscope.words", "de");
  });
  await pgscope.open("");
  await expect(page.getByRole("link", { name: "Lesen", exact: true })).toBeVisible();
  await expect(page).toHaveTitle("Pgscope: ein Mikroskop für das Protokoll von PostgreSQL");
  await expect(page.locator("#messages")).toContainText("may we speak TLS?");
  await page.getByRole("button", { name: "Tasten" }).click();
  await expect(page.getByRole("dialog")).toContainText("Tab geht von Bereich zu Bereich");
  await pgscope.expectAccessible();
  await page.getByRole("dialog").getByRole("button", { name: "Farben und Zeichen" }).click();
  await expect(page.getByRole("dialog").last()).toContainText("Das Frontend sagt es");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+f");
  await page.keyboard.type("ReadyForQuery");
  await expect(page.locator(".bar-count:visible").first()).toHaveText(/^2 von 2/);
  await page.keyboard.press("Escape");
  await page.locator("#more").click();
  await page.getByText("Exportieren …", { exact: true }).click();
  await expect(page.getByRole("dialog")).toContainText("28 Nachrichten");
  await page.keyboard.press("Escape");
  await page.locator("#more").click();
  await page.getByText("Eine Nachricht verfassen …", { exact: true }).click();
  // Fields are called as in the protocol, even where a column of the page's tables has that name.
  const form = page.getByRole("dialog");
  await form.getByLabel("Nachricht", { exact: true }).selectOption("ParameterStatus");
  await expect(form.locator(".compose-field > label:first-child").nth(2)).toHaveText("name");
  await expect(form.locator(".compose-note").first()).toHaveText("berechnet");
  await page.keyboard.press("Escape");
  await page.locator("#more").click();
  await page.getByText("Zeiten, Anweisungen, Zeitleiste", { exact: true }).click();
  await expect(page.locator(".overview th").first()).toBeVisible();
  await expect(page.locator(".overview")).toContainText("Anfragen");
  // The table sorts by what a column is, whatever it is called.
  await page.locator(".overview").getByRole("button", { name: "Nachrichten", exact: true }).click();
  await expect(page.locator(".overview th[aria-sort=descending]")).toHaveText("Nachrichten");
  const sentences = await unsaid(page, "header, footer, .pane-head, .welcome, .readings, .note, dialog.help, .overview th, .overview-bar");
  expect(sentences).toEqual([]);
});

test("what both ends do is seen, however long the story is", async ({ pgscope }) => {
  const { page } = pgscope;
  await pgscope.open("#learn=handshake&step=1");
  for (const [width, height] of [[1280, 800], [1280, 600], [360, 740]]) {
    await page.setViewportSize({ width, height });
    for (const end of ["client", "server"]) {
      const box = await page.getByRole("region", { name: `The ${end}`, exact: true }).locator(".program-sign").boundingBox();
      expect(box.y + box.height, `${end} at ${width} x ${height}`).toBeLessThanOrEqual(height);
    }
    // Something is left for the story.
    expect((await page.locator(".story-text").boundingBox()).height, `${width} x ${height}`).toBeGreaterThan(60);
  }
});

test("a start-up of which nothing is told is one row, and whoever goes into it opens it", async ({ pgscope, page }) => {
  await pgscope.open("#learn=error");
  const position = page.locator(".player span.chip");
  const startUp = page.locator("#cycle-0");
  await expect(pgscope.title).toContainText("Query");
  await expect(position).toHaveText(/^message 20 of \d+$/);
  await expect(startUp).toHaveAttribute("aria-expanded", "false");
  await expect(startUp).toContainText("start-up, 19 messages");
  await expect(page.locator(".story")).toContainText("An ErrorResponse is a list of fields");
  // The first step stands behind it.
  await page.locator(".story").focus();
  for (const key of ["ArrowRight", "Home", "ArrowLeft"]) await page.keyboard.press(key);
  await expect(position).toHaveText(/^message 20 of/);
  await startUp.click();
  await expect(startUp).toHaveAttribute("aria-expanded", "true");
  await pgscope.row(1).click();
  await expect(position).toHaveText(/^message 1 of/);
  await page.locator(".story").focus();
  await page.keyboard.press("End");
  await page.keyboard.press("Home");
  await expect(position).toHaveText(/^message 1 of/);
  // A link into it does the same.
  await page.goto("about:blank");
  await pgscope.open("#learn=error&step=2");
  await expect(startUp).toHaveAttribute("aria-expanded", "true");
  await expect(pgscope.title).toContainText("AuthenticationOk");
  // A scenario about it shows it.
  await page.goto("about:blank");
  await pgscope.open("#learn=first-loop");
  await expect(position).toHaveText(/^message 1 of/);
  await expect(startUp).toHaveAttribute("aria-expanded", "true");
});

test("another connection is told between the steps of the first, with its own lifelines and ends", async ({ pgscope, page }) => {
  await pgscope.open("#learn=cancel&step=20");
  const second = page.getByRole("region", { name: "connection 2", exact: true });
  await expect(pgscope.title).toContainText("Query");
  await expect(second).toBeHidden();
  await page.locator(".story").focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.locator(".player span.chip")).toHaveText("connection 2: message 1");
  await expect(page.locator(".story-title")).toHaveText("Cancelling a query: connection 2");
  await expect(page.locator(".story-text")).toContainText("in place of a StartupMessage");
  const fields = page.locator(".line-of-bytes .line-field");
  await expect(fields).toHaveText(["00 00 00 10", "04 d2 16 2e", "00 00 12 67", "77 8b 1a a9"]);
  await expect(fields.nth(1)).toHaveAttribute("title", /request code/);
  await expect(second.getByRole("listitem")).toContainText("CancelRequest");
  await expect(second.locator(".program-sign").first()).toHaveText("its read() gives the end: the server has closed");
  // The first one stands where it was.
  await expect(page.getByRole("region", { name: "The client", exact: true }).locator(".program-sign")).toContainText("blocked in read(1)");
  await pgscope.expectAccessible();
  await page.keyboard.press("ArrowRight");
  await expect(pgscope.title).toContainText("RowDescription");
  await expect(second).toBeVisible();
  await page.keyboard.press("ArrowLeft");
  await expect(page.locator(".player span.chip")).toHaveText("connection 2: message 1");
  await second.getByRole("button", { name: "Show its bytes" }).click();
  await expect(pgscope.title).toContainText("CancelRequest");
});

test("a knob plays the scenario again, and stands in the address", async ({ pgscope }) => {
  await pgscope.open("#learn=ssl-request&step=2");
  const knob = pgscope.page.locator(".knob select").first();
  await expect(knob).toBeVisible();
  const [first, second] = await knob.locator("option").allTextContents();
  await expect(knob).toHaveValue(first);
  await knob.selectOption(second);
  await expect(pgscope.page).toHaveURL(new RegExp(`=${second}&step=`));
  await expect(knob).toHaveValue(second);
});

test("every scenario plays", async ({ pgscope }) => {
  test.setTimeout(120_000);
  await pgscope.open("#learn=handshake");
  const links = pgscope.page.locator(".course-entry");
  await expect(links).toHaveCount(36);
  for (const link of await links.all()) {
    await link.click();
    await expect(link).toHaveAttribute("aria-current", "true");
    await expect(pgscope.page.locator(".story [role=alert]")).toHaveCount(0);
    await expect(pgscope.page.locator(".story-title")).toContainText(await link.locator(".course-title").textContent());
    await expect(pgscope.rows.first()).toBeVisible();
  }
});

test("a scenario that is not there is said to be missing", async ({ pgscope }) => {
  await pgscope.open("#learn=nonsense");
  await expect(pgscope.page.getByRole("alert")).toContainText("nonsense");
  pgscope.complaints.splice(0);
});

test("the simulator is fetched when it is wanted, not before, and once", async ({ pgscope }) => {
  const asked = [];
  pgscope.page.on("request", (request) => asked.push(request.url().split("/").pop()));
  const simulator = () => asked.filter((name) => /^pgscope-play.*wasm$/.test(name)).length;
  await pgscope.open();
  expect(asked.length).toBeGreaterThan(0);
  expect(simulator()).toBe(0);
  await pgscope.page.getByRole("link", { name: "Learn", exact: true }).click();
  await expect(pgscope.title).toContainText("SSLRequest");
  await pgscope.page.locator(".course-entry").nth(1).click();
  await expect(pgscope.page.locator(".course-entry").nth(1)).toHaveAttribute("aria-current", "true");
  expect(simulator()).toBe(1);
});

test("while the simulator comes the page says so; where it does not come, why; and it is tried again", async ({ pgscope }) => {
  const { page } = pgscope;
  let answer;
  const held = new Promise((resolve) => { answer = resolve; });
  await page.route("**/pgscope-play*.wasm", async (route) => { await held; await route.fulfill({ status: 503 }); });
  // What nobody has changed is told without it.
  await pgscope.open("#learn=ssl-request");
  const knob = page.locator(".knob select").first();
  await expect(knob).toBeVisible();
  const [first, second] = await knob.locator("option").allTextContents();
  await knob.selectOption(second);
  await expect(page.locator(".story").getByText("The simulator is being fetched")).toBeVisible();
  answer();
  await expect(page.locator(".story").getByRole("alert")).toContainText("The simulator could not be fetched");
  await expect(knob).toHaveValue(first);
  await pgscope.expectAccessible();
  await page.unroute("**/pgscope-play*.wasm");
  await knob.selectOption(second);
  await expect(page.locator(".story [role=alert]")).toHaveCount(0);
  await expect(knob).toHaveValue(second);
  // The browser logs the answer that was no module.
  for (const complaint of pgscope.complaints.splice(0)) expect(complaint).toMatch(/503/);
});

for (const theme of THEMES) {
  test(`accessible in the ${theme} theme: a scenario`, async ({ pgscope }) => {
    await pgscope.page.emulateMedia({ colorScheme: theme });
    await pgscope.open("#learn=scram&step=8");
    await expect(pgscope.page.locator(".course-entry")).toHaveCount(36);
    await pgscope.expectAccessible();
  });
}

test("a scenario of one's own may have tens of thousands of messages, and says where the simulator stops", async ({ pgscope, page }) => {
  test.setTimeout(120_000);
  await pgscope.open("#learn=own");
  const written = (rows, wire) => ["title = Many", "summary = Rows", "[client]", "user = alice", "database = shop", "query SELECT 1", "terminate",
    "[server]", "role alice trust", "database shop", "answer SELECT 1", "  columns id int4",
    ...Array.from({ length: rows }, (_, row) => `  row ${row}`), ...wire, ""].join("\n");
  const write = (text) => page.locator(".own-text").evaluate((area, text) => {
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }, text);
  const position = page.locator(".player span.chip");
  await write(written(30_000, []));
  await expect(position).toHaveText("message 1 of 30,024", { timeout: 60_000 });
  await page.locator(".story").focus();
  await page.keyboard.press("End");
  await expect(position).toHaveText("message 30,024 of 30,024");
  await expect(pgscope.title).toContainText("Terminate");
  await expect(page.locator(".story")).not.toContainText("The simulator stopped");
  // The text is kept by the browser, and is too long for an address that is written with each step.
  await expect(page).toHaveURL(/#learn=own&step=30024$/);
  await page.reload();
  await expect(position).toHaveText("message 30,024 of 30,024", { timeout: 60_000 });
  await write(written(15_000, ["[wire]", "segments = 1"]));
  await expect(page.locator(".story")).toContainText("The simulator stopped after 200,000 pieces", { timeout: 60_000 });
});
