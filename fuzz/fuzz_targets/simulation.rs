//! Whatever a wire and the world outside do to a scenario, both ends come to rest in states that have names.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| pgscope_checks::simulation(input));
