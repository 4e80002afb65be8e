// Pgscope for Node.js, and for what resolves packages like it: the module is a file beside this one.
import start from "./elements/api.js";
import { readFile } from "node:fs/promises";

export * from "./elements/api.js";

let coming;

// Reads and compiles the module, once. Give the module or its bytes if they come from elsewhere.
export function init(module) {
  coming ??= begin(module).catch((error) => {
    coming = undefined;
    throw error;
  });
  return coming;
}

async function begin(module) {
  await start({ module_or_path: module ?? (await readFile(new URL("./elements/api_bg.wasm", import.meta.url))) });
}

export default init;
