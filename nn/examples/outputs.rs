//! Every output of a model for pictures on standard input, for comparison with other runtimes.
//!
//!     outputs MODEL.onnx HEIGHT WIDTH < luma bytes, a picture after the other > f32 little-endian, all outputs of a picture in file order

use std::error::Error;
use std::io::{self, Read, Write};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, height, width] = &arguments[..] else {
        return Err("usage: outputs MODEL.onnx HEIGHT WIDTH".into());
    };
    let model = moue_nn::Model::from_bytes(&std::fs::read(file)?)?;
    let (height, width) = (height.parse()?, width.parse()?);
    let mut plan = model.plan(height, width)?;
    let mut pictures = Vec::new();
    io::stdin().read_to_end(&mut pictures)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    for picture in pictures.chunks(height * width) {
        plan.run(picture)?;
        for index in 0..model.outputs().len() {
            for value in plan.output(index).data {
                out.write_all(&value.to_le_bytes())?;
            }
        }
    }
    Ok(())
}
