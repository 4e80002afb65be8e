//! Any bytes read as any message give a tree; clean ones can be written again.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| pgscope_checks::decode(input));
