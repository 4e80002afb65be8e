import type { FigureOptions } from "./markdown-it.js";

/** The plug-in, for `unified().use()`. */
export default function pgscope(options?: FigureOptions): (tree: unknown, file?: unknown) => void;
