// The engine of elements: draws what was not rendered before. One for all elements of a page.

import init, { fence, reference, render, scenarios } from "./api.js";

const MODULE = new URL("./api_bg.wasm", import.meta.url);
let coming;
let known;

async function begin() {
  try {
    await init({ module_or_path: await fetched(MODULE) });
  } catch (error) {
    coming = undefined;
    throw error;
  }
}

// Fetches something, or says why it did not come.
async function fetched(address) {
  const is_elsewhere = new URL(address, location.href).origin !== location.origin;
  const advice = is_elsewhere ? ": another host must allow it with Access-Control-Allow-Origin" : "";
  const response = await fetch(address).catch(() => undefined);
  if (!response) throw new Error(`${address} could not be fetched${advice}`);
  if (!response.ok) throw new Error(`${address} answered ${response.status} ${response.statusText}`.trim());
  return response;
}

// Draws what an element asks for: HTML, and what can be changed about a scenario.
export async function draw({ message, scenario, set, attributes, src, text, options, site }) {
  await (coming ??= begin());
  if (message !== undefined) return { html: reference(message, site || undefined) };
  if (scenario !== undefined) {
    const knobs = chosen(scenario, set, attributes);
    const picked = Object.fromEntries(knobs.filter((knob) => knob.chosen).map((knob) => [knob.name, knob.chosen]));
    const html = render(null, { ...options, scenario, set: picked, site });
    return { html, knobs };
  }
  if (src !== undefined) {
    const bytes = new Uint8Array(await (await fetched(new URL(src, document.baseURI))).arrayBuffer());
    return { html: render(bytes, { ...options, site }) };
  }
  const header = Object.entries(options).map(([name, value]) => `${name}: ${value}\n`).join("");
  return { html: fence(header + text.replace(/^\s*\n/, ""), site || undefined) };
}

// The knobs of a scenario, with what `set` or attributes of their names say.
function chosen(scenario, set = "", attributes) {
  known ??= scenarios();
  const said = Object.fromEntries(set.split(/\s+/).filter(Boolean).map((pair) => pair.split("=")));
  const knobs = known.find(({ name }) => name === scenario)?.knobs ?? [];
  return knobs.map((knob) => ({ ...knob, chosen: attributes[knob.name.toLowerCase()] ?? said[knob.name] }));
}
