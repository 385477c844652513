//! Ties the stages together: a frame in, faces with readings out. The only module that knows them all.

use crate::align::{FACE_POINTS, Similarity, Template};
use crate::detect::Detector;
use crate::error::Error;
use crate::expression::Reading;
use crate::face::Face;
use crate::frame::Frame;
use crate::geometry::{Point, Rect, Size};
use crate::luma::WorkingPicture;
use crate::network::Kind;
use crate::options::{MOST_FACES, Options};
use crate::quality::{CROP_SIDE, Quality};
use crate::reader::ExpressionReader;
use crate::refine::{PASSES, Refiner};
use crate::resample::{LumaView, Resampler};

/// Two faces whose points' middles are closer than this share of the larger eye distance are one face found twice.
const SAME_FACE: f32 = 0.5;

/// Reads the faces of photos and frames. Keeps its buffers: after the first frame of a size, nothing is allocated.
#[derive(Debug)]
pub struct Analyzer {
    options: Options,
    detector: Detector,
    refiner: Refiner,
    reader: ExpressionReader,
    picture: WorkingPicture,
    resampler: Resampler,
    crop: Crop,
    /// What quality is measured on, where the network looks at another size.
    quality_crop: Option<Crop>,
    candidates: Vec<Candidate>,
    faces: Vec<Face>,
}

/// A face that the refiner has confirmed, in pixels of the working picture.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    score: f32,
    bounds: Rect,
    points: [Point; FACE_POINTS],
}

impl Analyzer {
    /// Loads the networks.
    ///
    /// # Errors
    ///
    /// [`Error::OptionOutOfRange`] for an option outside its range; for networks of one's own those of a model file ([`Error::Model`],
    /// [`Error::ModelKind`], [`Error::ModelShape`], [`Error::MissingMetadata`], [`Error::InvalidMetadata`], [`Error::Labels`]).
    pub fn new(options: Options) -> Result<Self, Error> {
        options.check()?;
        let model = |kind: Kind| &*options.models[kind as usize];
        let reader = ExpressionReader::with_description(
            model(Kind::Expression),
            options.backend,
            &options.description,
        )?;
        reader.check_expressions(options.expressions)?;
        let side = reader.side();
        Ok(Self {
            detector: Detector::from_onnx(model(Kind::Detector), options.backend)?,
            refiner: Refiner::from_onnx(model(Kind::Refiner), options.backend)?,
            reader,
            picture: WorkingPicture::new(),
            resampler: Resampler::new(),
            crop: Crop::new(side),
            quality_crop: (side != CROP_SIDE).then(|| Crop::new(CROP_SIDE)),
            candidates: Vec::with_capacity(MOST_FACES),
            faces: Vec::with_capacity(options.most_faces),
            options,
        })
    }

    /// Finds and reads the faces of a frame, the largest first. No face is an empty slice, not an error.
    ///
    /// # Errors
    ///
    /// Those of a frame whose buffer doesn't fit its description ([`Error::FrameBufferTooShort`] and its kin).
    pub fn analyze(&mut self, frame: &Frame<'_>) -> Result<&[Face], Error> {
        self.picture.update(frame, self.options.working_size())?;
        self.find()?;
        self.faces.clear();
        for index in 0..self.candidates.len() {
            let face = self.read(self.candidates[index])?;
            self.faces.extend(face);
        }
        log::debug!(
            "{} faces in a working picture of {}",
            self.faces.len(),
            self.picture.size()
        );
        Ok(&self.faces)
    }

