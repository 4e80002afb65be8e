// Prints what each entry to the elements in the given folder fetches: its name, then the files with raw, gzip and brotli size. What is
// fetched when it is wanted is found by wanting it, in a process of its own. Of the page in the folder above, what it fetches to show
// a lesson: that stands in the script that fetches its parts.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
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

// The modules of the page's parts with these names, and those that they share with others.
function modules(script, parts) {
  const all = new Map();
  const [packed] = script.match(/chunks-\w+\.bin/) ?? [];
  for (const [, called, file, needs] of script.matchAll(/([\w$]+)=[\w$(]+\((?:"\.\/(\w+-\w+\.wasm)"|\[\d+,\d+\]),\[([^\]]*)\]\)/g)) {
    const part = file?.match(/^split_(\w+)-/)?.[1];
    all.set(part ? `split ${part}` : called, [file ?? packed, ...needs.split(",").filter(Boolean)]);
  }
  const files = new Set();
  for (const part of parts) {
    const [own, ...needs] = all.get(`split ${part}`) ?? [];
    for (const file of [own, ...needs.map((need) => all.get(need)?.[0])]) {
      if (!file) throw new Error(`what the part ${part} fetches is not found`);
      files.add(file);
    }
  }
  return [...files];
}

function lesson(site) {
  const named = (end) => readdirSync(site).find((name) => /^pgscope-later-\w+\.\w+$/.test(name) && name.endsWith(end));
  const parts = modules(readFileSync(join(site, named(".js")), "utf8"), ["arrive", "learn"]);
  const texts = ["scenarios/index.txt", "scenarios/first-hour.played", "code/states.txt", "code/client.txt", "code/server.txt"];
  return [named(".css"), ...parts, ...texts];
}

function print(entry, folder, names) {
  for (const name of names) {
    const content = readFileSync(join(folder, name));
    console.log(entry, content.length, gzipSync(content, { level: 9 }).length, brotliCompressSync(content).length, name);
  }
}

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
    print(entry, folder, [...files, ...told.split("\n").filter(Boolean)]);
  }
  print("lesson", join(folder, ".."), lesson(join(folder, "..")));
}
