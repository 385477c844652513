//! Fuzzes frames and their working picture; what is checked stands in `moue_fuzz::frames`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    moue_fuzz::frames::check(bytes);
});
