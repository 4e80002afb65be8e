// A plug-in for markdown-it: fences of Pgscope become figures.
//
//   import pgscope from "pgscope/markdown-it";
//   md.use(pgscope, { site: "https://example.org/pgscope/" });
import { figure, isOurs } from "./figures.js";

export default function pgscope(md, options = {}) {
  const others = md.renderer.rules.fence;
  md.renderer.rules.fence = (tokens, at, ...rest) => {
    const { info, content, map } = tokens[at];
    if (!isOurs(info)) return others(tokens, at, ...rest);
    try {
      return `${figure(content, options)}\n`;
    } catch (error) {
      const line = (map?.[0] ?? 0) + 1 + (error.line ?? 0);
      throw new Error(`pgscope: line ${line} of the document: ${error.message}`, { cause: error });
    }
  };
}
