//! The int8 engine of Moue: reads a quantised ONNX file in the grammar of `docs/model-format.md`, plans it for a picture's size and runs
//! it with integer kernels, the same to the last bit on every CPU. It knows nothing of faces: luma bytes go in, real numbers come out.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let model = moue_nn::Model::from_bytes(&std::fs::read("expression.onnx")?)?;
//! let mut plan = model.plan(48, 48)?;
//! plan.run(&[128; 48 * 48])?;
//! println!("{:?}", plan.output(0).data);
//! # Ok(())
//! # }
//! ```

#![deny(unsafe_code)]

mod arena;
mod error;
mod grammar;
// The only home of `unsafe`: CPU instructions and the pointers that they load from.
#[allow(unsafe_code)]
mod kernels;
mod limits;
mod model;
mod network;
mod onnx;
mod plan;
mod protobuf;
mod sizes;

pub use error::Error;
pub use kernels::KernelSet;
pub use limits::Limits;
pub use model::Model;
pub use network::{InputSize, OutputInfo};
pub use plan::{OperationInfo, Output, Plan};
