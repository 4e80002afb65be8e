// The gallery of samples: opened, searched, filtered, left again; by keyboard and on a phone.
import { readFileSync } from "node:fs";
import { THEMES, expect, test } from "./page.mjs";

const INDEX = readFileSync(new URL("../../web/samples/index.txt", import.meta.url), "utf8").trim().split("\n");

const open = async (pgscope, page) => {
  await pgscope.open();
  await page.getByRole("button", { name: "Samples" }).click();
  await expect(pgscope.gallery.getByRole("link")).toHaveCount(INDEX.length);
};

test("every sample is offered, under its client", async ({ pgscope, page }) => {
  await open(pgscope, page);
  await expect(pgscope.gallery.getByRole("status")).toHaveText(`${INDEX.length} samples`);
  for (const client of ["psql", "libpq", "psycopg2", "psycopg 3", "asyncpg", "node-postgres", "tokio-postgres", "pgbench"]) {
    await expect(pgscope.gallery.getByRole("heading", { name: client, exact: true })).toHaveCount(1);
  }
  const first = pgscope.gallery.getByRole("link", { name: /SELECT 1, and all that psql says to connect/ });
  await expect(first).toContainText("connect · 25 messages · 562 bytes");
  await expect(first).toHaveAttribute("href", "#sample=psql-connect");
});

test("words, client and topic narrow the list", async ({ pgscope, page }) => {
  await open(pgscope, page);
  const links = pgscope.gallery.getByRole("link");
  await pgscope.gallery.getByLabel("Client").selectOption("asyncpg");
  const asyncpg = INDEX.filter((line) => line.split("\t")[1] === "asyncpg").length;
  await expect(links).toHaveCount(asyncpg);
  await pgscope.gallery.getByLabel("Topic").selectOption("COPY");
  await expect(links).toHaveCount(1);
  await pgscope.gallery.getByLabel("Client").selectOption("");
  await pgscope.gallery.getByLabel("Search the samples").fill("binary signature");
  await expect(links).toHaveCount(1);
  await pgscope.gallery.getByLabel("Search the samples").fill("zebra");
  await expect(pgscope.gallery).toContainText("No sample is like that.");
  await expect(pgscope.gallery.getByRole("status")).toHaveText("0 samples");
});

test("a sample is chosen by keyboard alone", async ({ pgscope, page }) => {
  await pgscope.open();
  await page.getByRole("button", { name: "Samples" }).focus();
  await page.keyboard.press("Enter");
  await expect(pgscope.gallery.getByLabel("Search the samples")).toBeFocused();
  await page.keyboard.type("notices");
  await expect(pgscope.gallery.getByRole("link")).toHaveCount(1);
  for (let tab = 0; tab < 3; tab++) await page.keyboard.press("Tab");
  // A list that scrolls is a stop of its own in some browsers.
  if (!(await page.evaluate(() => document.activeElement.matches("a")))) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(pgscope.gallery).toBeHidden();
  await expect(page).toHaveURL(/#sample=psql-notices/);
  await expect(pgscope.rows.filter({ hasText: "NoticeResponse" }).first()).toBeVisible();
});

test("Escape and the button close it, and the focus is where it was", async ({ pgscope, page }) => {
  await open(pgscope, page);
  await page.keyboard.press("Escape");
  await expect(pgscope.gallery).toBeHidden();
  await expect(page.getByRole("button", { name: "Samples" })).toBeFocused();
  await page.getByRole("button", { name: "Samples" }).click();
  await pgscope.gallery.getByRole("button", { name: "Close" }).click();
  await expect(pgscope.gallery).toBeHidden();
});

for (const theme of THEMES) {
  test(`accessible in the ${theme} theme, wide and narrow`, async ({ pgscope, page }) => {
    await page.emulateMedia({ colorScheme: theme });
    await open(pgscope, page);
    await pgscope.expectAccessible();
    await page.setViewportSize({ width: 360, height: 740 });
    await pgscope.expectNoOverflow();
    await pgscope.expectAccessible();
    await page.keyboard.press("Escape");
    // Candidates, all of them.
    await pgscope.paste("5a 00 00 00 05 49");
    await pgscope.beginning.getByRole("button", { name: /more$/ }).click();
    await expect(pgscope.beginning.getByRole("button", { pressed: false }).first()).toBeVisible();
    await pgscope.expectAccessible();
    await pgscope.expectNoOverflow();
  });
}

test("the buttons beside the input are whole at any width", async ({ pgscope, page }) => {
  await pgscope.open();
  for (const width of [360, 700, 1000, 1280, 1920]) {
    await page.setViewportSize({ width, height: 800 });
    const cut = await page.locator(".input .pane-head").evaluate((head) => head.scrollWidth - head.clientWidth);
    expect(cut, `${width} px`).toBeLessThanOrEqual(0);
  }
});

test("the list is fetched only when somebody asks for it", async ({ pgscope, page }) => {
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await pgscope.open();
  await expect(pgscope.selectedRow).toBeVisible();
  expect(asked.filter((path) => path.includes("samples"))).toEqual([]);
  await page.getByRole("button", { name: "Samples" }).click();
  await expect(pgscope.gallery.getByRole("link").first()).toBeVisible();
  expect(asked.filter((path) => path.includes("samples"))).toEqual(["/samples/index.txt"]);
});

test("samples are decoded; only the broken ones have problems", async ({ pgscope, page }) => {
  await pgscope.open();
  const names = INDEX.map((line) => line.split("\t"));
  // Each is decoded natively in another test; here some, and all that are broken.
  for (const [name, client, , , , bytes, frontend, backend] of names.filter(([, client], at) => at % 8 === 0 || client === "broken")) {
    await page.evaluate((name) => (location.hash = `sample=${name}`), name);
    const count = (Number(frontend) + Number(backend)).toLocaleString("en");
    await expect(pgscope.title, name).toHaveText(new RegExp(` of ${count}(\\D|$)`));
    await expect(page.getByRole("button", { name: /^\d+ problems?$/ }), name).toHaveCount(client === "broken" ? 1 : 0);
    await expect(pgscope.note.locator(".input-problems li"), name).toHaveCount(0);
    await expect(pgscope.note, name).toContainText(`: ${Number(bytes).toLocaleString("en")} bytes`);
  }
});
