//! Runs a model a number of times on one set of kernels: `repeat MODEL.onnx KERNELS RUNS [HEIGHT WIDTH]`. For counting instructions, where
//! the difference between two numbers of runs is what the runs themselves cost. Prints the products that a run adds up.

use std::error::Error;

use moue_nn::{InputSize, KernelSet, Limits, Model};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, kernels, runs, size @ ..] = &arguments[..] else {
        return Err("usage: repeat MODEL.onnx KERNELS RUNS [HEIGHT WIDTH]".into());
    };
    let kernels = KernelSet::all()
        .find(|set| set.name() == kernels)
        .ok_or_else(|| {
            let names: Vec<&str> = KernelSet::all().map(|set| set.name()).collect();
            format!(
                "there are no kernels {kernels}; there are {}",
                names.join(", ")
            )
        })?;
    let model = Model::from_bytes_with_kernels(&std::fs::read(path)?, &Limits::default(), kernels)?;
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
    for _ in 0..runs.parse::<usize>()? {
        plan.run(&luma)?;
    }
    println!("{}", plan.multiply_adds());
    Ok(())
}
