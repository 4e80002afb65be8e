// What Wiregasm takes for a capture file, in milliseconds: to load it, and to filter it. It runs in Node.js, whose engine is Chromium's:
// node bench-wiregasm.mjs FOLDER FILE, with the folder of the package @goodtools/wiregasm.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [folder, file] = process.argv.slice(2);
const part = (name) => join(folder, "dist", name);
const load = createRequire(import.meta.url)(part("wiregasm.js"));
const silent = () => {};
const wiregasm = await (load.default ?? load)({
  wasmBinary: readFileSync(part("wiregasm.wasm")),
  locateFile: (name) => part(name),
  print: silent,
  printErr: silent,
});
wiregasm.init();
wiregasm.FS.writeFile("/uploads/file.pcap", readFileSync(file));
const start = performance.now();
const session = new wiregasm.DissectSession("/uploads/file.pcap");
session.load();
const loaded = performance.now();
const { matched } = session.getFrames('pgsql.type == "Error"', 0, 200);
console.log(JSON.stringify({ load: loaded - start, filter: performance.now() - loaded, matched }));
process.exit(0);
