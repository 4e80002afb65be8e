// Prints name, raw, gzip and brotli size of each file in the given folder itself, and in folders within it that are named.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

const [site, ...within] = process.argv.slice(2);
for (const folder of ["", ...within]) for (const entry of readdirSync(join(site, folder), { withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const name = join(folder, entry.name);
  const content = readFileSync(join(site, name));
  console.log(name, content.length, gzipSync(content, { level: 9 }).length, brotliCompressSync(content).length);
}
