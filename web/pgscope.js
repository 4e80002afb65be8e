// The loader: fetches the page's WebAssembly and starts it, or says in words why it cannot.
//
// This file and index.html keep their names from version to version, and a browser asks for them anew each time. The
// names below get a hash of the content when the site is built (`cargo xtask finish-site`), here and in the files.

const ADVICE = [
  "Reload the page. It may have been replaced by a newer version while it loaded.",
  "Use a browser of the last three years, and allow WebAssembly: some strict or private modes switch it off.",
  "If you serve this page yourself, serve the whole folder that the build made, over http.",
];

// The theme that was chosen on the page, before anything is drawn. A browser may refuse to remember.
function theme() {
  try {
    const theme = localStorage.getItem("pgscope.theme");
    if (theme) document.documentElement.dataset.theme = theme;
  } catch {
    // As the system has it.
  }
}

// The borders between panes where they were left: see crates/ui/src/borders.rs.
function borders() {
  try {
    const sizes = localStorage.getItem("pgscope.borders")?.split(" ") ?? [];
    ["first", "third", "top"].forEach((name, nth) => {
      if (/^\d+px$/.test(sizes[nth])) document.documentElement.style.setProperty(`--own-${name}`, sizes[nth]);
    });
  } catch {
    // As the style sheets have them.
  }
}

// A script and its module, both at once: one is of no use without the other.
async function load(script, wasm) {
  const [made, response] = await Promise.all([script(), fetched(wasm)]);
  await made.default({ module_or_path: response });
  return made;
}

function start() {
  return load(() => import("./pgscope-ui.js"), "./pgscope-ui_bg.wasm");
}

// What is fetched once and kept; what failed is fetched anew when it is wanted again.
const kept = new Map();

function once(name, get) {
  if (!kept.has(name)) {
    const coming = get();
    coming.catch(() => kept.delete(name));
    kept.set(name, coming);
  }
  return kept.get(name);
}

// The simulator, which the page asks for when somebody wants to learn (crates/ui/src/simulator.rs).
globalThis.pgscopeSimulator = () =>
  once("simulator", () => load(() => import("./pgscope-play.js"), "./pgscope-play_bg.wasm"));

// A text of the site (crates/ui/src/samples.rs).
globalThis.pgscopeText = (name, priority) => once(name, async () => (await fetched(name, priority)).text());

// Once the page is loaded and nothing happens, the rest of it comes. Not where a person wants little to be fetched.
const QUIET = 4000;

function rest() {
  if (!navigator.connection?.saveData) setTimeout(() => import("./idle.js").catch(() => {}), QUIET);
}

async function fetched(name, priority) {
  const response = await fetch(new URL(name, import.meta.url), { priority });
  if (!response.ok) throw new Error(`${response.url} answered ${response.status} ${response.statusText}`.trim());
  return response;
}

function explain(error) {
  console.error(error);
  const advice = element("ul", "");
  advice.append(...ADVICE.map((line) => element("li", line)));
  const message = element("div", "");
  message.setAttribute("role", "alert");
  message.append(
    element("h1", "Pgscope could not start"),
    element("p", `The part that decodes could not be loaded: ${error?.message ?? error}`),
    element("p", "What may help:"),
    advice,
  );
  const main = element("main", "");
  main.className = "boot";
  main.append(message);
  document.getElementById("app").replaceChildren(main);
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

theme();
borders();
start().then(rest, explain);
