//! The one error type of this crate. Every message says what was given, what is allowed and what to do.
//!
//! What a network file got wrong inside its graph is the engine's to say; this wraps its words.

use std::fmt;

use crate::frame::{MAX_FRAME_PIXELS, MAX_FRAME_SIDE};
use crate::geometry::Size;

/// Anything that can go wrong between a frame or a model file and a face.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A frame without pixels.
    EmptyFrame {
        /// The size given, in pixels.
        size: Size,
    },
    /// A frame over [`MAX_FRAME_SIDE`] or [`MAX_FRAME_PIXELS`].
    FrameTooLarge {
        /// The size given, in pixels.
        size: Size,
    },
    /// A buffer with fewer bytes than its frame's size and strides ask for.
    FrameBufferTooShort {
        /// Bytes given.
        given: usize,
        /// Bytes needed.
        needed: usize,
        /// The frame's size in pixels.
        size: Size,
        /// Bytes from one row to the next.
        row_stride: usize,
        /// Bytes from one pixel to the next.
        pixel_stride: usize,
    },
    /// Strides so large that the last pixel's place doesn't fit the address space.
    FrameOverflow {
        /// The frame's size in pixels.
        size: Size,
        /// Bytes from one row to the next.
        row_stride: usize,
        /// Bytes from one pixel to the next.
        pixel_stride: usize,
    },
    /// A row stride shorter than a row.
    RowStride {
        /// Bytes given from one row to the next.
        given: usize,
        /// Bytes that a row takes.
        needed: usize,
    },
    /// A pixel stride shorter than a pixel.
    PixelStride {
        /// Bytes given from one pixel to the next.
        given: usize,
        /// Bytes that a pixel takes.
        needed: usize,
    },
    /// A crop rectangle that is empty or leaves the frame.
    Crop {
        /// Left edge, in pixels of the buffer.
        x: u32,
        /// Top edge, in pixels of the buffer.
        y: u32,
        /// The rectangle's size in pixels.
        crop: Size,
        /// The frame's size in pixels.
        frame: Size,
    },
    /// Video range asked for on a colour frame.
    VideoRangeOnColor,
    /// A picture whose number of bytes isn't its width times its height, or an output buffer of the wrong length.
    PictureLength {
        /// Bytes given.
        given: usize,
        /// Bytes needed.
        needed: usize,
        /// The picture's size in pixels.
        size: Size,
    },
    /// A transform that can't be sampled: not finite, without scale, or out of the range that fixed-point positions hold.
    Transform {
        /// Scale of the transform, in source pixels per output pixel.
        scale: f64,
        /// Where it puts the output's origin, in source pixels.
        origin: (f64, f64),
    },
    /// The engine can't read or run a model.
    Model {
        /// Which model: `detector`, `refiner` or `expression`.
        model: &'static str,
        /// The engine's own error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A model file without a metadata key that its kind needs.
    MissingMetadata {
        /// Which model: `detector`, `refiner` or `expression`.
        model: &'static str,
        /// The key, as in `docs/model-format.md`.
        key: String,
    },
    /// A model's metadata key with a value that can't be used.
    InvalidMetadata {
        /// Which model: `detector`, `refiner` or `expression`.
        model: &'static str,
        /// The key, as in `docs/model-format.md`.
        key: String,
        /// The value found.
        value: String,
        /// What is allowed.
        allowed: String,
    },
    /// A model of one kind where another was asked for.
    ModelKind {
        /// The kind asked for.
        expected: &'static str,
        /// The kind that the file names.
        given: String,
    },
    /// A model whose input or output has another shape than its kind needs.
    ModelShape {
        /// Which model: `detector`, `refiner` or `expression`.
        model: &'static str,
        /// The input's or output's name.
        tensor: String,
        /// The shape found.
        given: String,
        /// The shape needed.
        expected: String,
    },
    /// An expression model of which neither its file nor a description says what must be known.
    Undescribed {
        /// What must be known: the name in [`ModelDescription`](crate::ModelDescription) and, after `moue.`, in metadata.
        what: &'static str,
        /// What the file holds.
        found: String,
        /// What is allowed.
        allowed: String,
    },
    /// An expression model that is described other than its file says.
    Misdescribed {
        /// What was said: the name in [`ModelDescription`](crate::ModelDescription) and, after `moue.`, in metadata.
        what: &'static str,
        /// The value said.
        given: String,
        /// What the file holds.
        found: String,
    },
    /// An expression model whose labels aren't the expressions that compete, each once.
    Labels {
        /// The labels found, as written in the file.
        given: String,
        /// What is wrong with them.
        problem: LabelProblem,
    },
    /// An option outside its range.
    OptionOutOfRange {
        /// The option's name.
        option: &'static str,
        /// The value given.
        given: String,
        /// What is allowed.
        allowed: String,
    },
    /// A frame whose timestamp isn't above that of the frame before.
    Timestamp {
        /// The timestamp given, in nanoseconds.
        given: u64,
        /// That of the last frame.
        last: u64,
    },
    /// A second call of [`LiveSession::next`](crate::LiveSession::next) while the first runs.
    Busy,
    /// A line of a trace that can't be replayed.
    Trace {
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
}

impl Error {
    /// Fails unless `value` lies between `least` and `most`, both included.
    pub(crate) fn check_option(
        option: &'static str,
        value: f32,
        least: f32,
        most: f32,
    ) -> Result<(), Self> {
        if value >= least && value <= most {
            return Ok(());
        }
        Err(Self::OptionOutOfRange {
            option,
            given: value.to_string(),
            allowed: format!("{least} to {most}"),
        })
    }

    /// Fails unless `count` lies between 1 and `most`, both included.
    pub(crate) fn check_count(option: &'static str, count: usize, most: usize) -> Result<(), Self> {
        if (1..=most).contains(&count) {
            return Ok(());
        }
        Err(Self::OptionOutOfRange {
            option,
            given: count.to_string(),
            allowed: format!("1 to {most}"),
        })
    }
}

/// What is wrong with an expression model's labels.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LabelProblem {
    /// This label stands there more than once.
    Duplicate(String),
    /// This label isn't there.
    Missing(String),
    /// This label names no expression.
    Unknown(String),
}

