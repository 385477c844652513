//! The stages of `moue`, one by one with a clock around each: the same as an analyzer runs, on the frame's best face.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use moue::detect::{Detection, Detector};
use moue::luma::WorkingPicture;
use moue::refine::{PASSES, Refiner};
use moue::resample::{LumaView, Resampler};
use moue::{
    Analyzer, Backend, ExpressionReader, ExpressionSet, Frame, Head, Kind, Options, Quality, Size,
    embedded_model,
};

use super::times::Times;

/// All stages of one face, `refine` to `expression`.
pub const FACE: &str = "face";
/// A whole frame, by an analyzer: `luma` and `detect`, then the stages of each face.
pub const FRAME: &str = "frame";

/// In the order in which a frame passes them; [`FACE`] and [`FRAME`] are sums.
const NAMES: [&str; 8] = [
    "luma",       // the working picture
    "detect",     // faces in it
    "refine",     // all looks at one face
    "align",      // its crop
    "quality",    // the crop's and the pose's
    "expression", // the network
    FACE,
    FRAME,
];

/// The stages, ready to run, and how long they took.
pub struct Stages {
    analyzer: Analyzer,
    detector: Detector,
    refiner: Refiner,
    reader: ExpressionReader,
    options: Options,
    picture: WorkingPicture,
    resampler: Resampler,
    crop: Vec<u8>,
    times: [Vec<Duration>; NAMES.len()],
}

impl Stages {
    /// Loads what the stages need. `analyzer` is timed as a whole.
    ///
    /// # Errors
    ///
    /// Where a network can't be loaded, or there is no face in the frame.
    pub fn new(
        analyzer: Analyzer,
        options: &Options,
        backend: Backend,
        frame: &Frame<'_>,
    ) -> Result<Self> {
        let reader = ExpressionReader::from_onnx(embedded_model(Kind::Expression), backend)?;
        let side = reader.side() as usize;
        let mut stages = Self {
            analyzer,
            detector: Detector::from_onnx(embedded_model(Kind::Detector), backend)?,
            refiner: Refiner::from_onnx(embedded_model(Kind::Refiner), backend)?,
            reader,
            options: options.clone(),
            picture: WorkingPicture::new(),
            resampler: Resampler::new(),
            crop: vec![0; side * side],
            times: Default::default(),
        };
        stages.round(frame)?;
        stages.forget();
        Ok(stages)
    }

    /// Runs and times every stage once.
    ///
    /// # Errors
    ///
    /// Where there is no face in the frame.
    pub fn round(&mut self, frame: &Frame<'_>) -> Result<()> {
        const NO_FACE: &str = "no face is found in the photo: the stages of a face need one";
        let Self {
            detector,
            refiner,
            reader,
            options,
            picture,
            resampler,
            crop,
            ..
        } = self;
        let mut clock = Clock::start();
        picture.update(frame, options.working_size())?;
        clock.lap();
        let found = detector.detect(picture.view(), resampler, options.detector_side())?;
        clock.lap();
        let &Detection { mut points, .. } = found.first().context(NO_FACE)?;
        clock.restart();
        let mut score = 0.0;
        for _ in 0..PASSES {
            let refined = refiner.refine(picture.view(), resampler, &points)?;
            let refined = refined.context(NO_FACE)?;
            (points, score) = (refined.points, refined.score);
        }
        clock.lap();
        anyhow::ensure!(score >= refiner.threshold(), NO_FACE);
        clock.restart();
        let side = reader.side();
        let to_picture = reader.template().crop_to_picture(&points, side);
        let to_picture = to_picture.context(NO_FACE)?;
        resampler.warp(picture.view(), &to_picture, side, crop)?;
        clock.lap();
        let view = LumaView::new(crop, Size::new(side, side))?;
        let quality = Quality::measure(view, &to_picture, &points, picture.factor());
        clock.lap();
        let scores = reader.read(crop, Head::default(), ExpressionSet::default())?;
        clock.lap();
        // Nothing may be left out because nobody looks at it.
        std::hint::black_box((quality, scores));

        let face = clock.laps[2..].iter().sum();
        let mut frame_clock = Clock::start();
        self.analyzer.analyze(frame)?;
        frame_clock.lap();
        let all = clock.laps.into_iter().chain([face]).chain(frame_clock.laps);
        for (times, time) in self.times.iter_mut().zip(all) {
            times.push(time);
        }
        Ok(())
    }

    /// Starts counting anew.
    pub fn forget(&mut self) {
        self.times.iter_mut().for_each(Vec::clear);
    }

    /// Every stage's times; at least one round must have been run.
    pub fn times(&self) -> Vec<Times> {
        NAMES
            .into_iter()
            .zip(&self.times)
            .map(|(name, times)| Times::of(name, times))
            .collect()
    }
}

/// Measures one stretch of work after the other.
struct Clock {
    last: Instant,
    laps: Vec<Duration>,
}

impl Clock {
    fn start() -> Self {
        Self {
            laps: Vec::with_capacity(NAMES.len()),
            last: Instant::now(),
        }
    }

    /// Ends a stretch; the next one begins.
    fn lap(&mut self) {
        self.laps.push(self.last.elapsed());
        self.restart();
    }

    /// Begins a stretch anew: what was done since the last one isn't counted.
    fn restart(&mut self) {
        self.last = Instant::now();
    }
}
