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

export class Pgscope {
  constructor(page, address) {
    this.page = page;
    this.address = address;
    /** What no page may do, in words, as it happened. */
    this.complaints = [];
    this.heading = page.getByRole("heading", { level: 1, name: "Pgscope" });
  }

  /** Opens the page, at a fragment or another file of the site if need be, and waits until it runs. */
  async open(at = "") {
    await this.page.goto(new URL(at, this.address).href);
    await expect(this.heading).toHaveText("Pgscope");
  }

  /** Every accessibility rule that axe knows how to check. */
  async expectAccessible() {
    await this.page.evaluate(AXE);
    const { violations } = await this.page.evaluate(() => axe.run());
    const told = violations.map((rule) => `${rule.id}: ${rule.help}\n  ${rule.nodes.map((node) => node.html).join("\n  ")}`);
    expect(told).toEqual([]);
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
  pgscope: async ({ page, address }, use) => {
    const pgscope = new Pgscope(page, address);
    await pgscope.watch();
    await use(pgscope);
    expect(pgscope.complaints).toEqual([]);
  },
});

export { expect };
