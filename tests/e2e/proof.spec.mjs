// The third pane of a login: a password, and what it says of what was sent.
import { expect, test, THEMES } from "./page.mjs";

// md5(md5("secretme") in hex, and 01020304) in hex, by Python's hashlib.
const LOGIN = `F: 00000011 00030000 7573657200 6d6500 00
B: 52 0000000c 00000005 01020304
F: 70 00000028 6d64353833323264353834626635396630323533643538333436333037626236626133 00
B: 52 00000008 00000000`;

const form = (page) => page.getByRole("group", { name: "Check the password of this login" });
const field = (page) => page.getByLabel("Password of this login", { exact: true });

test("a password is right or wrong, and each step leads to its bytes", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(LOGIN);
  await pgscope.row(3).click();
  await expect(field(page)).toHaveAttribute("type", "password");
  await expect(form(page)).toContainText("stays in this tab’s memory");
  await field(page).fill("sekret");
  await form(page).getByRole("button", { name: "Check" }).click();
  await expect(form(page)).toContainText("was let in: it used another one");
  await field(page).fill("secret");
  await page.keyboard.press("Enter");
  await expect(form(page)).toContainText("MD5: The client used this password.");
  const steps = form(page).getByRole("listitem");
  await expect(steps).toHaveCount(4);
  await expect(steps.last()).toContainText("right · message 3, bytes 5 to 39");
  await steps.first().getByRole("button").click();
  await expect(pgscope.title).toContainText("AuthenticationMD5Password");
  expect(await pgscope.lit("pinned")).toBe("01 02 03 04");
  await expect(steps.last()).toContainText("right");
});

test("the password and what it said go when other bytes are read", async ({ pgscope, page }) => {
  await pgscope.open();
  await pgscope.paste(LOGIN);
  await pgscope.row(2).click();
  await field(page).fill("secret");
  await page.keyboard.press("Enter");
  await expect(form(page)).toContainText("The client used this password.");
  await pgscope.row(1).click();
  await expect(form(page)).toBeHidden();
  await pgscope.paste(LOGIN.replace("01020304", "01020305"));
  await pgscope.row(2).click();
  await expect(form(page)).not.toContainText("The client used this password.");
  await expect(field(page)).toHaveValue("");
});

for (const theme of THEMES) {
  test(`a login that was checked is accessible in the ${theme} theme`, async ({ pgscope, page }) => {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await pgscope.open();
    await pgscope.paste(LOGIN);
    await pgscope.row(3).click();
    await field(page).fill("sekret");
    await page.keyboard.press("Enter");
    await expect(form(page)).toContainText("was let in");
    await pgscope.expectAccessible();
  });
}
