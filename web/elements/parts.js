// What is fetched of Pgscope when it is wanted: a first module, other parts of it, and texts (crates/wasm/src/parts.rs). One for all
// that a page has of it. It needs no DOM.

import init, * as parts from "./lean.js";

const TEXTS = { words: new URL("./words.txt", import.meta.url), meanings: new URL("./meanings.txt", import.meta.url) };
const MODULE = new URL("./lean_bg.wasm", import.meta.url);

let coming;
let read = fetched;
let failure;
const kept = {};

// Who has no `fetch` for files says what gives a Response of an address.
export function reads(how) {
  read = how;
}

// Fetches something, or says why it did not come.
export async function fetched(address) {
  const place = globalThis.location;
  const is_elsewhere = place && new URL(address, place.href).origin !== place.origin;
  const advice = is_elsewhere ? ": another host must allow it with Access-Control-Allow-Origin" : "";
  const response = await fetch(address).catch(() => undefined);
  if (!response) throw new Error(`${address} could not be fetched${advice}`);
  if (!response.ok) throw new Error(`${address} answered ${response.status} ${response.statusText}`.trim());
  return response;
}

// The bytes of a part; what is wrong with it is told by who asked.
export async function part(address) {
  try {
    return await (await read(address)).arrayBuffer();
  } catch (error) {
    failure = error;
    throw error;
  }
}

async function begin() {
  try {
    await init({ module_or_path: await read(MODULE) });
  } catch (error) {
    coming = undefined;
    throw error;
  }
}

async function content(name) {
  try {
    return await (kept[name] ??= read(TEXTS[name]).then((response) => response.text()));
  } catch (error) {
    kept[name] = undefined;
    throw error;
  }
}

// What the function of this name answers. It waits for whatever it needs.
export async function answer(name, ...asked) {
  await (coming ??= begin());
  try {
    return await parts[name](...asked, content);
  } catch (error) {
    const reason = failure;
    failure = undefined;
    throw reason ?? error;
  }
}
