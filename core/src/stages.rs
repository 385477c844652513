//! The stages on one working picture: search it for faces, follow one from its last points, read one. Photos and live video share them.
//!
//! What becomes of the faces is left to the two doors, `analyzer` and `live`.

use crate::align::{FACE_POINTS, Similarity, Template};
use crate::detect::Detector;
use crate::error::Error;
use crate::expression::Scores;
use crate::geometry::{Point, Rect, Size};
use crate::luma::WorkingPicture;
use crate::network::Kind;
use crate::options::{MOST_FACES, Options};
use crate::quality::{CROP_SIDE, Quality};
use crate::reader::ExpressionReader;
use crate::refine::{PASSES, Refined, Refiner};
use crate::resample::{LumaView, Resampler};

/// Two faces whose points' middles are closer than this share of the larger eye distance are one face found twice.
const SAME_FACE: f32 = 0.5;

/// The networks and their buffers: after the first picture of a size, nothing is allocated.
#[derive(Debug)]
pub(crate) struct Stages {
    pub options: Options,
    detector: Detector,
    refiner: Refiner,
    reader: ExpressionReader,
    resampler: Resampler,
    crop: Crop,
    /// What quality is measured on, where the network looks at another size.
    quality_crop: Option<Crop>,
    candidates: Vec<Candidate>,
}

/// A face that the refiner has confirmed, in pixels of the working picture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    /// The detector's score.
    pub score: f32,
    pub bounds: Rect,
    pub points: [Point; FACE_POINTS],
    /// The refiner's score; 0 for a known face, which it didn't look at again.
    pub face_score: f32,
    /// Which of the faces known before this is.
    pub known: Option<usize>,
}

impl Stages {
    /// Loads the networks; the errors are those of [`Analyzer::new`](crate::Analyzer::new).
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
            resampler: Resampler::new(),
            crop: Crop::new(side),
            quality_crop: (side != CROP_SIDE).then(|| Crop::new(CROP_SIDE)),
            candidates: Vec::with_capacity(MOST_FACES),
            options,
        })
    }

    /// The refiner's score from which on a crop counts as a face.
    pub fn face_threshold(&self) -> f32 {
        self.refiner.threshold()
    }

    /// The refiner's score under which a face that is followed is doubtful.
    pub fn follow_threshold(&self) -> f32 {
        self.refiner.follow_threshold()
    }

    /// Finds the faces of a picture for [`Self::candidates`]: detected, confirmed and refined, each face once, the largest first, no more than asked for. The `known`
    /// faces, found by other means, are recognised and not looked at again.
    pub fn search(
        &mut self,
        picture: LumaView<'_>,
        known: &[[Point; FACE_POINTS]],
    ) -> Result<(), Error> {
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
            let known_as = known
                .iter()
                .position(|points| is_same_face(points, &detection.points));
            let (mut points, mut face_score) = (detection.points, 0.0);
            if let Some(index) = known_as {
                points = known[index];
            } else {
                for _ in 0..PASSES {
                    let refined = self.refiner.refine(picture, &mut self.resampler, &points)?;
                    let Some(refined) = refined else {
                        face_score = 0.0;
                        break;
                    };
                    (points, face_score) = (refined.points, refined.score);
                }
            }
            let is_face = known_as.is_some() || face_score >= self.refiner.threshold();
            let is_seen = self
                .candidates
                .iter()
                .any(|other| is_same_face(&other.points, &points));
            if is_face && !is_seen {
                self.candidates.push(Candidate {
                    score: detection.score,
                    bounds: detection.bounds,
                    points,
                    face_score,
                    known: known_as,
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

    /// What the last [`Self::search`] found.
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// Looks once at the place where a face is expected; `None` for points that span no face.
    pub fn follow(
        &mut self,
        picture: LumaView<'_>,
        expected: &[Point; FACE_POINTS],
    ) -> Result<Option<Refined>, Error> {
        self.refiner.refine(picture, &mut self.resampler, expected)
    }

    /// Cuts a face to the classifier's template, measures and reads it; `None` for points that span no face.
    pub fn read(
        &mut self,
        picture: &WorkingPicture,
        points: &[Point; FACE_POINTS],
    ) -> Result<Option<(Quality, Scores)>, Error> {
        let mut cut = |crop: &mut Crop| {
            let (picture, template) = (picture.view(), self.reader.template());
            crop.cut(picture, &mut self.resampler, template, points)
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
        let quality = Quality::measure(crop.view()?, &to_picture, points, picture.factor());
        let scores = self.reader.read(
            &self.crop.pixels,
            self.options.head,
            self.options.expressions,
        )?;
        Ok(Some((quality, scores)))
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

/// Whether two sets of points show one face found twice.
pub(crate) fn is_same_face(a: &[Point; FACE_POINTS], b: &[Point; FACE_POINTS]) -> bool {
    let middle = |points: &[Point; FACE_POINTS]| {
        let (x, y) = points
            .iter()
            .fold((0.0, 0.0), |(x, y), point| (x + point.x, y + point.y));
        Point::new(x / FACE_POINTS as f32, y / FACE_POINTS as f32)
    };
    let eyes = |points: &[Point; FACE_POINTS]| points[0].distance(points[1]);
    middle(a).distance(middle(b)) < SAME_FACE * eyes(a).max(eyes(b))
}
