// Pgscope for browsers, workers and bundlers: `await init()` once, then everything answers at once.
import start from "./elements/api.js";

export * from "./elements/api.js";

let coming;

// Fetches and compiles the module, once. Give the module or its bytes if they come from elsewhere.
export function init(module) {
  coming ??= start({ module_or_path: module ?? new URL("./elements/api_bg.wasm", import.meta.url) }).catch((error) => {
    coming = undefined;
    throw error;
  });
  return coming.then(() => {});
}

export default init;
