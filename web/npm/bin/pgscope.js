#!/usr/bin/env node
// The command `pgscope`, compiled to WebAssembly: it runs wherever Node.js does, without Rust.
import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

// Node.js warns that WASI may change; who calls this command need not know.
process.removeAllListeners("warning");
const { WASI } = await import("node:wasi");

// What leads out of the folder is a path of the machine to WASI.
const path = (word) => (!word.startsWith("-") && word.includes("..") && existsSync(word) ? resolve(word) : word);
const wasi = new WASI({
  version: "preview1",
  args: ["pgscope", ...process.argv.slice(2).map(path)],
  env: process.env,
  preopens: { ".": process.cwd(), "/": "/" },
  returnOnExit: true,
});
const module = await WebAssembly.compile(await readFile(new URL("../pgscope-command.wasm", import.meta.url)));
process.exitCode = wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
