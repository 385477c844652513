//! Fuzzes the ONNX reader, the planner and the kernels; what is checked stands in `moue_fuzz::onnx_reader`.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use moue_fuzz::{onnx_mutator, onnx_reader};

fuzz_target!(|bytes: &[u8]| {
    onnx_reader::check(bytes);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    // Half of the mutations keep the messages' lengths in step, which flipped bytes alone rarely do.
    if seed.is_multiple_of(2)
        && let Some(mutated) = onnx_mutator::mutate(&data[..size], seed, |bytes| {
            let length = bytes.len();
            bytes.resize(length + 8, 0);
            let length = fuzzer_mutate(bytes, length, length + 8);
            bytes.truncate(length);
        })
        && mutated.len() <= max_size
    {
        data[..mutated.len()].copy_from_slice(&mutated);
        return mutated.len();
    }
    fuzzer_mutate(data, size, max_size)
});
