// The loader: figures of exchanges come to life. They can be stepped through, played and pointed at, without WebAssembly.
//
//   <pgscope-exchange>figure that `pgscope render` has written</pgscope-exchange>
//   <pgscope-exchange scenario="handshake" step="Query"></pgscope-exchange>
//   <pgscope-message hex="51 00 00 00 04" direction="frontend"></pgscope-message>
//   <pgscope-reference message="Bind"></pgscope-reference>
//
// What was not rendered before is drawn by the engine (engine.js), which is fetched when the element is seen. Blocks of code
// that a generator of documentation has left for `pgscope` become elements, too.
//
// Nothing here touches the page around an element: it draws in a shadow root, has no global keys or styles, and may be
// imported where there is no DOM, any number of times.

import { text, blocks, content, isAwaited } from "./blocks.js";

const SHEET = new URL("./pgscope.css", import.meta.url).href;
const NAMES = ["pgscope-exchange", "pgscope-message", "pgscope-reference"];
// What an attribute of an element may be that is no knob of its scenario.
const OPTIONS = ["step", "messages", "hide", "panes", "title"];
// How long a step is told, in milliseconds: at the pace at which one reads.
const STEP = 900;
const LETTER = 45;

const page = globalThis.document;
const within = (element, selector) => element.querySelector(selector);
const all = (element, selector) => [...element.querySelectorAll(selector)];

