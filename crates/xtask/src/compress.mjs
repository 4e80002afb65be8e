// Prints name, raw, gzip and brotli size of each file in the given folder itself (not in folders within it).
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

const folder = process.argv[2];
for (const entry of readdirSync(folder, { withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const content = readFileSync(join(folder, entry.name));
  console.log(entry.name, content.length, gzipSync(content, { level: 9 }).length, brotliCompressSync(content).length);
}
