// The list of messages: folding, pairing, finding, filtering, going somewhere, problems.
import { existsSync, readFileSync } from "node:fs";
import { expect, test, THEMES } from "./page.mjs";

const FIXTURES = new URL("../fixtures/captures/", import.meta.url);

/** A recording in the order in which it was received, as text. */
function recording(name) {
  const read = (suffix) => readFileSync(new URL(`${name}.${suffix}`, FIXTURES));
  const [client, server] = [read("client.bin"), read("server.bin")];
  const lines = read("jsonl").toString().trim().split("\n").map((line) => JSON.parse(line));
  return lines.map(({ dir, off, len }) => `${dir}: ${(dir === "F" ? client : server).subarray(off, off + len).toString("hex")}`).join("\n");
}

const query = (sql) => {
  const body = Buffer.from(`Q\0\0\0\0${sql}\0`);
  body.writeUInt32BE(body.length - 1, 1);
  return body.toString("hex");
};
const button = (pgscope, name) => pgscope.page.getByRole("button", { name });
const cycles = (pgscope) => pgscope.page.locator(".cycle");

test("a cycle folds into a line that says what came of it, and opens again", async ({ pgscope }) => {
  await pgscope.open();
  await expect(cycles(pgscope)).toHaveCount(2);
  await expect(pgscope.rows).toHaveCount(18);
  const cycle = cycles(pgscope).nth(1);
  await expect(cycle).toContainText("SELECT id,name,val,ts,d FROM t WHERE id>=20 ORDER BY id;→ 4 rows");
  await expect(cycle).toHaveAttribute("aria-expanded", "true");
  await cycle.click();
  await expect(cycle).toHaveAttribute("aria-expanded", "false");
  await expect(cycle.locator(".cycle-count")).toHaveText("8");
  await expect(cycle).toHaveAttribute("title", "messages 20 to 27");
  await expect(cycle).not.toContainText("messages");
  await expect(pgscope.rows).toHaveCount(10);
  await cycle.click();
  await expect(pgscope.rows).toHaveCount(18);
});

test("folded, a cycle shows its statement first and widest, and nothing overflows", async ({ pgscope, page }) => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await pgscope.open();
  for (const name of ["psql/errors", "asyncpg/executemany", "pgbench/prepared", "psql/copy_in_text"].filter((name) => existsSync(new URL(`${name}.client.bin`, FIXTURES)))) {
    await pgscope.paste(recording(name));
    await button(pgscope, /^Fold all/).click();
    await expect(page.locator('.cycle[aria-expanded="true"]')).toHaveCount(0);
    const lines = await cycles(pgscope).evaluateAll((all) =>
      all.map((cycle) => {
        const box = (part) => cycle.querySelector(part)?.getBoundingClientRect();
        const [says, came, whole] = [box(".says"), box(".came:not([hidden])"), cycle.getBoundingClientRect()];
        const cut = cycle.querySelector(".says").scrollWidth > Math.ceil(says.width) + 1;
        const right = Math.max(...[...cycle.children].map((part) => part.getBoundingClientRect().right));
        return { text: cycle.textContent, over: right - whole.right, first: says.left - whole.left, isFirst: !came || says.width === 0 || says.left < came.left, isWidest: !cut || !came || says.width >= came.width };
      }),
    );
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line.over, line.text).toBeLessThanOrEqual(0);
      expect(line.isFirst, line.text).toBe(true);
      expect(line.isWidest, line.text).toBe(true);
      expect(line.text).not.toContain("message");
    }
    const pane = await page.locator(".exchange").evaluate((pane) => pane.scrollWidth - pane.clientWidth);
    expect(pane, name).toBeLessThanOrEqual(0);
  }
});

test("of a pipeline that failed, the statement that did is shown", async ({ pgscope }) => {
  const text = (words) => `${Buffer.from(words).toString("hex")}00`;
  const said = (side, tag, body = "") => `${side}: ${Buffer.from(tag).toString("hex")}${(body.length / 2 + 4).toString(16).padStart(8, "0")}${body}\n`;
  const parse = (name, sql) => said("F", "P", `${text(name)}${text(sql)}0000`);
  const error = `${["SERROR", "C42601", "Msyntax error"].map(text).join("")}00`;
  await pgscope.open();
  await pgscope.paste(`${parse("a", "SELECT 1")}${parse("b", "SELEC 2")}${parse("c", "SELECT 3")}${said("F", "S")}${said("B", "1")}${said("B", "E", error)}${said("B", "Z", "49")}F: 5800000004`);
  await button(pgscope, /^Fold all/).click();
  await expect(cycles(pgscope).locator(".says")).toHaveText("SELEC 2");
  await expect(cycles(pgscope).locator(".came")).toHaveText("→ 42601 syntax error");
  await expect(cycles(pgscope).locator(".cycle-name")).toHaveText("Extended query");
});