function make(name, properties = {}, ...children) {
  const { className, ...attributes } = properties;
  const made = page.createElement(name);
  if (className) made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Whether WebAssembly may run here. Where a policy forbids it a promise of it may never settle, and this throws.
function mayCompile() {
  try {
    return !!new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  } catch {
    return false;
  }
}

// The engine is one for all elements. Who serves it elsewhere sets its address before it is wanted.
let coming;
const engine = () => (coming ??= import("./engine.js"));

// Where Pgscope is, for links that open an exchange there.
const site = () => within(page, 'meta[name="pgscope-site"]')?.content || "";

// Whether what an element inherits is light text, and so on a dark page: naming schemes differ, this does not. A canvas reads
// a colour in whatever notation it is.
let canvas;
const lights = new Map();

function isDark(element) {
  const { color } = getComputedStyle(element);
  if (!lights.has(color)) {
    canvas ??= make("canvas", { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
    lights.set(color, 0.2126 * red + 0.7152 * green + 0.0722 * blue > 140);
  }
  return lights.get(color);
}

// Elements that follow the page's theme, and what tells that it may have changed. It ends with the last of them.
const themed = new Set();
let watching;

function watch(element) {
  themed.add(element);
  if (watching) return;
  const look = () => themed.forEach((one) => one.dress());
  const observer = new MutationObserver(look);
  for (const node of [page.documentElement, page.body]) observer.observe(node, { attributes: true });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", look);
  page.addEventListener("transitionend", look);
  watching = () => {
    observer.disconnect();
    scheme.removeEventListener("change", look);
    page.removeEventListener("transitionend", look);
  };
}

function unwatch(element) {
  themed.delete(element);
  if (themed.size) return;
  watching?.();
  watching = undefined;
}

// A figure as it was rendered: hosts give names, styles and boxes of their own to what stands in one.
function bare(rendered) {
  const figure = rendered.cloneNode(true);
  for (const part of all(figure, "[class], [style]")) {
    part.removeAttribute("style");
    part.setAttribute("class", [...part.classList].filter((name) => name.startsWith("pgscope")).join(" "));
  }
  for (let box; (box = within(figure, "details > :not(summary, [class^=pgscope])")); ) box.replaceWith(...box.childNodes);
  return figure;
}

function define(Base) {
  return class PgscopeElement extends Base {
    #root;
    #styled;
    #rows = [];
    #at = -1;
    #timer;
    #seen;
    #changes;
    #drawing = 0;
    #known;

    connectedCallback() {
      this.#root ??= this.#rooted();
      this.#changes = new MutationObserver((records) => this.#changed(records));
      this.#changes.observe(this, { attributes: true, childList: true, characterData: true, subtree: true });
      watch(this);
      this.#begin();
    }

    // The shadow root: what the element holds is seen until there is something better, and that has its style.
    #rooted() {
      const root = this.attachShadow({ mode: "open" });
      const sheet = make("link", { rel: "stylesheet", href: SHEET });
      this.#styled = new Promise((done) => (sheet.onload = sheet.onerror = done));
      root.append(sheet, make("slot"));
      return root;
    }

    #put(...content) {
      const [sheet, ...others] = this.#root.children;
      others.forEach((other) => other.remove());
      sheet.after(...content);
    }

    // A page that moves or re-renders an element disconnects it and connects it again: what was drawn stays.
    disconnectedCallback() {
      this.pause();
      this.#seen?.disconnect();
      this.#changes?.disconnect();
      unwatch(this);
    }

    get step() {
      return Number(this.#rows[this.#at]?.dataset.number ?? 0);
    }

    // Frameworks set it before anything is drawn: then it waits.
    set step(step) {
      if (!this.seek(step)) this.setAttribute("step", step ?? "");
    }

    get theme() {
      return this.getAttribute("theme") ?? "auto";
    }

    set theme(theme) {
      this.setAttribute("theme", theme);
    }

    get playing() {
      return this.#timer !== undefined;
    }

    // Goes to a message, by its number or by a name that survives changes of the exchange: 5, "BindComplete", "Query 2".
    seek(step) {
      const at = this.#place(String(step));
      if (at >= 0) this.#go(at);
      return at >= 0;
    }

    play() {
      if (this.playing || this.#rows.length < 2) return;
      if (this.#at >= this.#rows.length - 1) this.#go(0);
      this.#wait();
      this.#bar();
    }

    pause() {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      if (this.#root) this.#bar();
    }

    dress() {
      const figure = within(this.#root, ".pgscope");
      const theme = this.theme === "auto" ? (isDark(this) ? "dark" : "light") : this.theme;
      if (figure && figure.dataset.theme !== theme) figure.dataset.theme = theme;
    }

    // What is shown, in this order: what was rendered before; what the element's attributes say; what it holds as text.
    #begin() {
      const rendered = within(this, "figure.pgscope");
      const key = rendered ? rendered.dataset.fragment + rendered.textContent : this.#asked();
      if (key === this.#known) return;
      if (rendered) {
        this.#known = key;
        this.#show(bare(rendered));
        return;
      }
      this.#seen ??= new IntersectionObserver((entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        this.#seen.disconnect();
        this.#draw();
      }, { rootMargin: "200px" });
      this.#seen.disconnect();
      this.#seen.observe(this);
    }

    #asked() {
      return [...this.attributes].filter(({ name }) => !["step", "theme"].includes(name)).map(({ name, value }) => `${name}=${value}`)
        .join("\n") + text(this);
    }

    async #draw() {
      const asked = this.#asked();
      const turn = ++this.#drawing;
      if (!mayCompile()) return this.#refuse("WebAssembly may not run here, and nothing was rendered before. The page's policy needs 'wasm-unsafe-eval'.");
      this.setAttribute("aria-busy", "true");
      try {
        const { draw } = await engine();
        const { html, knobs } = await draw(this.#what());
        if (turn !== this.#drawing) return;
        this.#known = asked;
        const holder = page.createElement("template");
        holder.innerHTML = html;
        await this.#show(within(holder.content, "figure"));
        this.#showKnobs(knobs);
      } catch (error) {
        if (turn === this.#drawing) this.#refuse(error?.message ?? String(error));
      } finally {
        this.removeAttribute("aria-busy");
      }
    }

    // What the engine is to draw.
    #what() {
      const of = (name) => this.getAttribute(name) ?? undefined;
      const options = {};
      for (const name of OPTIONS) if (of(name) !== undefined) options[name] = of(name);
      const attributes = Object.fromEntries([...this.attributes].map(({ name, value }) => [name, value]));
      const alone = this.localName === "pgscope-message" ? { panes: "bytes,fields" } : {};
      return {
        message: this.localName === "pgscope-reference" ? of("message") ?? this.textContent.trim() : undefined,
        scenario: of("scenario"),
        set: of("set"),
        attributes,
        src: of("src"),
        text: this.typed ?? (of("hex") !== undefined ? `${{ frontend: "F: ", backend: "B: " }[of("direction")] ?? ""}${of("hex")}` : text(this)),
        options: { ...alone, ...options },
        site: this.#site(),
      };
    }

    #site() {
      return this.getAttribute("site") ?? site();
    }

    #refuse(reason) {
      const words = make("p", { className: "pgscope-refused", role: "alert" }, `This figure of Pgscope cannot be drawn: ${reason}`);
      this.#put(make("slot"), words);
      this.#rows = [];
    }

    async #show(figure) {
      await this.#styled;
      this.pause();
      this.#put(figure);
      this.#rows = all(figure, ".pgscope-row");
      this.dress();
      figure.setAttribute("part", "figure");
      figure.onclick = (event) => this.#clicked(event);
      figure.onkeydown = (event) => this.#key(event);
      if (this.#rows.length > 1) figure.prepend(this.#player());
      const lit = this.#rows.findIndex((row) => "lit" in row.dataset);
      const step = this.getAttribute("step");
      this.#at = step === null ? lit : this.#place(step);
      this.#mark();
    }

    #player() {
      const button = (name, sign, act) => {
        const made = make("button", { type: "button", "aria-label": name, title: name }, sign);
        made.onclick = act;
        return made;
      };
      const slider = make("input", { type: "range", min: 0, max: this.#rows.length, "aria-label": "Step", list: "marks" });
      // Where a phase begins, or something fails.
      const marks = make("datalist", { id: "marks" }, ...this.#rows.flatMap((row, nth) => ("mark" in row.dataset ? [make("option", { value: nth + 1 })] : [])));
      slider.oninput = () => (Number(slider.value) ? this.#go(Number(slider.value) - 1) : this.#all());
      const full = button("Full screen", make("span", { className: "pgscope-full" }), () => (page.fullscreenElement ? page.exitFullscreen() : this.requestFullscreen()));
      const zoom = (by) => () => {
        const rows = within(this.#root, ".pgscope-rows");
        rows.style.zoom = Math.min(3, Math.max(0.6, (Number(rows.style.zoom) || 1) * by));
      };
      return make("div", { className: "pgscope-bar", role: "group", "aria-label": "Steps" },
        button("Step back", "←", () => this.#go(Math.max(0, this.#at - 1))),
        button("Step forward", "→", () => this.#go(Math.min(this.#rows.length - 1, this.#at + 1))),
        button("Play", "▶", () => (this.playing ? this.pause() : this.play())),
        button("Next that matters (])", "⇥", () => this.#go(this.#marked(1))),
        slider, marks, make("output"),
        button("Smaller", "−", zoom(1 / 1.2)), button("Larger", "+", zoom(1.2)),
        ...(page.fullscreenEnabled ? [full] : []));
    }

    #showKnobs(knobs = []) {
      const bar = within(this.#root, ".pgscope-bar");
      if (!bar) return;
      for (const { name, label, choices, chosen } of this.hasAttribute("knobs") ? knobs : []) {
        const select = make("select", {}, ...choices.map((choice) => make("option", choice === chosen ? { selected: "" } : {}, choice)));
        select.onchange = () => this.setAttribute(name, select.value);
        bar.append(make("label", { className: "pgscope-knob" }, label, " ", select));
      }
      if (this.hasAttribute("editable") && !this.hasAttribute("scenario")) bar.append(this.#editor());
    }

    // Bytes as one types them: what is drawn follows.
    #editor() {
      const area = make("textarea", { "aria-label": "Bytes", rows: 3, spellcheck: "false" });
      area.value = this.typed ?? this.#what().text ?? "";
      area.oninput = () => {
        this.typed = area.value;
        clearTimeout(area.timer);
        area.timer = setTimeout(() => this.#retype(area), 250);
      };
      return area;
    }

    async #retype(area) {
      const [from, to] = [area.selectionStart, area.selectionEnd];
      const { draw } = await engine();
      try {
        const { html } = await draw(this.#what());
        const holder = page.createElement("template");
        holder.innerHTML = html;
        await this.#show(within(holder.content, "figure"));
        this.#showKnobs();
      } catch (error) {
        return this.#foot(error.message);
      }
      const next = within(this.#root, "textarea");
      next?.focus();
      next?.setSelectionRange(from, to);
    }

    // The row with this number, or the nth of this name.
    #place(step) {
      const [, name, nth] = step.trim().match(/^(.*?)(?: (\d+))?$/);
      if (/^\d+$/.test(step.trim())) {
        const later = this.#rows.findIndex((row) => Number(row.dataset.number) > Number(step));
        return later < 0 ? this.#rows.length - 1 : later - 1;
      }
      const named = this.#rows.filter((row) => row.dataset.name.toLowerCase() === name.toLowerCase());
      return this.#rows.indexOf(named[(Number(nth) || 1) - 1]);
    }

    #go(at) {
      if (at === this.#at) return;
      this.#at = at;
      this.#reflect(String(this.step));
      this.#mark();
      const row = this.#rows[at];
      row.scrollIntoView?.call && page.fullscreenElement && row.scrollIntoView({ block: "nearest" });
      const { number, name } = row.dataset;
      this.#tell("step", { step: Number(number), name });
      if (this.playing) this.#wait();
    }

    #all() {
      this.#at = -1;
      this.#reflect(null);
      this.#mark();
    }

    // An attribute that follows what is done is not read again.
    #reflect(step) {
      if (step === null) this.removeAttribute("step");
      else this.setAttribute("step", step);
      this.#changes?.takeRecords();
    }

    #wait() {
      clearTimeout(this.#timer);
      const says = this.#rows[this.#at]?.textContent.length ?? 0;
      this.#timer = setTimeout(() => {
        if (this.#at < this.#rows.length - 1) this.#go(this.#at + 1);
        else this.pause();
      }, STEP + LETTER * Math.min(says, 80));
    }

    #mark() {
      this.#rows.forEach((row, nth) => {
        row.dataset.when = this.#at < 0 || nth < this.#at ? "past" : nth === this.#at ? "now" : "later";
      });
      const row = this.#rows[this.#at];
      if (row) this.#foot(`${row.dataset.name}: ${within(row, ".pgscope-size")?.textContent ?? within(row, ".pgscope-says").textContent}`);
      this.#bar();
      this.#link();
    }

    #bar() {
      const bar = within(this.#root, ".pgscope-bar");
      if (!bar) return;
      const [back, forward, play] = all(bar, "button");
      const name = this.playing ? "Pause" : "Play";
      play.textContent = this.playing ? "❚❚" : "▶";
      for (const attribute of ["aria-label", "title"]) play.setAttribute(attribute, name);
      // Not `disabled`: a button that has the focus would lose it with its keys.
      back.setAttribute("aria-disabled", this.#at <= 0);
      forward.setAttribute("aria-disabled", this.#at >= this.#rows.length - 1);
      const [slider, told] = [within(bar, "input"), within(bar, "output")];
      slider.value = this.#at + 1;
      const now = this.#rows[this.#at]?.dataset.name ?? "all steps";
      slider.setAttribute("aria-valuetext", `${this.#at + 1} of ${this.#rows.length}: ${now}`);
      const said = this.#at < 0 ? `${this.#rows.length} steps` : `${this.#at + 1} / ${this.#rows.length}`;
      if (told.textContent !== said) told.textContent = said;
    }

    #foot(words) {
      const foot = within(this.#root, ".pgscope-foot");
      const told = within(foot, "span") ?? make("span");
      foot.prepend(told);
      told.textContent = words;
    }

    // The link carries the present step.
    #link() {
      const figure = within(this.#root, ".pgscope");
      const { fragment } = figure.dataset;
      const at = this.#site();
      if (!fragment || !(at || within(figure, ".pgscope-open"))) return;
      const link = within(figure, ".pgscope-open") ?? within(figure, ".pgscope-foot").appendChild(make("a", { className: "pgscope-open" }, "Open in Pgscope"));
      const base = at || link.getAttribute("href").split("#")[0];
      const rest = fragment.replace(/&?(step|field|at)=[^&]*/g, "");
      link.href = `${base}#${rest}${this.#at < 0 ? "" : `&step=${this.step}`}`;
    }

    #clicked(event) {
      const target = event.target.closest('[class*="pgscope-f"]');
      const nth = target?.className.match(/pgscope-f(\d+)/)?.[1];
      const row = event.target.closest(".pgscope-row");
      if (event.target.closest("summary")) {
        const at = this.#rows.indexOf(row);
        if (this.#at >= 0) this.#go(at);
      }
      if (nth === undefined || !row) return;
      for (const lit of all(this.#root, "[data-on]")) delete lit.dataset.on;
      const lit = all(row, `.pgscope-f${nth}`);
      for (const part of lit) part.dataset.on = "";
      const field = lit.find((part) => part.matches("tr"));
      const bytes = lit.filter((part) => !part.matches("tr")).map((part) => part.textContent).join(" ");
      const name = field ? within(field, "th").textContent : target.title;
      const count = bytes.split(" ").filter(Boolean).length;
      this.#foot(`${count} ${count === 1 ? "byte" : "bytes"} · ${name}`);
      this.#tell("select", { step: Number(row.dataset.number), field: name, bytes });
    }

    // The next row, or the one before, where a phase begins or something fails; the last or the first where there is none.
    #marked(step) {
      let at = this.#at;
      do at += step;
      while (this.#rows[at] && !("mark" in this.#rows[at].dataset));
      return Math.min(this.#rows.length - 1, Math.max(0, at));
    }

    #key(event) {
      const { key, target } = event;
      if (target.matches("input, select, textarea, .pgscope-hex") || event.ctrlKey || event.metaKey || event.altKey) return;
      const last = this.#rows.length - 1;
      const to = /^\d$/.test(key) ? Math.round((last * key) / 10)
        : { ArrowLeft: this.#at - 1, ArrowRight: this.#at + 1, Home: 0, End: last, "]": this.#marked(1), "[": this.#marked(-1) }[key];
      if (to === undefined || last < 1) return;
      event.preventDefault();
      this.#go(Math.min(last, Math.max(0, to)));
    }

    #tell(what, detail) {
      this.dispatchEvent(new CustomEvent(`pgscope-${what}`, { detail, bubbles: true, composed: true }));
    }

    #changed(records) {
      const names = records.map((record) => record.attributeName);
      if (names.includes("theme")) this.dress();
      if (names.includes("step") && this.hasAttribute("step")) this.seek(this.getAttribute("step"));
      if (names.some((name) => !["step", "theme", "aria-busy"].includes(name))) this.#begin();
    }
  };
}

function register() {
  const { customElements, HTMLElement } = globalThis;
  for (const name of NAMES) if (!customElements.get(name)) customElements.define(name, define(HTMLElement));
}

// The block that an element stands for.
const stands = new WeakMap();

// Puts an element in the place of each block of code that is Pgscope's. What was there is hidden, not removed: who has made it
// may want it again.
export function upgrade(root = page) {
  take(root, () => false);
}

// Gives whether blocks were left that are to wait.
function take(root, isToWait) {
  if (!mayCompile()) return false;
  for (const element of all(root, NAMES[0])) if (stands.has(element)) follow(element, stands.get(element));
  const [waiting, ready] = [[], []];
  for (const found of blocks(root)) (isToWait(found.block) ? waiting : ready).push(found);
  for (const { block, content } of ready) {
    const element = make("pgscope-exchange", {}, make("pre", {}, content));
    stands.set(element, block);
    block.before(element);
    block.hidden = true;
    // Styles of a page may show what is hidden.
    block.style.setProperty("display", "none", "important");
  }
  return waiting.length > 0;
}

// Who has made a block may have moved it, changed it, or removed it.
function follow(element, block) {
  const now = block.isConnected ? content(block) : undefined;
  if (now === undefined) {
    element.remove();
    block.hidden = false;
    block.style.removeProperty("display");
    return;
  }
  if (block.previousSibling !== element) block.before(element);
  const held = within(element, "pre");
  if (held && held.textContent !== now) held.textContent = now;
}

// A framework that takes over what its server has rendered must find it untouched: blocks wait for a page that is loaded and at
// rest, but not for long; those that are known to be awaited, longer.
const idle = (then) => (globalThis.requestIdleCallback ?? setTimeout)(then, { timeout: 500 });
const rested = () => new Promise((done) => {
  if (page.readyState === "complete") return idle(done);
  addEventListener("load", () => idle(done), { once: true });
  setTimeout(done, 3000);
});
// How many looks after the page was loaded a framework may take, at ten looks a second.
let patience = 50;

async function begin() {
  await rested();
  let comes = false;
  const soon = (ms) => {
    if (!comes) setTimeout(() => idle(look), ms);
    comes = true;
  };
  const look = () => {
    comes = false;
    if (take(page, (block) => patience > 0 && isAwaited(block))) soon(100);
    if (page.readyState === "complete") patience--;
  };
  look();
  new MutationObserver(() => soon(60)).observe(page.documentElement, { childList: true, characterData: true, subtree: true });
}

if (page && globalThis.customElements) {
  register();
  begin();
}
