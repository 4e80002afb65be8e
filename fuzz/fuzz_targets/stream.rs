//! Every byte of a stream leads to one place in its source, and back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pgscope_proto::Stream;

fuzz_target!(|bytes: &[u8]| {
    assert_eq!(Stream::raw(bytes.to_vec()).len(), bytes.len());
});
