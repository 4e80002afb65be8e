// Writes integrity.json into the package in the given folder: what `integrity` is to be where a page names a file of it.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [folder] = process.argv.slice(2);
const names = readdirSync(join(folder, "elements")).filter((name) => /\.(js|css)$/.test(name)).sort();
const hash = (name) => `sha384-${createHash("sha384").update(readFileSync(join(folder, "elements", name))).digest("base64")}`;
const all = Object.fromEntries(names.map((name) => [`elements/${name}`, hash(name)]));
writeFileSync(join(folder, "integrity.json"), `${JSON.stringify(all, null, 2)}\n`);
