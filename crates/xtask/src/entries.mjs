// Prints what each entry to the elements in the given folder fetches: its name, then the files with raw, gzip and brotli size. What is
// fetched when it is wanted is found by wanting it, in a process of its own.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";

const QUERY = "51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00";
const EXCHANGE = `F: ${QUERY}\nB: 54 00 00 00 21 00 01 3f 63 6f 6c 75 6d 6e 3f 00 00 00 00 00 00 00 00 00 00 17 00 04 ff ff ff ff 00 00
B: 44 00 00 00 0b 00 01 00 00 00 01 31\nB: 43 00 00 00 0d 53 45 4c 45 43 54 20 31 00\nB: 5a 00 00 00 05 49`;
const LOADER = ["loader.js"];
const LIVE = [...LOADER, "pgscope.css"];
const PARTS = ["parts.js", "lean.js", "lean-later.js"];
const ENGINE = [...LIVE, "engine.js", ...PARTS];
const ENTRIES = {
  loader: [LOADER],
  live: [LIVE],
  bytes: [ENGINE, (answer) => answer("fence", EXCHANGE, undefined)],
  scenario: [ENGINE, async (answer) => {
    await answer("scenarios");
    await answer("render", null, { scenario: "handshake" });
  }],
  decode: [PARTS, (answer) => answer("decode", QUERY, undefined)],
  conversation: [PARTS, (answer) => answer("decode", EXCHANGE, undefined)],
};

const [folder, asked] = process.argv.slice(2);
if (asked) {
  const names = [];
  const { answer, reads } = await import(pathToFileURL(join(folder, "parts.js")).href);
  reads(async (address) => {
    names.push(basename(fileURLToPath(address)));
    return new Response(await readFile(address), { headers: { "Content-Type": "application/wasm" } });
  });
  await ENTRIES[asked][1](answer);
  console.log(names.join("\n"));
} else {
  for (const [entry, [files, want]] of Object.entries(ENTRIES)) {
    const told = want ? execFileSync(process.execPath, [import.meta.filename, folder, entry], { encoding: "utf8" }) : "";
    for (const name of [...files, ...told.split("\n").filter(Boolean)]) {
      const content = readFileSync(join(folder, name));
      console.log(entry, content.length, gzipSync(content, { level: 9 }).length, brotliCompressSync(content).length, name);
    }
  }
}
