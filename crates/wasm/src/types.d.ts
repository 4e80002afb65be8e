export type Direction = "frontend" | "backend";

export interface DecodeOptions {
  /** The form of the input, by an id that forms() gives, where it is not to be recognised. */
  form?: string | null;
  /** Who sent the bytes, where the input does not say it. */
  direction?: Direction | null;
}

export interface RenderOptions {
  /** What it becomes: "html", a figure, is the default; "page", "svg", "mermaid", "plantuml", "markdown", "text". */
  to?: "html" | "page" | "svg" | "mermaid" | "plantuml" | "markdown" | "text";
  /** A scenario by its name, and its knobs. */
  scenario?: string;
  set?: string | Record<string, string>;
  /** The message that is lit: its number, or a name: "BindComplete", "Query 2". */
  step?: number | string;
  /** Which messages are shown: "3-9", "1,4-". */
  messages?: number | string;
  /** Names of messages that are left out, with commas between. */
  hide?: string;
  /** What is shown of each message: diagram, bytes, fields, words, with commas between. */
  panes?: string;
  title?: string;
  /** The colours of a picture. */
  theme?: "auto" | "light" | "dark";
  /** Where Pgscope is: a figure leads there. */
  site?: string;
}

export interface ScenarioEntry {
  name: string;
  title: string;
  summary: string;
  knobs: { name: string; label: string; choices: string[] }[];
}

/** What an end is doing: its state, and what the read is for in which it is blocked, if it is. */
export interface Doing {
  state: string;
  waits_for: string | null;
}

export interface Step extends Message {
  /** When its last byte arrived, in microseconds since the beginning. */
  at_us: number | null;
  client: Doing;
  server: Doing;
  /** The transaction's status: I, T or E. */
  transaction: string;
}

export interface Simulated {
  title: string;
  summary: string;
  messages: Step[];
}

export interface Finding {
  /** The number of its connection, from 1. */
  connection: number;
  /** The number of its message in the connection, from 0. */
  index: number;
  direction: Direction;
  /** The name of the message. */
  name: string;
  rule: string;
  title: string;
  severity: "error" | "warning" | "note";
  message: string;
  expected: string;
  /** The bytes that are wrong, in their direction's stream, and as hex. */
  start: number;
  end: number;
  hex: string;
  /** Where they stand in the input. */
  source: { start: number; end: number } | null;
  /** The messages that make it so. */
  because: { index: number; name: string; words: string; says: string }[];
  fix: Fix | null;
  /** How it is mended, in words. */
  mend: string;
  section: { title: string; url: string };
}

/** A message that a Decoder gives out. */
export interface StreamedMessage {
  direction: Direction;
  /** Its first byte in what that end said. */
  offset: number;
  length: number;
  name: string;
  /** Whether it is a whole message that can be read. */
  whole: boolean;
  /** Its fields in pre-order; `depth` says in how many others one stands. */
  fields: { id: string; name: string; depth: number; value: string; kind: string; start: number; end: number }[];
  problems: { rule: string; severity: "error" | "warning" | "note"; message: string }[];
}

export interface Decoded {
  /** The id of the form in which the input was read. */
  form: string;
  /** Why that form, in words. */
  reason: string;
  /** Whether the form was recognised, not asked for. */
  guessed: boolean;
  /** All messages, those of one connection after those of another. */
  messages: Message[];
  /** What of the input could not be read as bytes. */
  problems: InputProblem[];
}

