#!/usr/bin/env node
// The command `pgscope`, compiled to WebAssembly: it runs wherever Node.js does, without Rust.
import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";

// Node.js warns that WASI may change; who calls this command need not know.
process.removeAllListeners("warning");
const { WASI } = await import("node:wasi");

// WASI opens no more than it is given: this folder, and those of files that are named from elsewhere.
const preopens = { ".": process.cwd() };
const args = process.argv.slice(2).map((word) => {
  const [, option, path] = word.match(/^(--[\w-]+=)?([^]*)$/);
  if (!isAbsolute(path) && !/^\.\.(\/|$)/.test(path)) return word;
  const folder = dirname(resolve(path));
  if (existsSync(folder)) preopens[folder] = folder;
  return (option ?? "") + resolve(path);
});
const wasi = new WASI({ version: "preview1", args: ["pgscope", ...args], env: process.env, preopens, returnOnExit: true });
const module = await WebAssembly.compile(await readFile(new URL("../pgscope-command.wasm", import.meta.url)));
process.exitCode = wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
