// `decode` by itself, for Node.js and what resolves packages like it: the parts are files beside this one.
import { readFile } from "node:fs/promises";
import { reads } from "./elements/parts.js";

reads(async (address) => new Response(await readFile(address), { headers: { "Content-Type": "application/wasm" } }));

export { decode, default } from "./decode.js";
