// A figure in a frame: what stands behind `#` is what a link of the page says (crates/view/src/link.rs), and how it is to look.
// The frame tells its height to the page around it: { type: "pgscope-height", height }.

// What an element takes as it is.
const TAKEN = ["step", "panes", "messages", "hide", "title", "theme", "set"];
const PARTS = [...TAKEN, "v", "n", "learn", "hex", "in", "z", "raw", "zraw", "from", "field", "at", "turn", "split", "begins", "form", "sample"];
const SIDES = { frontend: "F: ", backend: "B: " };

const bytes = (letters) => Uint8Array.from(atob(letters.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const inflated = (deflated) => new Response(new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).arrayBuffer();
const text = (content) => new TextDecoder().decode(content);
const hex = (content) => [...new Uint8Array(content)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");

// The bytes or the text of a link.
async function content(said) {
  const side = SIDES[said.get("from")] ?? "";
  if (said.has("hex")) return side + said.get("hex");
  if (said.has("in")) return side + text(bytes(said.get("in")));
  if (said.has("z")) return side + text(await inflated(bytes(said.get("z"))));
  if (said.has("raw")) return side + hex(bytes(said.get("raw")));
  if (said.has("zraw")) return side + hex(await inflated(bytes(said.get("zraw"))));
  return "";
}

async function show() {
  const said = new URLSearchParams(location.hash.slice(1));
  const place = document.getElementById("embed");
  const element = document.createElement("pgscope-exchange");
  element.setAttribute("site", new URL("./", location.href).href);
  for (const name of TAKEN) if (said.has(name)) element.setAttribute(name, said.get(name));
  document.documentElement.dataset.theme = said.get("theme") ?? "";
  if (said.has("learn")) {
    element.setAttribute("scenario", said.get("learn"));
    for (const [name, value] of said) if (!PARTS.includes(name)) element.setAttribute(name, value);
  } else {
    const held = document.createElement("pre");
    held.textContent = await content(said).catch(() => "");
    if (!held.textContent.trim()) {
      place.textContent = "There is nothing to draw: the address of this frame ends with no exchange, or with one that was cut off.";
      return;
    }
    element.append(held);
  }
  place.replaceChildren(element);
}

function tell() {
  parent.postMessage({ type: "pgscope-height", height: Math.ceil(document.documentElement.getBoundingClientRect().height) }, "*");
}

new ResizeObserver(tell).observe(document.documentElement);
addEventListener("hashchange", show);
await show();
