// What the reference does with scripts: the theme, as it was chosen on the page, and a filter for the index.
// Without them all of it is there, as the system has its theme.

const REMEMBERED = "pgscope.theme";
const THEMES = { auto: "Auto", dark: "Dark", light: "Light" };
const root = document.documentElement;

// A browser may refuse to remember.
function remembered() {
  try {
    return localStorage.getItem(REMEMBERED) ?? "auto";
  } catch {
    return "auto";
  }
}

function remember(theme) {
  try {
    if (theme === "auto") localStorage.removeItem(REMEMBERED);
    else localStorage.setItem(REMEMBERED, theme);
  } catch {
    // Then it holds for this page.
  }
}

function show(theme) {
  if (theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = theme;
}

function offerThemes() {
  const button = document.getElementById("theme");
  const names = Object.keys(THEMES);
  let now = Math.max(names.indexOf(remembered()), 0);
  const name = () => {
    button.textContent = THEMES[names[now]];
    button.setAttribute("aria-label", `Theme: ${THEMES[names[now]]}`);
  };
  button.addEventListener("click", () => {
    now = (now + 1) % names.length;
    remember(names[now]);
    show(names[now]);
    name();
  });
  name();
  button.hidden = false;
}

// Every word must be somewhere in a row: in its name, its sentence, who sends it, or its type as a letter or in hexadecimal.
function offerFilter(filter) {
  const rows = [...document.querySelectorAll(".ref-list li")];
  const texts = rows.map((row) => ({ text: row.textContent.toLowerCase(), tag: row.dataset.tag.split(" ") }));
  const fits = ({ text, tag }, word) => (word.length === 1 ? tag.includes(word) : text.includes(word.toLowerCase()) || tag.includes(word.toLowerCase()));
  const apply = () => {
    const words = filter.querySelector("input").value.split(/\s+/).filter(Boolean);
    rows.forEach((row, at) => (row.hidden = !words.every((word) => fits(texts[at], word))));
    for (const section of document.querySelectorAll(".ref-index section")) {
      section.hidden = !section.querySelector("li:not([hidden])");
    }
    const left = rows.filter((row) => !row.hidden).length;
    filter.querySelector("[role=status]").textContent = words.length ? `${left} of ${rows.length}` : "";
  };
  filter.addEventListener("input", apply);
  filter.hidden = false;
  apply();
}

show(remembered());
document.addEventListener("DOMContentLoaded", () => {
  offerThemes();
  const filter = document.getElementById("filter");
  if (filter) offerFilter(filter);
});
