// Blocks of code that generators of documentation have left for Pgscope, and the text of one, however it was cut into lines.

// The forms of a block: what generators make of the fence ```pgscope.
const FORMS = [
  "pre > code.language-pgscope, pre > code.lang-pgscope, pre > code[data-lang=pgscope]",
  "pre[data-language=pgscope], pre.src-pgscope, pre.pgscope, pre.language-pgscope",
  "[class~=highlight-pgscope] pre, [class~=language-pgscope] pre",
].join();
// What stands around one and belongs to it.
const AROUND = ".highlight, [class*=pgscope], .listingblock, .listingblock > .content, .expressive-code, figure, [class*=codeBlock], .code-toolbar, .snippet-clipboard-content";
// What stands in it and is no part of the text.
const BESIDE = "button, .linenos, .lineno, .ln, .lnt, .gutter, .line-numbers-rows, [aria-hidden=true], .copy, template, style";
// A line of its own.
const LINE = ".line, .token-line, .ec-line, .view-line";

// The text that an element holds.
export function text(element) {
  const copy = element.cloneNode(true);
  for (const part of copy.querySelectorAll(BESIDE)) part.remove();
  for (const end of copy.querySelectorAll("br")) end.replaceWith("\n");
  const lines = [...copy.querySelectorAll(LINE)];
  const joined = lines.length > 1 && !copy.textContent.trim().includes("\n");
  return joined ? lines.map((line) => line.textContent).join("\n") : copy.textContent;
}

// What a block says, if it is one of Pgscope's.
export function content(block) {
  const code = block.matches(FORMS) ? block : block.querySelector(FORMS);
  return code ? text(code.querySelector("code") ?? code) : undefined;
}

// Each block, with its text. One that was given before is not given again.
export function blocks(root) {
  const found = new Set();
  for (const code of root.querySelectorAll(FORMS)) {
    let block = code.closest("pre");
    while (block.parentElement?.matches(AROUND) && block.parentElement.querySelectorAll("pre").length === 1) block = block.parentElement;
    if (!block.hidden && !code.closest("pgscope-exchange")) found.add(block);
  }
  return [...found].map((block) => ({ block, content: content(block) }));
}

// Whether a framework has yet to take over what a block stands in from its server, and must find it untouched: roots of such have
// names that begin so, and what was taken over has properties of the framework's.
export function isAwaited(block) {
  const root = block.closest('body > [id^="__"]');
  for (let node = block; root && node !== root; node = node.parentElement) if (Object.keys(node).length) return false;
  return !!root && !root.__vue_app__;
}
