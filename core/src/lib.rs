//! Frames in, faces with expressions out.

#![forbid(unsafe_code)]

pub mod align;
pub mod error;
pub mod frame;
pub mod geometry;
pub mod luma;
pub mod pose;
pub mod quality;
pub mod resample;

pub use align::Similarity;
pub use error::Error;
pub use frame::{Frame, LumaRange, Rotation};
pub use geometry::{Point, Rect, Size, ViewScale, ViewTransform};
pub use luma::WorkingSize;
pub use pose::Pose;
pub use quality::{Quality, Reason, Thresholds};
