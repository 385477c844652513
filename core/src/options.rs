//! What a caller may choose, with its ranges.

use std::borrow::Cow;

use crate::description::ModelDescription;
use crate::error::Error;
use crate::expression::{ExpressionSet, Head};
use crate::luma::WorkingSize;
use crate::network::{Backend, Kind};
use crate::quality::Thresholds;

/// Below this share of the short side faces get too small for the standard working picture: it and the detector's picture are doubled.
const SMALL_FACES: f32 = 0.08;

/// The detector's long side with the standard working picture.
const DETECTOR_SIDE: u32 = 320;

/// The most faces that can be asked for.
pub(crate) const MOST_FACES: usize = 256;

/// The embedded network of a kind, as the bytes of its ONNX file: what [`ModelInfo::read`](crate::ModelInfo::read) describes.
pub fn embedded_model(kind: Kind) -> &'static [u8] {
    match kind {
        Kind::Detector => moue_models::DETECTOR,
        Kind::Refiner => moue_models::REFINER,
        Kind::Expression => moue_models::EXPRESSION,
    }
}

/// Choices for an [`Analyzer`](crate::Analyzer). Values are checked when it is made.
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) smallest_face: f32,
    pub(crate) most_faces: usize,
    pub(crate) expressions: ExpressionSet,
    pub(crate) head: Head,
    pub(crate) thresholds: Thresholds,
    pub(crate) backend: Backend,
    pub(crate) models: [Cow<'static, [u8]>; 3],
    pub(crate) description: ModelDescription,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            smallest_face: Self::DEFAULT_SMALLEST_FACE,
            most_faces: 32,
            expressions: ExpressionSet::default(),
            head: Head::default(),
            thresholds: Thresholds::default(),
            backend: Backend::default(),
            models: [Kind::Detector, Kind::Refiner, Kind::Expression]
                .map(|kind| Cow::Borrowed(embedded_model(kind))),
            description: ModelDescription::default(),
        }
    }
}

impl Options {
    /// What [`Self::smallest_face`] is where nothing is chosen.
    pub const DEFAULT_SMALLEST_FACE: f32 = 0.1;

    /// The smallest face to report, as a share of the frame's short side, 0.02 to 1. Default 0.1. A face's size is the square root of its
    /// box's area. Below 0.08 a picture of four times as many pixels is searched, which takes as much longer.
    pub fn smallest_face(mut self, share: f32) -> Self {
        self.smallest_face = share;
        self
    }

    /// The most faces to report, 1 to 256; the largest are kept. Default 32.
    pub fn most_faces(mut self, count: usize) -> Self {
        self.most_faces = count;
        self
    }

    /// Which expressions compete. Default: all seven.
    pub fn expressions(mut self, set: ExpressionSet) -> Self {
        self.expressions = set;
        self
    }

    /// Which head of the network speaks. Default: the consensus of many people.
    pub fn head(mut self, head: Head) -> Self {
        self.head = head;
        self
    }

    /// From where on a face is too small, dark, bright, blurred, turned away or ambiguous to be read with certainty.
    pub fn thresholds(mut self, thresholds: Thresholds) -> Self {
        self.thresholds = thresholds;
        self
    }

    /// What runs the networks. Default: the int8 engine where it can.
    pub fn backend(mut self, backend: Backend) -> Self {
        self.backend = backend;
        self
    }

    /// A network of your own in place of an embedded one, as the bytes of an ONNX file with the metadata of the model format. An expression
    /// network may be of any make, with a [`Self::model_description`].
    pub fn model(mut self, kind: Kind, onnx: impl Into<Vec<u8>>) -> Self {
        self.models[kind as usize] = Cow::Owned(onnx.into());
        self
    }

    /// What the file of an expression network of your own doesn't say of itself.
    pub fn model_description(mut self, description: ModelDescription) -> Self {
        self.description = description;
        self
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        Error::check_option("smallest_face", self.smallest_face, 0.02, 1.0)?;
        self.thresholds.check()?;
        Error::check_count("most_faces", self.most_faces, MOST_FACES)
    }

    /// How large the working picture is with these options.
    pub fn working_size(&self) -> WorkingSize {
        if self.smallest_face < SMALL_FACES {
            WorkingSize::SmallFaces
        } else {
            WorkingSize::Standard
        }
    }

    /// The long side of the picture that is searched for faces, in pixels: half the working picture's, so that the smallest face keeps enough pixels there.
    pub fn detector_side(&self) -> u32 {
        DETECTOR_SIDE * (self.working_size().long_side() / WorkingSize::Standard.long_side())
    }
}
