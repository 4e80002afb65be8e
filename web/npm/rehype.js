// A plug-in for rehype: fences of Pgscope become figures. It needs the package hast-util-from-html.
//
//   import pgscope from "pgscope/rehype";
//   unified().use(remarkParse).use(remarkRehype).use(pgscope, { site: "https://example.org/pgscope/" })
import { fromHtml } from "hast-util-from-html";
import { figure } from "./figures.js";

export default function pgscope(options = {}) {
  return (tree, file) => walk(tree, options, file);
}

function walk(node, options, file) {
  node.children = node.children?.flatMap((child) => {
    const code = ours(child);
    if (!code) {
      walk(child, options, file);
      return [child];
    }
    try {
      return fromHtml(figure(words(code), options), { fragment: true }).children;
    } catch (error) {
      const line = (child.position?.start.line ?? 0) + (error.line ?? 0);
      const reason = `line ${line} of the document: ${error.message}`;
      if (file?.fail) file.fail(reason, child, "pgscope");
      throw new Error(`pgscope: ${reason}`, { cause: error });
    }
  });
}

// The code of a block that is Pgscope's.
function ours(node) {
  const code = node.tagName === "pre" && node.children.find((child) => child.tagName === "code");
  const classes = code ? [code.properties?.className ?? []].flat() : [];
  return classes.includes("language-pgscope") ? code : undefined;
}

const words = (node) => node.value ?? node.children?.map(words).join("") ?? "";
