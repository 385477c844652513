//! What the engine's tests share: a writer of ONNX files ([`onnx`]), networks as data and at random ([`network`]), a naive oracle that computes them
//! straight from the model format ([`oracle`]), and a sound network to break ([`broken`]). The tests of `core` use it too, so an allocator that
//! guards buffers (`guard.rs`), which needs more than they have, is left to the one test that it is for.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod broken;
pub mod network;
pub mod onnx;
pub mod oracle;
pub mod random_network;

use std::io::Write;
use std::sync::Once;

use moue_nn::{KernelSet, Limits, Model, Plan};

/// The sets of kernels that this CPU can run. Those that it lacks are named on standard error, once, also where tests that pass show
/// nothing of theirs.
pub fn kernel_sets() -> Vec<KernelSet> {
    static NAMED: Once = Once::new();
    NAMED.call_once(|| {
        for set in KernelSet::all().filter(|set| !set.is_supported()) {
            let line = format!("skipped: {} (this CPU lacks it)\n", set.name());
            std::io::stderr()
                .write_all(line.as_bytes())
                .expect("standard error is open");
        }
    });
    KernelSet::all().filter(KernelSet::is_supported).collect()
}

/// The set that all others are held against.
pub fn scalar() -> KernelSet {
    KernelSet::all()
        .find(|set| set.name() == "scalar")
        .expect("every build has it")
}

/// A plan of a file for one set.
pub fn plan(file: &[u8], set: KernelSet, height: usize, width: usize) -> Plan {
    Model::from_bytes_with_kernels(file, &Limits::default(), set)
        .and_then(|model| model.plan(height, width))
        .unwrap_or_else(|error| panic!("{}: {error}", set.name()))
}

/// The bits of all outputs after a run.
pub fn run(plan: &mut Plan, outputs: usize, luma: &[u8]) -> Vec<u32> {
    plan.run(luma).expect("the picture has the planned size");
    (0..outputs)
        .flat_map(|index| plan.output(index).data)
        .map(|real| real.to_bits())
        .collect()
}

/// How many cases of a test are run: all, or an eighth where an emulated or instrumented CPU would take minutes (`MOUE_EMULATED`).
pub fn cases(all: u64) -> u64 {
    if std::env::var_os("MOUE_EMULATED").is_some() {
        all.div_ceil(8)
    } else {
        all
    }
}

/// Numbers that look random and are the same in every run (SplitMix64, Steele, Lea and Flood 2014).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// Between 0 and 1.
    pub fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }
}
