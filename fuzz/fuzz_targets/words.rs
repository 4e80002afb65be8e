//! Whatever a person writes in a line is understood, or said to be wrong at a place in it.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| pgscope_checks::words(input));
