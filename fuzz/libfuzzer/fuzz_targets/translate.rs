#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|data: &[u8]| fuzz::translate::check(data));

// JSON stays JSON three times of four.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let damaged =
        if seed & 3 == 0 { None } else { fuzz::mutate::in_place(data, size, max_size, seed) };
    damaged.unwrap_or_else(|| fuzzer_mutate(data, size, max_size))
});
