//! What is masked says nothing of what it was, and is otherwise the same; or it is refused.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| pgscope_checks::mask(input));
