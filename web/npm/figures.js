// Fences of documents as elements that hold their figure: shown without scripts, live with the loader.
import { readFileSync } from "node:fs";
import { fence, initSync } from "./elements/api.js";

// Nothing is awaited: some generators read their plug-ins in a way that cannot wait.
initSync({ module: readFileSync(new URL("./elements/api_bg.wasm", import.meta.url)) });

// The element for the text of a fence; `site` is where Pgscope is. What is wrong is thrown, with its line in the fence.
export function figure(text, { site } = {}) {
  // Templates of some generators would read double braces in it: `v-pre` is theirs, and nothing to others.
  return `<pgscope-exchange v-pre>${fence(text, site)}</pgscope-exchange>`;
}

// Whether the words behind a fence name Pgscope.
export const isOurs = (info) => /^\{?\.?pgscope(?![\w-])/.test((info ?? "").trim());
