// The built page in Chromium. `cargo xtask test --only e2e` sets all of this up; by hand, in this folder, after
// `cargo xtask build`: npm ci && npm test
import { defineConfig } from "@playwright/test";
import { launch } from "./browser.mjs";

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.mjs",
  fullyParallel: true,
  // Some specs visit dozens of pages, and a machine may have something else to do.
  timeout: 90_000,
  forbidOnly: Boolean(process.env.CI),
  // What passes only when it is tried again is told as such (troubles.mjs).
  retries: 1,
  reporter: [["list"], ...(process.env.PGSCOPE_TROUBLES ? [["./troubles.mjs"]] : [])],
  use: { launchOptions: launch },
});
