//! What is written in a form is read back from it, byte by byte; and what is damaged or put around it breaks no promise.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| pgscope_checks::forms(input));