test("all rows are copied as text by Ctrl+A and Ctrl+C, those that are folded too", async ({ pgscope, page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await pgscope.open();
  await pgscope.messages.focus();
  await page.keyboard.press("Control+a");
  await expect(page.locator("#said")).toHaveText(/All rows are selected/);
  expect(await page.evaluate(() => getSelection().toString())).toBe("");
  for (const row of await pgscope.rows.all()) await expect(row).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Control+c");
  await expect(page.locator("#said")).toHaveText("Copied 28 messages");
  const lines = (await page.evaluate(() => navigator.clipboard.readText())).trimEnd().split("\n");
  expect(lines.length).toBe(28);
  expect(lines[19]).toBe("20\tfrontend\tQ\tQuery\tSELECT id,name,val,ts,d FROM t WHERE id>=20 ORDER BY id;");
  expect(lines[0]).toMatch(/^1\tfrontend\t·\tSSLRequest\t/);
  await page.keyboard.press("Escape");
  await expect(pgscope.selectedRow).toHaveCount(1);
  await page.keyboard.press("Control+c");
  await expect(page.locator("#said")).toHaveText("Copied 1 message");
});

test("rows are selected from here to there with Shift, by keys and by the mouse", async ({ pgscope, page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const copied = async () => {
    await page.locator("#said").evaluate((said) => (said.textContent = ""));
    await page.keyboard.press("Control+c");
    await expect(page.locator("#said")).toContainText("Copied");
    return (await page.evaluate(() => navigator.clipboard.readText())).trimEnd().split("\n").map((line) => line.split("\t")[0]);
  };
  await pgscope.open();
  await pgscope.row(20).click();
  await pgscope.messages.focus();
  for (let step = 0; step < 3; step++) await page.keyboard.press("Shift+ArrowDown");
  await expect(page.locator(".row[data-chosen]")).toHaveCount(4);
  expect(await copied()).toEqual(["20", "21", "22", "23"]);
  await page.keyboard.press("Shift+ArrowUp");
  expect(await copied()).toEqual(["20", "21", "22"]);
  await page.keyboard.press("ArrowDown");
  await expect(page.locator(".row[data-chosen]")).toHaveCount(0);
  await pgscope.row(21).click();
  await pgscope.row(26).click({ modifiers: ["Shift"] });
  expect(await copied()).toEqual(["21", "22", "23", "24", "25", "26"]);
  await pgscope.expectAccessible();
  // Other lines are others.
  await button(pgscope, /^Fold all/).click();
  await expect(page.locator(".row[data-chosen]")).toHaveCount(0);
});

test("an error is on the line of its cycle", async ({ pgscope }) => {
  await pgscope.open();
  await pgscope.paste(recording("psql/errors"));
  await button(pgscope, /^Fold all/).click();
  await expect(pgscope.page.locator(".came[data-failed]").first()).toHaveText('→ 42601 syntax error at or near "SELEC"');
  await button(pgscope, /^Open all/).click();
  await expect(pgscope.page.locator(".cycle[aria-expanded=false]")).toHaveCount(0);
});

test("ten thousand rows are one line, which opens", async ({ pgscope }) => {
  await pgscope.open();
  await pgscope.openFile("many.txt", recording("psql/many_rows"));
  await expect(pgscope.page.getByText("10,024 messages")).toBeVisible();
  const run = pgscope.rows.filter({ hasText: "DataRow × 10,000" });
  await expect(run).toContainText("378,904 bytes");
  await expect(pgscope.rows).toHaveCount(15);
  await run.click();
  await expect(pgscope.row(22)).toContainText("i=1,");
  await expect(pgscope.row(22)).toHaveAttribute("aria-setsize", "10000");
  expect(await pgscope.rows.count()).toBeLessThan(60);
  await pgscope.messages.press("End");
  await expect(pgscope.row(10_024)).toBeInViewport();
});

test("the list by keyboard: out, folded, opened, in, everything", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.messages.focus();
  await page.keyboard.press("ArrowLeft");
  await expect(pgscope.messages).toHaveAttribute("aria-activedescendant", "cycle-19");
  await page.keyboard.press("ArrowLeft");
  await expect(page.locator("#cycle-19")).toHaveAttribute("aria-expanded", "false");
  await expect(pgscope.title).toHaveText(/^Query20 of 28/);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await expect(pgscope.messages).toHaveAttribute("aria-activedescendant", "row-19");
  await page.keyboard.press("Shift+ArrowLeft");
  await expect(pgscope.rows).toHaveCount(3);
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Home");
  await expect(page.locator("#run-4")).toHaveAttribute("aria-expanded", "true");
  await page.keyboard.press(" ");
  await expect(page.locator("#cycle-0")).toHaveAttribute("aria-expanded", "false");
  await page.keyboard.press("Enter");
  await expect(page.locator("#cycle-0")).toHaveAttribute("aria-expanded", "true");
});

test("what is selected elsewhere is revealed", async ({ pgscope, page }) => {
  await pgscope.open();
  await button(pgscope, /^Fold all/).click();
  await expect(pgscope.rows).toHaveCount(3);
  await pgscope.messages.focus();
  await page.keyboard.press("]");
  await expect(pgscope.row(21)).toBeInViewport();
  await expect(pgscope.selectedRow).toContainText("RowDescription");
});

test("no bracket is drawn beside a line that holds all of it", async ({ pgscope, page }) => {
  await pgscope.open();
  await expect(page.locator(".row[data-pair]")).toHaveCount(8);
  await button(pgscope, /^Fold all/).click();
  await expect(page.locator(".cycle")).toHaveCount(2);
  await expect(page.locator(".row[data-pair]")).toHaveCount(0);
});

test("request and answers are drawn together, and lead to each other", async ({ pgscope, page }) => {
  await pgscope.open();
  await expect(pgscope.row(20)).toHaveAttribute("data-pair", "request");
  await expect(pgscope.row(22)).toHaveAttribute("data-pair", "answer");
  await expect(pgscope.row(27)).toHaveAttribute("data-pair", "last");
  await expect(page.locator(".row[data-pair]")).toHaveCount(8);
  await button(pgscope, "… 27 ReadyForQuery").click();
  await expect(pgscope.title).toHaveText(/^ReadyForQuery27 of 28/);
  await page.locator(".exchange-foot").getByRole("button", { name: "answers 20 Query" }).click();
  await expect(pgscope.title).toHaveText(/^Query20 of 28/);
  await pgscope.messages.focus();
  for (const number of [21, 22]) {
    await page.keyboard.press("]");
    await expect(pgscope.title).toHaveText(new RegExp(`${number} of 28`));
  }
  await page.keyboard.press("[");
  await expect(pgscope.title).toHaveText(/^Query20 of 28/);
});

test("find: text, next, previous, round the end, closed with the focus given back", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.messages.focus();
  await page.keyboard.press("Control+f");
  await expect(page.locator("#find-text")).toBeFocused();
  const find = page.getByRole("search", { name: "Find" });
  const count = find.getByRole("status");
  await expect(find.getByRole("searchbox")).toBeFocused();
  await page.keyboard.type("name");
  await expect(count).toHaveText(/^\d+ of 8$/);
  await expect(find).toContainText("as text");
  const first = await count.textContent();
  await page.keyboard.press("Enter");
  await expect(count).not.toHaveText(first);
  await page.keyboard.press("Shift+Enter");
  await expect(count).toHaveText(first);
  for (let step = 0; step < 8; step++) await page.keyboard.press("F3");
  await expect(count).toHaveText(first);
  await page.keyboard.press("Escape");
  await expect(find).toBeHidden();
  await expect(pgscope.messages).toBeFocused();
});