    /// Fills `candidates`: detected, confirmed and refined, each face once, the largest first, no more than asked for.
    fn find(&mut self) -> Result<(), Error> {
        let picture = self.picture.view();
        let shown = picture.size();
        let least_area = {
            let side = self.options.smallest_face * shown.short_side() as f32;
            side * side
        };
        let side = self.options.detector_side();
        let detections = self.detector.detect(picture, &mut self.resampler, side)?;
        self.candidates.clear();
        for detection in detections {
            if detection.bounds.area() < least_area {
                continue;
            }
            let (mut points, mut face_score) = (detection.points, 0.0);
            for _ in 0..PASSES {
                let refined = self.refiner.refine(picture, &mut self.resampler, &points)?;
                let Some(refined) = refined else {
                    face_score = 0.0;
                    break;
                };
                (points, face_score) = (refined.points, refined.score);
            }
            let seen = self
                .candidates
                .iter()
                .any(|other| same_face(&other.points, &points));
            if face_score >= self.refiner.threshold() && !seen {
                self.candidates.push(Candidate {
                    score: detection.score,
                    bounds: detection.bounds,
                    points,
                });
            }
        }
        self.candidates.sort_unstable_by(|a, b| {
            b.bounds
                .area()
                .total_cmp(&a.bounds.area())
                .then(a.bounds.x.total_cmp(&b.bounds.x))
        });
        self.candidates.truncate(self.options.most_faces);
        Ok(())
    }

    /// Cuts a face to the classifier's template and reads it; `None` for points that span no face.
    fn read(&mut self, candidate: Candidate) -> Result<Option<Face>, Error> {
        let mut cut = |crop: &mut Crop| {
            let (picture, template) = (self.picture.view(), self.reader.template());
            crop.cut(picture, &mut self.resampler, template, &candidate.points)
        };
        let Some(mut to_picture) = cut(&mut self.crop)? else {
            return Ok(None);
        };
        let mut crop = &self.crop;
        if let Some(other) = &mut self.quality_crop {
            let Some(along) = cut(other)? else {
                return Ok(None);
            };
            (to_picture, crop) = (along, other);
        }
        let quality = Quality::measure(
            crop.view()?,
            &to_picture,
            &candidate.points,
            self.picture.factor(),
        );
        let scores = self.reader.read(
            &self.crop.pixels,
            self.options.head,
            self.options.expressions,
        )?;
        Ok(Some(Face {
            bounds: self.picture.rect_to_frame(candidate.bounds),
            score: candidate.score,
            points: candidate
                .points
                .map(|point| self.picture.to_frame(point))
                .into(),
            quality,
            reading: Reading::new(scores, &quality, &self.options.thresholds),
        }))
    }
}

/// A square cut out of the working picture.
#[derive(Debug)]
struct Crop {
    side: u32,
    pixels: Vec<u8>,
}

impl Crop {
    fn new(side: u32) -> Self {
        Self {
            side,
            pixels: vec![0; (side * side) as usize],
        }
    }

    /// Cuts the face of these points to the template and returns the transform along which it was cut; `None` for points that span no face.
    fn cut(
        &mut self,
        picture: LumaView<'_>,
        resampler: &mut Resampler,
        template: &Template,
        points: &[Point; FACE_POINTS],
    ) -> Result<Option<Similarity>, Error> {
        let Some(to_picture) = template.crop_to_picture(points, self.side) else {
            return Ok(None);
        };
        match resampler.warp(picture, &to_picture, self.side, &mut self.pixels) {
            Ok(()) => Ok(Some(to_picture)),
            Err(Error::Transform { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn view(&self) -> Result<LumaView<'_>, Error> {
        LumaView::new(&self.pixels, Size::new(self.side, self.side))
    }
}

fn same_face(a: &[Point; FACE_POINTS], b: &[Point; FACE_POINTS]) -> bool {
    let middle = |points: &[Point; FACE_POINTS]| {
        let (x, y) = points
            .iter()
            .fold((0.0, 0.0), |(x, y), point| (x + point.x, y + point.y));
        Point::new(x / FACE_POINTS as f32, y / FACE_POINTS as f32)
    };
    let eyes = |points: &[Point; FACE_POINTS]| points[0].distance(points[1]);
    middle(a).distance(middle(b)) < SAME_FACE * eyes(a).max(eyes(b))
}
