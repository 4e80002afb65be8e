//! A capture file is the same however it comes, and what is told of it in numbers adds up.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| pgscope_checks::capture_file(input));