test("find: everything that was found is marked where it is seen", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.messages.press("Control+f");
  await expect(page.locator("#find-text")).toBeFocused();
  await page.keyboard.type("NAME");
  // RowDescription and four DataRows, the Query, and what is folded.
  for (const number of [3, 20, 21, 22, 23, 24, 25]) await expect(pgscope.row(number)).toHaveAttribute("data-found", "");
  await expect(page.locator(".row[data-found]")).toHaveCount(8);
  await expect(page.locator("#run-4 .found")).toHaveText("1 found");
  await expect(pgscope.row(22).locator("mark")).toHaveText(["name", "name"]);
  await page.getByRole("searchbox").fill("00 3d ?? 45");
  await expect(page.locator(".row[data-found]")).toHaveCount(1);
  await expect(page.locator(".row mark")).toHaveCount(0);
  await button(pgscope, /^Fold all/).click();
  await expect(page.locator(".cycle .found")).toHaveText("1 found");
  await pgscope.expectAccessible();
  await page.keyboard.press("Control+f");
  await expect(page.locator("#find-text")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.locator(".row[data-found]")).toHaveCount(0);
});

test("find: bytes are lit where they are", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.messages.press("Control+f");
  await expect(page.locator("#find-text")).toBeFocused();
  await page.keyboard.type("00 3d ?? 45");
  await expect(page.getByRole("search", { name: "Find" })).toContainText("as bytes");
  await expect(page.getByRole("search", { name: "Find" }).getByRole("status")).toHaveText("1 of 1");
  await expect(pgscope.title).toHaveText(/^Query20 of 28/);
  await expect(pgscope.status).toContainText("4 bytes");
  await expect(pgscope.hex.locator('[aria-selected="true"]')).toHaveText(["00", "3d", "53", "45"]);
});

