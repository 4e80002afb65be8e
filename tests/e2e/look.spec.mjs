// Themes, widths, and accessibility in every state.
import { expect, test, THEMES } from "./page.mjs";

const STATES = {
  "a byte pinned": (pgscope) => pgscope.byte(7).click(),
  "a byte hovered": (pgscope) => pgscope.byte(2).hover(),
  "nothing read": (pgscope) => pgscope.paste(""),
  "input that cannot be read": (pgscope) => pgscope.paste("58 00 00 00 0"),
  "a problem in the list": async (pgscope) => {
    await pgscope.sample("broken-length.txt");
    await pgscope.page.getByRole("button", { name: "1 problem" }).click();
  },
  "a file": (pgscope) => pgscope.dropFile("a.bin", [0x5a, 0, 0, 0, 5, 0x49]),
  "secrets": async (pgscope) => {
    await pgscope.sample("scram.txt");
    await pgscope.messages.getByText("SASLInitialResponse").click();
  },
  "replication": async (pgscope) => {
    await pgscope.sample("replication.txt");
    await expect(pgscope.title).toHaveText(/ of 65/);
    await pgscope.tab("Exchange");
    await pgscope.messages.press("End");
    await pgscope.messages.getByText("Primary keepalive").last().click();
  },
  "what was found": async (pgscope) => {
    await pgscope.messages.press("Control+f");
    await expect(pgscope.page.locator("#find-text")).toBeFocused();
    await pgscope.page.keyboard.type("name");
    await expect(pgscope.page.locator(".row mark")).not.toHaveCount(0);
  },
  "a filter that shows nothing": async (pgscope) => {
    await pgscope.page.getByRole("button", { name: "Filter" }).click();
    await pgscope.page.keyboard.type("nowhere to be seen");
    await expect(pgscope.messages).toContainText("No message is like that.");
  },
  "an offset that is not there": async (pgscope) => {
    await pgscope.hex.press("Control+g");
    await pgscope.page.keyboard.type("0xffff\n");
  },
  "the keys": (pgscope) => pgscope.messages.press("?"),
};

for (const theme of THEMES) {
  for (const [state, reach] of Object.entries(STATES)) {
    test(`accessible in the ${theme} theme: ${state}`, async ({ pgscope, page }) => {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      await pgscope.open();
      await reach(pgscope);
      await pgscope.expectAccessible();
    });
  }
}

for (const width of [360, 700, 1000, 1280, 1920]) {
  test(`nothing is cut off at ${width} px`, async ({ pgscope, page }) => {
    await page.setViewportSize({ width, height: 800 });
    await pgscope.open();
    await pgscope.expectNoOverflow();
    await pgscope.sample("replication.txt");
    await expect(pgscope.title).toHaveText(/ of 65/);
    await pgscope.tab("Exchange");
    await pgscope.messages.press("End");
    await pgscope.messages.getByText("Primary keepalive").last().click();
    await expect(pgscope.title).toHaveText(/^Primary keepalive/);
    await pgscope.byte(20).click();
    await pgscope.expectNoOverflow();
    await pgscope.expectAccessible();
  });
}

test("hex has 16 bytes on a line where there is room, and 8 where there is not", async ({ pgscope, page }) => {
  await pgscope.open();
  await expect(pgscope.hex.getByRole("row").first().getByRole("gridcell")).toHaveCount(16);
  await page.setViewportSize({ width: 360, height: 740 });
  await pgscope.tab("Message");
  await expect(pgscope.hex.getByRole("row").first().getByRole("gridcell")).toHaveCount(8);
});

/** What can be pressed and is smaller than a finger needs. */
const small = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('button, summary, select, [role="button"], [role="tab"], [role="menuitem"]')].flatMap((button) => {
      const { width, height } = button.getBoundingClientRect();
      const isSmall = width > 0 && (width < 24 || height < 24) && !button.closest(".visually-hidden");
      return isSmall ? [`${button.outerHTML.slice(0, 120)}: ${width} × ${height}`] : [];
    }),
  );

test("every button is at least 24 pixels tall and wide", async ({ pgscope, page }) => {
  await pgscope.open();
  const check = async () => expect(await small(page)).toEqual([]);
  await check();
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 900 });
    for (const reach of Object.values(STATES)) {
      // What was brought comes back: each state begins with the page as it is at first.
      await page.goto("about:blank");
      const storage = await page.context().newCDPSession(page);
      await storage.send("Storage.clearDataForOrigin", { origin: new URL(pgscope.address).origin, storageTypes: "local_storage" });
      await pgscope.open();
      await pgscope.tab("Exchange");
      if (width === 1280) await reach(pgscope);
      for (const tab of ["Bytes", "Exchange", "Message"]) {
        await pgscope.tab(tab);
        await check();
      }
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  for (const at of ["#sample=psql-errors", "#sample=copy-binary", "#learn=handshake&step=5", "#sample=scram"]) {
    await pgscope.open(at);
    await check();
  }
});

test("the theme is chosen and remembered", async ({ pgscope, page }) => {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMedia({ colorScheme: "light" });
  await pgscope.open();
  const light = await background();
  await page.getByRole("button", { name: "Theme: Auto" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  const dark = await background();
  expect(dark).not.toBe(light);
  await pgscope.open();
  await expect(page.getByRole("button", { name: "Theme: Dark" })).toBeVisible();
  expect(await background()).toBe(dark);
});
