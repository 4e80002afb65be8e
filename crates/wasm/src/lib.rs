//! Pgscope: wasm.