test("find: nothing, and a message in what is folded", async ({ pgscope, page }) => {
  await pgscope.open();
  await button(pgscope, /^Fold all/).click();
  await pgscope.messages.press("Control+f");
  await expect(page.locator("#find-text")).toBeFocused();
  await page.keyboard.type("nowhere to be seen");
  await expect(page.getByRole("search", { name: "Find" }).getByRole("status")).toHaveText("not found");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("DateStyle");
  await expect(page.getByRole("search", { name: "Find" }).getByRole("status")).toHaveText("1 of 1");
  await expect(pgscope.selectedRow).toContainText("DateStyle");
});

test("filter: by end, name and text; none; all again", async ({ pgscope, page }) => {
  await pgscope.open();
  await button(pgscope, "Filter").click();
  const filter = page.getByRole("search", { name: "Filter" });
  const count = filter.getByRole("status");
  await filter.getByLabel("Who sent it, in the list").selectOption("frontend");
  await expect(count).toHaveText("4 of 28");
  await expect(pgscope.rows).toHaveCount(4);
  await expect(pgscope.row(28)).toHaveAttribute("aria-setsize", "4");
  await filter.getByLabel("Who sent it, in the list").selectOption("");
  await filter.getByLabel("Which messages").selectOption("DataRow");
  await expect(count).toHaveText("4 of 28");
  await filter.getByRole("combobox", { name: "Show only messages with" }).fill("NULL");
  await expect(count).toHaveText("1 of 28");
  await expect(pgscope.rows).toContainText(["id=21"]);
  await filter.getByRole("combobox", { name: "Show only messages with" }).fill("no such thing");
  await expect(pgscope.messages).toContainText("No message is like that");
  await page.keyboard.press("Escape");
  await expect(filter).toBeHidden();
  await expect(pgscope.rows).toHaveCount(18);
  await expect(pgscope.messages).toBeFocused();
});

test("a link holds the filter, and so does what is kept of one's own work", async ({ pgscope, page }) => {
  await pgscope.open("#sample=asyncpg&filter=name%20%3D%3D%20DataRow");
  const filter = page.getByRole("search", { name: "Filter" });
  const text = filter.getByRole("combobox", { name: "Show only messages with" });
  await expect(text).toHaveValue("name == DataRow");
  await expect(filter.getByRole("status").first()).toHaveText(/^\d+ of \d+$/);
  for (const name of await pgscope.rows.allTextContents()) {
    expect(name).toContain("DataRow");
  }
  await filter.getByLabel("Who sent it, in the list").selectOption("frontend");
  await expect(page).toHaveURL(/&only=frontend&filter=name%20%3D%3D%20DataRow$/);
  await page.reload();
  await expect(text).toHaveValue("name == DataRow");
  await expect(filter.getByLabel("Who sent it, in the list")).toHaveValue("frontend");
  await expect(pgscope.messages).toContainText("No message is like that");
  await text.press("Escape");
  await expect(page).not.toHaveURL(/filter/);
  await expect(filter).toBeHidden();
  // Another address, another filter.
  await page.evaluate(() => {
    location.hash = "#sample=asyncpg&filter=ReadyForQuery";
  });
  await expect(text).toHaveValue("ReadyForQuery");
  await pgscope.open();
  await pgscope.paste(`F: ${query("SELECT 1")}\nF: ${query("SELECT 2")}`);
  await button(pgscope, "Filter").click();
  await text.fill("SELECT 2");
  await expect(pgscope.rows).toHaveCount(1);
  await page.waitForTimeout(600);
  await page.reload();
  await expect(text).toHaveValue("SELECT 2");
  await expect(pgscope.rows).toHaveCount(1);
});

