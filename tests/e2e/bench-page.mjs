// How long the built page takes for large inputs, in Chromium, and prints a table: node bench-page.mjs
// `cargo xtask bench --only browser` runs it. Long tasks are what kept the page's own thread for more than 50 ms.
import { chromium } from "@playwright/test";
import { launch, memory } from "./browser.mjs";
import { inputs } from "./made.mjs";
import { DIST, serve } from "./site.mjs";

const MB = 1 << 20;
const INPUTS = [
  ["1 MB, xxd", "xxd", MB],
  ["1 MB, raw", "raw", MB],
  ["20 MB, xxd, pasted", "xxd", 20 * MB],
  ["20 MB, one line of hex, pasted", "line", 20 * MB],
  ["20 MB, raw", "raw", 20 * MB],
  ["100 MB, raw", "raw", 100 * MB],
];

async function measured(address, name, kind, size) {
  const browser = await chromium.launch(launch);
  try {
    const page = await browser.newPage();
    await page.addInitScript(inputs);
    const usable = await page.goto(address).then(() => page.waitForSelector(".row").then(() => page.evaluate(() => performance.now())));
    const isPasted = kind !== "raw" && size > MB;
    await page.evaluate(([kind, size]) => void (window.ready = window.made[kind](size)), [kind, size]);
    const before = await memory(browser);
    await page.waitForTimeout(500);
    const [milliseconds, tasks] = await page.evaluate(async ([kind, isPasted]) => {
      window.longTasks.length = 0;
      const start = performance.now();
      if (isPasted) window.pasteMade(window.ready);
      else window.dropMade("large", [window.ready]);
      const says = { xxd: "Read as xxd", raw: "Read as raw", line: "Read as hex" }[kind];
      const isRead = () => document.querySelector(".note").textContent.includes(says) && (kind !== "line" || document.querySelector(".long-line"));
      await new Promise((done) => {
        const look = () => (isRead() && document.querySelector(".row") ? done() : requestAnimationFrame(look));
        requestAnimationFrame(look);
      });
      return [performance.now() - start, window.longTasks];
    }, [kind, isPasted]);
    const after = await memory(browser);
    return { name, usable, milliseconds, longest: Math.max(0, ...tasks), all: tasks.reduce((sum, task) => sum + task, 0), before, after };
  } finally {
    await browser.close();
  }
}

const host = await serve(DIST);
try {
  console.log("the page, in ms".padEnd(32), "usable", "decoded", "long tasks", "longest", "  memory, before and at most, in MB");
  for (const [name, kind, size] of INPUTS) {
    const { usable, milliseconds, longest, all, before, after } = await measured(host.url, name, kind, size);
    const columns = [usable, milliseconds, all, longest].map(Math.round);
    console.log(name.padEnd(32), ...columns.map((column, nth) => String(column).padStart([6, 7, 10, 7][nth])), "  ", `${before ?? "?"} ${after ?? "?"}`);
  }
} finally {
  host.stop();
}
