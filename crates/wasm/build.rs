//! The linker keeps what the splitting of the WebAssembly needs to know, where it is to be split: which function refers to what.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is_split = std::env::var_os("CARGO_FEATURE_PARTS").is_some();
    if is_split && std::env::var("CARGO_CFG_TARGET_FAMILY").as_deref() == Ok("wasm") {
        println!("cargo:rustc-link-arg-cdylib=--emit-relocs");
    }
}
