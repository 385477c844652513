//! Looks at one face closely: exact points, and whether it is a face at all.
//!
//! The points may come from the detector or, in a video, from the last frame.

use crate::align::{FACE_POINTS, Template};
use crate::detect::sigmoid;
use crate::error::Error;
use crate::geometry::{Point, Size};
use crate::network::{Backend, Kind, Network};
use crate::resample::{LumaView, Resampler};

/// Looks that are taken at a detected face: the second starts from better points, and its score decides.
pub const PASSES: usize = 2;

/// What a closer look found, in pixels of the working picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Refined {
    /// Image-left eye, image-right eye, nose, image-left mouth corner, image-right mouth corner.
    pub points: [Point; FACE_POINTS],
    /// How sure the refiner is that this is a face, 0 to 1.
    pub score: f32,
}

/// The refiner and its buffer.
#[derive(Debug)]
pub struct Refiner {
    network: Network,
    template: Template,
    threshold: f32,
    follow_threshold: f32,
    side: u32,
    points: usize,
    face: usize,
    crop: Vec<u8>,
}

impl Refiner {
    /// Loads a refiner from an ONNX file.
    ///
    /// # Errors
    ///
    /// Those of a model file: [`Error::Model`], [`Error::ModelKind`], [`Error::ModelShape`], [`Error::MissingMetadata`], [`Error::InvalidMetadata`].
    pub fn from_onnx(bytes: &[u8], backend: Backend) -> Result<Self, Error> {
        let network = Network::load(Kind::Refiner, bytes, backend)?;
        let side = network.square_side()?;
        let threshold = network.number("moue.threshold", 0.0, 1.0)?;
        let follow_threshold = match network.find_metadata(FOLLOW_THRESHOLD) {
            Some(_) => network.number(FOLLOW_THRESHOLD, threshold, 1.0)?,
            None => threshold,
        };
        Ok(Self {
            template: network.parsed("moue.template", TEMPLATE, Template::parse)?,
            threshold,
            follow_threshold,
            points: network.output_index("points", 2 * FACE_POINTS)?,
            face: network.output_index("face", 1)?,
            side,
            crop: vec![0; (side * side) as usize],
            network,
        })
    }

    /// The score from which on a crop counts as a face, as the model's makers chose it.
    pub fn threshold(&self) -> f32 {
        self.threshold
    }

    /// The score under which a face that is followed may be covered by another: no less than [`Self::threshold`], and that where the file has none.
    pub fn follow_threshold(&self) -> f32 {
        self.follow_threshold
    }

    /// Corrects `points`, given in pixels of `picture`. `None` for points that span no face: not finite, all in one place, or far outside.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] where the network fails.
    pub fn refine(
        &mut self,
        picture: LumaView<'_>,
        resampler: &mut Resampler,
        points: &[Point; FACE_POINTS],
    ) -> Result<Option<Refined>, Error> {
        let Some(to_picture) = self.template.crop_to_picture(points, self.side) else {
            return Ok(None);
        };
        match resampler.warp(picture, &to_picture, self.side, &mut self.crop) {
            Err(Error::Transform { .. }) => return Ok(None),
            other => other?,
        }
        self.network
            .run(&self.crop, Size::new(self.side, self.side))?;
        let corrections = self.network.output(self.points).data;
        let mut refined = self.template.points;
        for (point, correction) in refined.iter_mut().zip(corrections.chunks_exact(2)) {
            let side = self.side as f32;
            let place = Point::new(
                (point.x + correction[0]) * side,
                (point.y + correction[1]) * side,
            );
            *point = to_picture.apply(place);
        }
        Ok(Some(Refined {
            points: refined,
            score: sigmoid(self.network.output(self.face).data[0]),
        }))
    }
}

const FOLLOW_THRESHOLD: &str = "moue.follow_threshold";

/// What `moue.template` may hold, for messages.
pub(crate) const TEMPLATE: &str = "ten numbers x,y of the five points as fractions of the crop's side, separated by commas, not all in one place";