test("go to a message, to an offset, to neither", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.messages.press("Control+g");
  await expect(page.locator("#goto-text")).toBeFocused();
  await page.keyboard.type("#8");
  await page.keyboard.press("Enter");
  await expect(pgscope.title).toHaveText(/^ParameterStatus8 of 28/);
  await pgscope.messages.press("Control+g");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("99");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toHaveText("There is no message 99: they are numbered from 1 to 28.");
  // It begins with the end whose message is selected.
  await expect(page.getByLabel("In whose stream")).toHaveValue("backend");
  await page.getByLabel("In whose stream").selectOption("frontend");
  await page.locator("#goto-text").fill("0x48");
  await page.keyboard.press("Enter");
  await expect(pgscope.title).toHaveText(/^Query20 of 28/);
  await expect(pgscope.status).toContainText("query");
  await expect(pgscope.messages).toBeFocused();
});

test("problems: visited one after the other, sifted, and told on folded lines", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(`F: ${query("SELECT 1")}\nF: 510000000d53454c45435420313b00\nF: ${query("SELECT 2")}\nF: 4400000006 58 00\nF: 5300000004`);
  await button(pgscope, /problems$/).click();
  const list = page.getByRole("group", { name: "Problems" });
  const items = await list.getByRole("listitem").count();
  expect(items).toBeGreaterThan(1);
  await list.getByRole("button", { name: /^The next problem/ }).click();
  const place = list.getByRole("status");
  await expect(place).toHaveText(new RegExp(`^\\d of ${items}$`));
  const first = await place.textContent();
  await list.getByRole("button", { name: /^The problem before/ }).click();
  await expect(place).not.toHaveText(first);
  await expect(list.locator('[aria-current="true"]')).toHaveCount(1);
});

test("thousands of problems are shown by their rules", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.openFile("bad.bin", Buffer.from(`440000000658 00`.replaceAll(" ", "").repeat(3000), "hex"));
  await button(pgscope, /problems$/).click();
  const list = page.getByRole("group", { name: "Problems" });
  const rules = list.locator(".rules .problem");
  await expect(rules.first()).toContainText("3,000");
  await rules.first().click();
  await expect(list.getByRole("button", { name: "all rules" })).toBeVisible();
  expect(await list.locator(".problems-scroll li").count()).toBeLessThan(40);
  await list.getByRole("button", { name: "all rules" }).click();
  await expect(rules.first()).toBeVisible();
});

const STATES = {
  folded: (pgscope) => button(pgscope, /^Fold all/).click(),
  found: async (pgscope) => {
    await pgscope.messages.press("Control+f");
    await expect(pgscope.page.locator("#find-text")).toBeFocused();
    await pgscope.page.keyboard.type("name");
  },
  filtered: async (pgscope) => {
    await button(pgscope, "Filter").click();
    await pgscope.page.getByLabel("Who sent it, in the list").selectOption("backend");
  },
  "nothing matches": async (pgscope) => {
    await button(pgscope, "Filter").click();
    await pgscope.page.getByRole("combobox", { name: "Show only messages with" }).fill("no such thing");
    await expect(pgscope.messages).toContainText("No message is like that");
  },
  "no way to go": async (pgscope) => {
    await pgscope.messages.press("Control+g");
    await pgscope.page.keyboard.type("x");
    await pgscope.page.keyboard.press("Enter");
  },
  "errors folded": async (pgscope) => {
    await pgscope.paste(recording("psql/errors"));
    await button(pgscope, /^Fold all/).click();
  },
};

for (const theme of THEMES) {
  for (const [state, reach] of Object.entries(STATES)) {
    test(`accessible in the ${theme} theme, and nothing cut off on a phone: ${state}`, async ({ pgscope, page }) => {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      await pgscope.open();
      await reach(pgscope);
      await pgscope.expectAccessible();
      await page.setViewportSize({ width: 360, height: 740 });
      await pgscope.expectNoOverflow();
      await pgscope.expectAccessible();
    });
  }
}
