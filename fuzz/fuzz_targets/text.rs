//! Any text or bytes can be read, each byte has its place in the input, and what was read can be shown.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| pgscope_checks::text(input));
