//! Any bytes read as a value of any type give a tree, and what is read can be shown.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| pgscope_checks::types(input));
