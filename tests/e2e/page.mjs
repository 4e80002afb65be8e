// The page as its user meets it. Specs take `test` and `expect` from here and speak to `pgscope`, not to selectors.
//
// Whatever a spec does, it fails if the page violates its Content-Security-Policy, logs an error, throws, or asks
// anybody but its own host for anything.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test as base } from "@playwright/test";
import { DIST, serve } from "./site.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const THEMES = ["light", "dark"];

/** What axe has to say against parts of any page: rules, and where they are broken. */
export async function violations(page, parts = "html") {
  await page.evaluate(AXE);
  const found = await page.evaluate((parts) => axe.run({ include: parts }, { rules: { region: { enabled: false } } }), [parts].flat());
  return found.violations.map(({ id, nodes }) => [id, nodes.map((node) => node.target.flat().join(" ")).slice(0, 3)]);
}

export class Pgscope {
  constructor(page, address) {
    this.page = page;
    this.address = address;
    /** What no page may do, in words, as it happened. */
    this.complaints = [];
    this.heading = page.getByRole("heading", { level: 1, name: "Pgscope" });
    this.text = page.getByLabel("Bytes in any form");
    this.note = page.locator(".note");
    this.gallery = page.getByRole("dialog", { name: "Samples" });
    /** What became of the work. */
    this.kept = page.locator(".kept");
    this.form = page.getByLabel("Form", { exact: true });
    /** Who may have sent it, and where it may begin: one of each is pressed. */
    this.sender = page.getByRole("group", { name: /^Sent by/ });
    this.beginning = page.getByRole("group", { name: /^Begins with/ });
    this.messages = page.getByRole("tree", { name: "Messages" });
    /** Every line of the list, those that fold included. */
    this.rows = this.messages.getByRole("treeitem");
    this.selectedRow = this.messages.getByRole("treeitem", { selected: true });
    this.title = page.locator("#inspector-title");
    this.hex = page.getByRole("grid", { name: "Bytes of the message" });
    this.fields = page.getByRole("tree", { name: "Fields of the message" });
    this.selectedField = this.fields.getByRole("treeitem", { selected: true });
    this.marked = page.locator(".marked-line mark");
    /** What an error of the server says. */
    this.failure = page.getByRole("region", { name: "What the server says" });
    this.map = page.locator(".map");
    this.status = page.getByRole("contentinfo");
    /** What a screen reader is told. */
    this.told = this.status.getByRole("status");
  }

  /** Puts a text in the place of what is there, as a paste does. */
  async paste(text) {
    await this.text.evaluate((area, text) => {
      area.focus();
      area.value = text;
      area.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertFromPaste" }));
    }, text);
  }

