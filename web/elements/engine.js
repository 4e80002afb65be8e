// The engine of elements: draws what was not rendered before. One for all elements of a page.

import { answer, fetched } from "./parts.js";

let known;

// Draws what an element asks for: HTML, and what can be changed about a scenario.
export async function draw({ message, scenario, set, attributes, src, text, options, site }) {
  if (message !== undefined) return { html: await answer("reference", message, site || undefined) };
  if (scenario !== undefined) {
    const knobs = chosen(await scenarios(), scenario, set, attributes);
    const picked = Object.fromEntries(knobs.filter((knob) => knob.chosen).map((knob) => [knob.name, knob.chosen]));
    const html = await answer("render", null, { ...options, scenario, set: picked, site });
    return { html, knobs };
  }
  if (src !== undefined) {
    const bytes = new Uint8Array(await (await fetched(new URL(src, document.baseURI))).arrayBuffer());
    return { html: await answer("render", bytes, { ...options, site }) };
  }
  const header = Object.entries(options).map(([name, value]) => `${name}: ${value}\n`).join("");
  return { html: await answer("fence", header + text.replace(/^\s*\n/, ""), site || undefined) };
}

// All scenarios. What could not be fetched is asked for again.
function scenarios() {
  known ??= answer("scenarios").catch((error) => {
    known = undefined;
    throw error;
  });
  return known;
}

// The knobs of a scenario, with what `set` or attributes of their names say.
function chosen(known, scenario, set = "", attributes) {
  const said = Object.fromEntries(set.split(/\s+/).filter(Boolean).map((pair) => pair.split("=")));
  const knobs = known.find(({ name }) => name === scenario)?.knobs ?? [];
  return knobs.map((knob) => ({ ...knob, chosen: attributes[knob.name.toLowerCase()] ?? said[knob.name] }));
}
