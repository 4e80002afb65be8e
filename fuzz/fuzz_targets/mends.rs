//! A message that is broken as people break them is read; what is offered to mend it makes a message that fits.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| pgscope_checks::mends(input));
