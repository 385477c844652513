//! Moue reads facial expressions from camera frames and photos, on the device.
//!
//! A [`Frame`] goes into an [`Analyzer`], [`Face`]s come out, each with a box, five points and a calibrated reading over seven expressions,
//! or an honest "unsure" with its reason. Nothing is sent anywhere, and no pixel is kept beyond the next frame.
//!
//! ```
//! use moue::{Analyzer, Frame, Options, Size, Verdict};
//!
//! # fn main() -> Result<(), moue::Error> {
//! # let bytes = vec![128; 640 * 480];
//! let mut analyzer = Analyzer::new(Options::default())?;
//! let frame = Frame::luma(&bytes, Size::new(640, 480))?;
//! for face in analyzer.analyze(&frame)? {
//!     match face.reading.verdict {
//!         Verdict::Certain(expression) => println!("{expression} {:.0} %", 100.0 * face.reading.scores[expression]),
//!         Verdict::Unsure(reason) => println!("unsure: {reason}"),
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Coordinates are pixels of the upright, unmirrored full-size frame, origin at the top left corner of its top left pixel.
//!
//! With the `int8` backend, the default for the embedded networks, the same bytes give the same numbers on every CPU, to the last bit.

#![forbid(unsafe_code)]

pub mod align;
mod analyzer;
pub mod baseline;
pub mod description;
pub mod detect;
pub mod distance;
pub mod error;
pub mod expression;
mod face;
mod feed;
pub mod frame;
pub mod geometry;
pub mod live;
pub mod luma;
mod model_info;
mod network;
mod options;
pub mod pose;
pub mod quality;
mod reader;
pub mod refine;
pub mod resample;
mod stages;
pub mod steady;
pub mod track;
#[cfg(feature = "tract")]
mod tract;

pub use align::Similarity;
pub use analyzer::Analyzer;
pub use baseline::Calibration;
pub use description::ModelDescription;
pub use distance::{Distance, Pinhole};
pub use error::Error;
pub use expression::{Expression, ExpressionSet, Head, Reading, Scores, Verdict};
pub use face::{Face, Points};
pub use frame::{Frame, LumaRange, Rotation};
pub use geometry::{Point, Rect, Size, ViewScale, ViewTransform};
pub use live::{Budget, FrameResult, LiveFace, LiveOptions, LiveSession, Next, Submitted, Thermal};
pub use luma::WorkingSize;
pub use model_info::ModelInfo;
pub use network::{Backend, Kind, MAX_MODEL_BYTES, int8_kernels};
pub use options::{Options, embedded_model};
pub use pose::Pose;
pub use quality::{Quality, Reason, Thresholds};
pub use reader::ExpressionReader;
pub use track::TrackId;
