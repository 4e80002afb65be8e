// How long the built page takes for capture files of growing size, in Chromium, beside reading their bytes alone, and how much memory it
// holds: node bench-captures.mjs FILE… — `cargo xtask bench --only page` makes the files and runs it.
import { statSync } from "node:fs";
import { chromium } from "@playwright/test";
import { launch, memory } from "./browser.mjs";
import { DIST, serve } from "./site.mjs";

const MB = 1 << 20;
/** How much is read at a time where nothing is done with it, as the page reads it. */
const PIECE = 4 * MB;
const LONGEST = 600_000;

async function measured(address, file) {
  const browser = await chromium.launch(launch);
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(LONGEST);
    await page.goto(address);
    await page.waitForSelector(".row");
    const input = page.getByLabel("A file to decode");
    // Reading alone, from the same kind of file.
    await page.evaluate(() => document.body.append(Object.assign(document.createElement("input"), { type: "file", id: "alone" })));
    await page.locator("#alone").setInputFiles(file);
    const alone = await page.evaluate(async (piece) => {
      const [file] = document.getElementById("alone").files;
      const start = performance.now();
      for (let at = 0; at < file.size; at += piece) await file.slice(at, at + piece).arrayBuffer();
      return performance.now() - start;
    }, PIECE);
    await page.evaluate(() => document.getElementById("alone").remove());
    const before = await memory(browser);
    const start = performance.now();
    await input.setInputFiles(file);
    await page.locator(".note", { hasText: "Read as capture file" }).waitFor();
    await page.waitForSelector(".row");
    const read = performance.now() - start;
    return { alone, read, before, after: await memory(browser) };
  } finally {
    await browser.close();
  }
}

const host = await serve(DIST);
try {
  console.log("a capture, in ms".padEnd(18), "bytes alone", "     read", "  MB/s", "  of bytes alone", "  memory, before and at most, in MB");
  for (const file of process.argv.slice(2)) {
    const size = statSync(file).size / 1e6;
    const { alone, read, before, after } = await measured(host.url, file);
    const rate = (size / read) * 1000;
    console.log(
      `${Math.round(size)} MB`.padEnd(18),
      String(Math.round(alone)).padStart(11),
      String(Math.round(read)).padStart(9),
      String(Math.round(rate)).padStart(6),
      `${Math.round((100 * alone) / read)} %`.padStart(17),
      "  ",
      `${before ?? "?"} ${after ?? "?"}`,
    );
  }
} finally {
  host.stop();
}
