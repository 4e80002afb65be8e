/** Where Pgscope is: figures lead there. */
export interface FigureOptions {
  site?: string;
}

/** The plug-in, for `md.use()`. */
export default function pgscope(md: { renderer: { rules: Record<string, unknown> } }, options?: FigureOptions): void;
