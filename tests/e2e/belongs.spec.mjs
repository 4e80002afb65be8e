// What a message is to a reader, and what it belongs to: carried messages by their own names, answers under their requests.
import { expect, test } from "./page.mjs";
import { EXCHANGE } from "./tied.mjs";

test("a message of replication has its own title, type, help and name in the filter", async ({ pgscope, page }) => {
  await pgscope.open("#sample=replication-filtered");
  await page.getByRole("button", { name: "Filter" }).click();
  const names = page.getByLabel("Which messages");
  await expect(names.locator("option", { hasText: "Insert" })).toHaveCount(1);
  await expect(names.locator("option", { hasText: "CopyData" })).toHaveCount(0);
  await names.selectOption("Insert");
  const insert = pgscope.rows.first();
  await expect(insert.locator(".name")).toHaveText("Insert");
  for (const row of await pgscope.rows.all()) await expect(row.locator(".name")).toHaveText("Insert");
  await expect(insert.locator(".tag")).toHaveText("I");
  await expect(insert.locator(".says")).toHaveText(/^public\./);
  await insert.click();
  await expect(pgscope.title).toHaveText(/^Insert/);
  await expect(pgscope.title).toContainText("in XLogData in CopyData");
  await expect(page.getByRole("link", { name: "Reference page" })).toHaveAttribute("href", "messages/insert.html");
  await expect(page.locator(".title .facts")).toContainText("Logical replication");
});

test("a row under an Execute belongs to the extended query protocol, and its manual is that one's", async ({ pgscope, page }) => {
  await pgscope.open();
  const facts = page.locator(".title .facts");
  await pgscope.row(22).click();
  await expect(facts).toContainText("· Simple query ·");
  await pgscope.paste(EXCHANGE);
  await pgscope.row(15).click();
  await expect(pgscope.title).toHaveText(/^DataRow/);
  await expect(facts).toContainText("· Extended query ·");
  await expect(facts.getByRole("link", { name: "Message Flow: Extended Query" })).toBeVisible();
  await expect(facts).not.toContainText(/simple query/i);
  await expect(pgscope.status).toContainText("phase extended");
  await page.getByRole("button", { name: /^Fold all/ }).click();
  await expect(page.locator(".cycle .cycle-name").last()).toHaveText("Extended query");
});

test("a COPY is called that", async ({ pgscope, page }) => {
  await pgscope.open("#sample=copy-in");
  await page.getByRole("button", { name: /^Fold all/ }).click();
  await expect(page.locator(".cycle").filter({ hasText: /COPY .* FROM STDIN/i }).first().locator(".cycle-name")).toHaveText("COPY");
});
