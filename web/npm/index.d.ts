export * from "./elements/api.js";

/** Fetches (or, in Node.js, reads) and compiles the module, once. Give the module or its bytes if they come from elsewhere. */
export function init(module?: WebAssembly.Module | BufferSource | Response | URL | string): Promise<void>;
export default init;
