//! Framing terminates, tiles, and does not depend on how a stream is cut.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| pgscope_checks::framing(input));