impl fmt::Display for LabelProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate(label) => write!(f, "\"{label}\" is there more than once"),
            Self::Missing(label) => write!(f, "\"{label}\" is missing"),
            Self::Unknown(label) => write!(f, "\"{label}\" is not an expression"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyFrame { size } => {
                write!(
                    f,
                    "the frame is {size}: width and height must be at least 1; pass the size of the picture in pixels"
                )
            }
            Self::FrameTooLarge { size } => write!(
                f,
                "the frame is {size}, {} pixels: at most {MAX_FRAME_SIDE} a side and {MAX_FRAME_PIXELS} pixels are allowed; shrink it first",
                size.pixels()
            ),
            Self::FrameBufferTooShort {
                given,
                needed,
                size,
                row_stride,
                pixel_stride,
            } => write!(
                f,
                "the frame's buffer has {given} bytes: {size} with row stride {row_stride} and pixel stride {pixel_stride} needs at least {needed}; \
                 pass the whole plane, or correct the size and the strides"
            ),
            Self::FrameOverflow {
                size,
                row_stride,
                pixel_stride,
            } => write!(
                f,
                "{size} with row stride {row_stride} and pixel stride {pixel_stride} doesn't fit the address space: strides are in bytes and must describe a buffer in memory"
            ),
            Self::RowStride { given, needed } => {
                write!(
                    f,
                    "row stride {given} is shorter than a row: at least {needed} bytes are needed; pass the bytes from one row to the next"
                )
            }
            Self::PixelStride { given, needed } => {
                write!(
                    f,
                    "pixel stride {given} is shorter than a pixel: at least {needed} bytes are needed; pass the bytes from one pixel to the next"
                )
            }
            Self::Crop { x, y, crop, frame } => write!(
                f,
                "the crop of {crop} at ({x}, {y}) is not inside the frame of {frame}: it must hold at least one pixel and be given in the buffer's pixels, before any turn"
            ),
            Self::VideoRangeOnColor => {
                write!(
                    f,
                    "video range was set on a colour frame: only luma planes can have it; leave the range out for RGB, RGBA and BGRA"
                )
            }
            Self::PictureLength {
                given,
                needed,
                size,
            } => {
                write!(
                    f,
                    "the picture's buffer has {given} bytes: {size} needs {needed}; pass one byte a pixel without padding"
                )
            }
            Self::Transform {
                scale,
                origin: (x, y),
            } => write!(
                f,
                "a transform of scale {scale} with its origin at ({x}, {y}) can't be sampled: the numbers must be finite, the scale above 0, the crop's side and place within 2^20 pixels; check the points it was fitted to"
            ),
            Self::Model { model, source } => {
                // The source's words stand here for those who show one message only, so `source` doesn't give them again.
                write!(f, "the {model} model can't be used: {source}")
            }
            Self::MissingMetadata { model, key } => {
                write!(
                    f,
                    "the {model} model has no metadata \"{key}\": every {model} model needs it; export the model again with the project's exporter"
                )
            }
            Self::InvalidMetadata {
                model,
                key,
                value,
                allowed,
            } => {
                write!(
                    f,
                    "the {model} model's metadata \"{key}\" is \"{value}\": allowed is {allowed}; export the model again with the project's exporter"
                )
            }
            Self::ModelKind { expected, given } => {
                write!(
                    f,
                    "the model is of kind \"{given}\": \"{expected}\" is needed here; pass each model in its own place"
                )
            }
            Self::ModelShape {
                model,
                tensor,
                given,
                expected,
            } => {
                write!(
                    f,
                    "the {model} model's \"{tensor}\" has shape {given}: {expected} is needed; see the model format"
                )
            }
            Self::Undescribed {
                what,
                found,
                allowed,
            } => write!(
                f,
                "the expression model's {what} can't be told from its file ({found}): say its {what} in a description, or as metadata \"moue.{what}\" in the file; allowed is {allowed}"
            ),
            Self::Misdescribed { what, given, found } => write!(
                f,
                "the expression model's {what} is {given} by its description, but {found}: correct the description, or metadata \"moue.{what}\" in the file"
            ),
            Self::Labels { given, problem } => write!(
                f,
                "the expression model's labels are \"{given}\": {problem}; of angry, disgust, fear, happy, sad, surprise, neutral all that compete must be there, each once, \
                 and a dash for an output that stands for none of them"
            ),
            Self::OptionOutOfRange {
                option,
                given,
                allowed,
            } => {
                write!(f, "option {option} is {given}: allowed is {allowed}")
            }
            Self::Timestamp { given, last } => write!(
                f,
                "the frame's timestamp is {given} ns, that of the frame before {last} ns: timestamps must rise from frame to frame; pass the camera's own, and open a new session for another camera"
            ),
            Self::Trace { line, problem } => write!(
                f,
                "line {line} of the trace can't be replayed: {problem}; pass a trace as this version of moue writes them, the header first, then a line a frame"
            ),
            Self::Busy => f.write_str(
                "another call of next runs in this session: only one may at a time; call it from one thread",
            ),
        }
    }
}

impl std::error::Error for Error {}