export interface Message {
  /** The number of its connection, from 0. */
  connection: number;
  /** Its number in its connection, from 0. */
  index: number;
  direction: Direction;
  /** Its first byte in its direction's stream. */
  offset: number;
  /** How many bytes it has, the tag included. */
  length: number;
  /** The type byte as one character. */
  tag: string | null;
  /** Its name in PostgreSQL's manual. */
  name: string;
  /** Its fields; the innermost ones tile the message. */
  fields: Field[];
  problems: Problem[];
  /** The request that it answers. This and what follows are indexes of messages, left out where there is none or it is not known. */
  answers?: number;
  /** Of a Bind, a Describe or an Execute: the Parse of the statement. */
  statement?: number;
  /** Of a Describe or an Execute, and of a row that answers one: the Bind of the portal. */
  portal?: number;
  /** Of a row: the RowDescription. Of a Bind: the ParameterDescription. */
  described_by?: number;
  /** Of a RowDescription, a ParameterDescription or a NoData: the Parse, the Bind or the Query that it describes. */
  describes?: number;
  /**
   * Of a standby's status: the end of the log that the server told last, and how many bytes before that the standby's positions
   * are, as decimal digits; null where it told none.
   */
  lag?: { server: string; written: string | null; flushed: string | null; applied: string | null };
}

export interface Field {
  /** Its stable path, such as "bind.parameters.length". */
  id: string;
  name: string;
  /**
   * What it says; null for NULL and for a field that only has children. Integers of eight bytes are strings of decimal
   * digits. Texts and values in text format are strings, whatever their bytes are; values in binary format, and those whose
   * format nothing tells, are an object, unless their type is written alike in both formats.
   */
  value: null | number | string | { hex: string };
  /** All bytes of a text that is no UTF-8: the value has U+FFFD in their place. */
  hex?: string;
  /**
   * What is known of a value from elsewhere: its type as SQL writes it and by its oid, its format, and what the server would print
   * where the value is bytes.
   */
  reading?: { type?: string; oid?: number; format?: "text" | "binary"; text?: string };
  /** What a text stands for, such as a SQLSTATE: in a few words, and as a sentence. */
  meaning?: { name?: string; doc?: string };
  /** The name of the column that a value belongs to: of a row, of a change in logical replication, of a line of COPY. */
  column?: string;
  /** Whether it is a column of COPY text that goes on in other messages: then the value is the whole in each of them. */
  in_part?: true;
  /** Its first byte in its direction's stream. */
  start: number;
  /** One past its last byte. */
  end: number;
  children: Field[];
}

export interface Problem {
  /** The rule's stable id. */
  rule: string;
  severity: "error" | "warning" | "note";
  /** What is wrong. */
  message: string;
  expected: string;
  /** The bytes that are wrong, in the direction's stream; end is one past the last. */
  start: number;
  end: number;
  fix: Fix | null;
  /** The other messages that make it so: which, and what each has to do with it. */
  because?: { index: number; words: string }[];
}

/** How to mend it: changes that are made together, in the order of the bytes. */
export interface Fix {
  words: string;
  edits: Edit[];
}

/** Bytes to write in place of those from start to end. */
export interface Edit {
  start: number;
  end: number;
  hex: string;
}

export interface InputProblem {
  /** Counted from 1. */
  line: number;
  /** Counted in characters, from 1. */
  column: number;
  /** The bytes of the input (of its UTF-8, if it is a string) that are meant; end is one past the last. */
  start: number;
  end: number;
  /** What stands there. */
  met: string;
  expected: string;
}

export interface Form {
  id: string;
  name: string;
  /** What it looks like. */
  doc: string;
}

export interface MessageType {
  name: string;
  tag: string | null;
  sender: Direction | "both";
  /** What it is for. */
  doc: string;
  /** The first protocol or server version that has it. */
  since: string;
  /** Where PostgreSQL's manual describes it. */
  section: { title: string; url: string };
  fields: FieldType[];
}

export interface FieldType {
  id: string;
  name: string;
  /** How it is read, in the words of the manual: "Int32", "String". */
  shape: string;
  role: "tag" | "length" | "count" | "integer" | "code" | "string" | "value" | "secret";
  doc: string;
  /** The values that have names, and what follows them. */
  codes: { value: number; name: string; doc: string; fields: FieldType[] }[];
  fields: FieldType[];
}
