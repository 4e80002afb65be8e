//! Any two streams, in any pieces, give an index of frames that tile, and a tree for each.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| pgscope_checks::session(input));
