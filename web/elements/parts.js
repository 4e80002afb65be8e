// What is fetched of Pgscope when it is wanted: a first module, other parts of it, and texts (crates/wasm/src/parts.rs). One for all
// that a page has of it. It needs no DOM.

import init, * as lean from "./lean.js";
import { loaded } from "./lean-later.js";

const TEXTS = { words: new URL("./words.txt", import.meta.url), meanings: new URL("./meanings.txt", import.meta.url) };
const MODULE = new URL("./lean_bg.wasm", import.meta.url);

let coming;
let read = fetched;
let failure;

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

// In the order of the bits of `lacked`: parts, and behind them texts.
const PARTS = 8;
const NAMES = ["words", "meanings"];
// What is known to be lacking before it is tried.
const WANTED = { fence: 0, reference: 0, render: 0, scenarios: 1 };

async function bring(lacked) {
  const text = TEXTS[NAMES[lacked - PARTS]];
  if (text) return lean.learn(lacked === PARTS, await (await read(text)).text());
  for (;;) {
    const is_here = lean.bring(lacked);
    if (is_here) return;
    if (is_here === false) throw failure;
    await loaded();
  }
}

// What the function of this name answers. An answer that lacked something is made again when that is here.
export async function answer(name, ...asked) {
  await (coming ??= begin());
  if (name in WANTED) await bring(WANTED[name]);
  for (;;) {
    let given;
    try {
      const answered = lean[name](...asked);
      given = () => answered;
    } catch (error) {
      given = () => {
        throw error;
      };
    }
    const bits = lean.lacked();
    if (!bits) return given();
    await Promise.all([...Array(PARTS + NAMES.length).keys()].filter((lacked) => bits >> lacked & 1).map(bring));
  }
}
