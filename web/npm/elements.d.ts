/** What happens in a figure. */
export interface PgscopeStep {
  /** The number of the message, from 1. */
  step: number;
  /** Its name in PostgreSQL's manual. */
  name: string;
}

/** What was pointed at. */
export interface PgscopeSelect {
  step: number;
  /** What the field is called, if it is listed. */
  field?: string;
  /** The bytes, as pairs of hex digits. */
  bytes: string;
}

export interface PgscopeElement extends HTMLElement {
  /** The message that is lit: its number, from 1; 0 for none. A name goes, too: "BindComplete", "Query 2". */
  step: number | string;
  /** "auto" follows the page. */
  theme: "auto" | "light" | "dark";
  readonly playing: boolean;
  /** Bytes that are drawn in the place of what the element holds. */
  typed?: string;
  /** Goes to a message, by number or name; whether there is one. */
  seek(step: number | string): boolean;
  play(): void;
  pause(): void;
}

/** Makes elements of the blocks of code below `root` that are Pgscope's. It is done by itself, too. */
export function upgrade(root?: ParentNode): void;

declare global {
  interface HTMLElementTagNameMap {
    "pgscope-exchange": PgscopeElement;
    "pgscope-message": PgscopeElement;
    "pgscope-reference": PgscopeElement;
  }
  interface HTMLElementEventMap {
    "pgscope-step": CustomEvent<PgscopeStep>;
    "pgscope-select": CustomEvent<PgscopeSelect>;
  }
}
