//! Times a model: `cargo run --release -p moue-nn --example bench -- MODEL.onnx [HEIGHT WIDTH]`. Prints the shortest and the median time
//! of a run on one thread. What the outputs mean is for others to say.

use std::error::Error;
use std::time::Instant;

use moue_nn::{InputSize, Model};

const RUNS: usize = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, size @ ..] = &arguments[..] else {
        return Err("usage: bench MODEL.onnx [HEIGHT WIDTH]".into());
    };
    let model = Model::from_bytes(&std::fs::read(path)?)?;
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
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let (best, median) = (times[0], times[RUNS / 2]);
    println!(
        "{path} {height}x{width}, {}: min {:.3} ms, median {:.3} ms, {:.1} G multiply-adds/s, arena {} KiB",
        plan.kernels(),
        best.as_secs_f64() * 1e3,
        median.as_secs_f64() * 1e3,
        plan.multiply_adds() as f64 / best.as_secs_f64() / 1e9,
        plan.arena_bytes() >> 10,
    );
    Ok(())
}
