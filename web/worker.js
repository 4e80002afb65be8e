// The engine's own thread, for large inputs: the page's WebAssembly again, which the page hands over compiled.
import init from "./pgscope-ui.js";

onmessage = ({ data }) => {
  onmessage = null;
  init({ module_or_path: data });
};
