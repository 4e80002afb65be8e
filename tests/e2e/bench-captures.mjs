// How long the built page takes for capture files of growing size, in Chromium, beside reading their bytes alone, and how much memory it
// holds: node bench-captures.mjs FILE… — `cargo xtask bench --only page` makes the files and runs it. Where PGSCOPE_WIREGASM names the folder
// of the package @goodtools/wiregasm, Wiregasm reads and filters the same files, in turn.
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { launch, memory } from "./browser.mjs";
import { DIST, serve } from "./site.mjs";

const MB = 1 << 20;
/** How much is read at a time where nothing is done with it, as the page reads it. */
const PIECE = 4 * MB;
const LONGEST = 600_000;
const { PGSCOPE_WIREGASM } = process.env;

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
    const after = await memory(browser);
    return { alone, read, before, after, filter: await filtered(page) };
  } finally {
    await browser.close();
  }
}

/** How long it takes until all errors of all connections are found. What else is looked for in the file has ended then. */
async function filtered(page) {
  const isQuiet = () => document.querySelector(".overview-bar [role=status]")?.textContent === "";
  await page.waitForFunction(isQuiet);
  await page.getByRole("tab", { name: "Messages", exact: true }).click();
  await page.waitForFunction(isQuiet);
  const start = performance.now();
  await page.getByLabel("Only rows with").fill('tag == "E" && direction == backend');
  await page.waitForFunction(() => {
    const names = [...document.querySelectorAll(".overview-table tbody td:nth-child(5)")];
    const isDone = document.querySelector(".overview-bar [role=status]")?.textContent === "";
    return isDone && names.length > 0 && names.every((name) => name.textContent === "ErrorResponse");
  });
  return performance.now() - start;
}

/** The same of Wiregasm; nothing where it is not there, or does not come to an end. */
function byWiregasm(file) {
  if (!PGSCOPE_WIREGASM) return undefined;
  const program = join(import.meta.dirname, "bench-wiregasm.mjs");
  const { stdout, status } = spawnSync(process.execPath, [program, PGSCOPE_WIREGASM, file], { timeout: LONGEST });
  return status === 0 ? JSON.parse(String(stdout).trim().split("\n").at(-1)) : undefined;
}

const host = await serve(DIST);
try {
  console.log("a capture, in ms".padEnd(18), "bytes alone", "     read", "  MB/s", "  of bytes alone", "   filter", "  memory, before and at most, in MB");
  for (const file of process.argv.slice(2)) {
    const size = statSync(file).size / 1e6;
    const { alone, read, before, after, filter } = await measured(host.url, file);
    const rate = (size / read) * 1000;
    console.log(
      `${Math.round(size)} MB`.padEnd(18),
      String(Math.round(alone)).padStart(11),
      String(Math.round(read)).padStart(9),
      String(Math.round(rate)).padStart(6),
      `${Math.round((100 * alone) / read)} %`.padStart(17),
      String(Math.round(filter)).padStart(9),
      "  ",
      `${before ?? "?"} ${after ?? "?"}`,
    );
    const other = byWiregasm(file);
    if (other) {
      const times = (ours, its) => `${Math.round(its)} (${(its / ours).toFixed(1)} times as long)`;
      console.log(`  Wiregasm: load ${times(read, other.load)}, filter ${times(filter, other.filter)}, ${other.matched} packets`);
    }
  }
} finally {
  host.stop();
}
