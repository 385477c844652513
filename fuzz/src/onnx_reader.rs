//! Hands a fuzzer's bytes to the ONNX reader within tight limits, plans what it accepts for a small picture, and runs it on every set of
//! kernels that this CPU has. Whatever the bytes are: no panic, no memory beyond the limits, and the same numbers from all kernels.

use moue_nn::{Error, InputSize, KernelSet, Limits, Model, Plan};

/// Products above which a plan is made but not run: the fuzzer is after errors, not after heat.
const MOST_MULTIPLY_ADDS: u64 = 1 << 20;

/// Sizes tried on a network that takes any: odd and even, wide and high, and one that detectors take.
const SIZES: [(usize, usize); 4] = [(1, 1), (5, 6), (12, 7), (32, 32)];

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is no model of ours.
    Refused,
    /// It was read, but no size was run: none fits, or all are too costly.
    Read,
    /// It was run.
    Ran,
}

/// Reads, plans and runs.
///
/// # Panics
///
/// Where the reader breaks a promise.
pub fn check(bytes: &[u8]) -> Fate {
    let limits = limits();
    let model = match Model::from_bytes_with_limits(bytes, &limits) {
        Ok(model) => model,
        Err(error) => {
            assert_worded(&error);
            return Fate::Refused;
        }
    };
    assert!(model.parameters() <= limits.parameters && model.nodes() <= limits.nodes);
    assert!(model.operations() > 0 && !model.outputs().is_empty());
    let others: Vec<Model> = KernelSet::all()
        .filter(|kernels| kernels.is_supported() && kernels.name() != KernelSet::best().name())
        .map(|kernels| {
            Model::from_bytes_with_kernels(bytes, &limits, kernels)
                .expect("what one set of kernels reads, all read")
        })
        .collect();

    let sizes = match model.input_size() {
        InputSize::Fixed { height, width } => vec![(height, width)],
        InputSize::Any => SIZES.to_vec(),
    };
    let count = model.outputs().len();
    let mut fate = Fate::Read;
    for (height, width) in sizes {
        match model.plan(height, width) {
            Ok(plan) if plan.multiply_adds() <= MOST_MULTIPLY_ADDS => {
                fate = Fate::Ran;
                let expected = outputs(plan, count, height, width);
                for other in &others {
                    let plan = other.plan(height, width).expect("all kernels plan alike");
                    let kernels = plan.kernels();
                    assert_eq!(outputs(plan, count, height, width), expected, "{kernels}");
                }
            }
            Ok(plan) => assert!(plan.arena_bytes() <= limits.arena_bytes),
            Err(error) => assert_worded(&error),
        }
    }
    fate
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.file_bytes = 256 << 10;
    limits.nodes = 512;
    limits.initializers = 1024;
    limits.metadata_entries = 32;
    limits.outputs = 8;
    limits.tensor_elements = 1 << 16;
    limits.parameters = 1 << 17;
    limits.arena_bytes = 1 << 20;
    limits
}

/// The bits of all outputs after two runs, the second on another picture, so that what the first left behind would show.
fn outputs(mut plan: Plan, count: usize, height: usize, width: usize) -> Vec<u32> {
    let picture = |step: usize| -> Vec<u8> {
        (0..height * width)
            .map(|index| (index * step % 256) as u8)
            .collect()
    };
    assert!(plan.run(&vec![0; height * width + 1]).is_err());
    let mut run = |step: usize| -> Vec<u32> {
        plan.run(&picture(step))
            .expect("the picture has the planned size");
        let mut bits = Vec::new();
        for index in 0..count {
            let output = plan.output(index);
            assert_eq!(
                output.data.len(),
                output.height * output.width * output.channels
            );
            bits.extend(output.data.iter().map(|value| value.to_bits()));
        }
        bits
    };
    let first = run(37);
    let other = run(91);
    assert_eq!(run(37), first, "a run depends on the one before");
    [first, other].concat()
}

fn assert_worded(error: &Error) {
    let words = error.to_string();
    assert!(
        (10..2000).contains(&words.len()),
        "{} bytes of message: {words:.200}",
        words.len()
    );
}
