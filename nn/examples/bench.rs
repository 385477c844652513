//! Times a model on every set of kernels that this CPU can run: `cargo run --release -p moue-nn --example bench -- MODEL.onnx [HEIGHT WIDTH]`.
//! Prints the shortest and the median time of a run on one thread, and how much of the set's own peak that is; with `KERNELS=NAME` in the
//! environment only that set, and where its time goes, operation by operation. What the outputs mean is for others to say;
//! `tests/peers/bench.py` compares with other engines.

use std::error::Error;
use std::time::Instant;

use moue_nn::{InputSize, KernelSet, Limits, Model, Plan};

const RUNS: usize = 400;
const PEAK_ROUNDS: usize = 200_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, size @ ..] = &arguments[..] else {
        return Err("usage: bench MODEL.onnx [HEIGHT WIDTH]".into());
    };
    let bytes = std::fs::read(path)?;
    let chosen = std::env::var("KERNELS").ok();
    for kernels in KernelSet::all() {
        if chosen.as_deref().is_some_and(|name| name != kernels.name()) {
            continue;
        }
        if !kernels.is_supported() {
            println!("{:16} not on this CPU", kernels.name());
            continue;
        }
        let model = Model::from_bytes_with_kernels(&bytes, &Limits::default(), kernels)?;
        let (height, width) = match (size, model.input_size()) {
            ([height, width], _) => (height.parse()?, width.parse()?),
            (_, InputSize::Fixed { height, width }) => (height, width),
            (_, InputSize::Any) => {
                return Err("the model takes any size: give a height and a width".into());
            }
        };
        let mut plan = model.plan(height, width)?;
        let luma: Vec<u8> = (0..height * width)
            .map(|index| (index * 31 % 251) as u8)
            .collect();
        let mut times = Vec::with_capacity(RUNS);
        for _ in 0..RUNS {
            let start = Instant::now();
            plan.run(&luma)?;
            times.push(start.elapsed().as_secs_f64());
        }
        times.sort_unstable_by(f64::total_cmp);
        let (best, median) = (times[0], times[RUNS / 2]);
        let speed = plan.multiply_adds() as f64 / best / 1e9;
        let peak = (0..5)
            .map(|_| {
                let start = Instant::now();
                kernels.peak(PEAK_ROUNDS) as f64 / start.elapsed().as_secs_f64() / 1e9
            })
            .fold(0.0, f64::max);
        let share = if peak > 0.0 {
            format!(", {:.0} % of the peak of {peak:.0}", 100.0 * speed / peak)
        } else {
            String::new()
        };
        println!(
            "{:16} min {:.3} ms, median {:.3} ms, {speed:.1} G multiply-adds/s{share}, arena {} KiB",
            kernels.name(),
            1e3 * best,
            1e3 * median,
            plan.arena_bytes() >> 10,
        );
        if chosen.is_some() {
            print_operations(&mut plan, &luma)?;
        }
    }
    Ok(())
}

/// The shortest time of each operation, and its share of the sum.
fn print_operations(plan: &mut Plan, luma: &[u8]) -> Result<(), Box<dyn Error>> {
    let mut times = vec![f64::INFINITY; plan.operations().count()];
    for _ in 0..RUNS {
        let mut last = Instant::now();
        plan.run_observed(luma, |index| {
            let now = Instant::now();
            times[index] = times[index].min((now - last).as_secs_f64());
            last = now;
        })?;
    }
    let all: f64 = times.iter().sum();
    for (operation, time) in plan.operations().zip(times) {
        println!(
            "{:7.2} us {:5.1} % {:6.1} G/s  {} {} -> {} at {}x{}, kernel {}, stride {}",
            1e6 * time,
            100.0 * time / all,
            operation.multiply_adds as f64 / time / 1e9,
            operation.kind,
            operation.inputs,
            operation.outputs,
            operation.height,
            operation.width,
            operation.kernel,
            operation.stride,
        );
    }
    Ok(())
}
