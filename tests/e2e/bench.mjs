// Runs `bench()` of a wasm package in Chromium and prints its lines: node bench.mjs FOLDER
// `cargo xtask bench` makes the folder with wasm-bindgen.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { launch } from "./browser.mjs";
import { serve } from "./site.mjs";

const folder = process.argv[2];
writeFileSync(join(folder, "index.html"), "<!doctype html><title>bench</title><link rel=\"icon\" href=\"data:,\">");
const host = await serve(folder);
const browser = await chromium.launch(launch);
try {
  const page = await browser.newPage();
  page.on("console", (message) => console.log(message.text()));
  await page.goto(host.url);
  const lines = await page.evaluate(async () => {
    const package_ = await import("/pgscope_wasm.js");
    await package_.default();
    return package_.bench();
  });
  console.log(lines.trimEnd());
  writeFileSync(join(folder, "figures.txt"), lines);
} finally {
  await browser.close();
  host.stop();
}
