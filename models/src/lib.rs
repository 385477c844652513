//! The networks that Moue ships, as the bytes of their ONNX files.
//!
//! What they were trained on, how well they do and what they must not be used for stands in the cards beside them. Their licence is not
//! that of the code: see `LICENSE-MODELS.md`.

#![forbid(unsafe_code)]

/// Finds faces. Card: `cards/detector.md`.
pub const DETECTOR: &[u8] = include_bytes!("../detector.onnx");

/// Makes a face's points exact and tells faces from other things. Card: `cards/refiner.md`.
pub const REFINER: &[u8] = include_bytes!("../refiner.onnx");

/// Reads the expression of an aligned face. Card: `cards/expression.md`.
pub const EXPRESSION: &[u8] = include_bytes!("../expression.onnx");