  /** Pastes where nothing is typed. */
  async pasteAnywhere(text) {
    await this.page.evaluate((text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", text);
      document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, text);
  }

  /** Pastes at the caret as a person does, by the keyboard. */
  async pasteReally(text) {
    await this.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await this.page.evaluate((text) => navigator.clipboard.writeText(text), text);
    await this.text.press("Control+V");
  }

  /** Types at the end of the text. */
  async type(text) {
    await this.text.press("Control+End");
    await this.text.pressSequentially(text);
  }

  /** Turns to a pane where only one is shown. */
  async tab(name) {
    const tab = this.page.getByRole("tab", { name: new RegExp(`^${name}`) });
    if (await tab.isVisible()) await tab.click();
  }

  /** Chooses a sample from the gallery, by its name. */
  async sample(name) {
    await this.tab("Bytes");
    const address = `#sample=${name.replace(/\.txt$/, "")}`;
    await this.page.getByRole("button", { name: "Samples" }).click();
    await this.gallery.locator(`a[href="${address}"]`).click();
    await expect(this.gallery).toBeHidden();
    await expect(this.page).toHaveURL(new RegExp(`${address.replaceAll(".", "\\.")}(&|$)`));
  }

  /** Opens a file by the button; `bytes` is what it holds. */
  async openFile(name, bytes) {
    await this.page.getByLabel("A file to decode").setInputFiles({ name, mimeType: "application/octet-stream", buffer: Buffer.from(bytes) });
  }

  /** Begins to change bytes at one of them. */
  async edit(at) {
    await this.byte(at).click();
    await this.hex.press("Enter");
    await expect(this.hex).toHaveAttribute("aria-readonly", "false");
  }

  /** Drops a file somewhere on the page. */
  async dropFile(name, bytes) {
    await this.dropFiles([[name, bytes]]);
  }

  /** Drops several at once, a name and what it holds each: somewhere on the page, or there. */
  async dropFiles(files, where = ".exchange") {
    const transfer = await this.page.evaluateHandle(
      (files) => {
        const transfer = new DataTransfer();
        for (const [name, bytes] of files) transfer.items.add(new File([new Uint8Array(bytes)], name));
        return transfer;
      },
      files.map(([name, bytes]) => [name, [...bytes]]),
    );
    await this.page.dispatchEvent(where, "dragover", { dataTransfer: transfer });
    await this.page.dispatchEvent(where, "drop", { dataTransfer: transfer });
  }

  row(number) {
    return this.page.locator(`#row-${number - 1}`);
  }

  byte(at) {
    return this.page.locator(`#byte-${at}`);
  }

  field(name) {
    return this.fields.getByRole("treeitem").filter({ has: this.page.locator(".field-name").getByText(name, { exact: true }) });
  }

  /** The bytes that are lit so: pinned, hovered or around. */
  async lit(how) {
    return (await this.hex.locator(`.run[data-lit="${how}"] .cell`).allTextContents()).join(" ");
  }

  /** What of the text is marked. */
  async markedText() {
    return (await this.marked.allTextContents()).join(" ");
  }

  /** Nothing reaches beyond the right edge. */
  async expectNoOverflow() {
    expect(await this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  }

  /** Opens the page, at a fragment or another file of the site if need be, and waits until it runs. */
  async open(at = "", { whole = true } = {}) {
    await this.page.goto(new URL(at, this.address).href);
    await expect(this.heading).toHaveText("Pgscope");
    if (whole) await this.parts();
  }

  /** Waits for the parts that the page fetches when somebody begins to do something. */
  async parts() {
    await this.page.evaluate(async () => {
      window.dispatchEvent(new Event("pointermove"));
      const parts = () => performance.getEntriesByType("resource").filter(({ name }) => /\/(split_(engine|rest)|chunk_\d+)-/.test(name));
      const isHere = () => ["split_engine", "split_rest"].every((part) => parts().some(({ name, responseEnd }) => name.includes(part) && responseEnd > 0));
      while (!isHere()) await new Promise((later) => setTimeout(later, 10));
      await new Promise((later) => setTimeout(later, 50));
    });
  }

  /** Every accessibility rule that axe knows how to check. */
  async expectAccessible() {
    await this.page.evaluate(AXE);
    // What fades in is judged when it is there.
    await this.page.evaluate(() => Promise.allSettled(document.getAnimations().map((animation) => animation.finished)));
    const { violations } = await this.page.evaluate(() => axe.run());
    const told = violations.map((rule) => `${rule.id}: ${rule.help}\n  ${rule.nodes.map((node) => node.html).join("\n  ")}`);
    expect(told).toEqual([]);
  }

  /** The page fetches nothing by itself when it is left alone: as where a person wants little to be fetched. */
  async stayQuiet() {
    await this.page.addInitScript(() => Object.defineProperty(navigator, "connection", { value: { saveData: true } }));
  }

  /** Listens for everything that is a complaint. */
  async watch() {
    const complain = (words) => this.complaints.push(words);
    await this.page.exposeFunction("pgscopeViolation", (words) => complain(`policy: ${words}`));
    await this.page.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => {
        window.pgscopeViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
      });
    });
    this.page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complain(`console: ${message.text()}`);
    });
    this.page.on("pageerror", (error) => complain(`thrown: ${error}`));
    this.page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (!["blob:", "data:"].includes(protocol) && origin !== new URL(this.address).origin) complain(`request: ${request.url()}`);
    });
  }
}

export const test = base.extend({
  // One server for each of Playwright's workers.
  address: [
    async ({}, use) => {
      const server = await serve(DIST);
      await use(server.url);
      server.stop();
    },
    { scope: "worker" },
  ],
  // Whether the page fetches the rest of itself when nothing happens: most specs ask for what they want.
  fetchesWhenIdle: [false, { option: true }],
  pgscope: async ({ page, address, fetchesWhenIdle }, use) => {
    const pgscope = new Pgscope(page, address);
    await pgscope.watch();
    if (!fetchesWhenIdle) await pgscope.stayQuiet();
    await use(pgscope);
    expect(pgscope.complaints).toEqual([]);
  },
});

export { expect };
