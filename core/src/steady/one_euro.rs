//! The One Euro filter on a face's box and points.

use std::f64::consts::TAU;

use super::seconds;
use crate::align::FACE_POINTS;
use crate::geometry::{Point, Rect};

/// Cutoff of a face at rest, in hertz: jitter from frame to frame goes, a slow drift is followed.
const LEAST_CUTOFF: f64 = 1.5;

/// Hertz by which the cutoff rises for each face size a second. A moving face trails by at most `1 / (2 pi CUTOFF_SLOPE)` of its size.
const CUTOFF_SLOPE: f64 = 6.0;

/// Cutoff for the speed itself, in hertz, as the filter's authors set it.
const SPEED_CUTOFF: f64 = 1.0;

/// One coordinate, steadied: a low-pass filter whose cutoff rises with the speed, so that what rests doesn't tremble and what moves doesn't
/// trail. Casiez, Roussel and Vogel, "1 € filter: a simple speed-based low-pass filter for noisy input in interactive systems", CHI 2012.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OneEuro {
    /// The last value that came in.
    raw: f64,
    value: f64,
    /// Filtered speed, in units a second.
    speed: f64,
}

impl OneEuro {
    /// A filter at rest at `value`.
    pub fn new(value: f32) -> Self {
        Self {
            raw: f64::from(value),
            value: f64::from(value),
            speed: 0.0,
        }
    }

    /// Takes in a value, `elapsed` nanoseconds after the last one, and returns the steadied one.
    ///
    /// `unit` is the length that counts as one, in the value's own units: a speed is judged in units a second, so a face that fills the
    /// picture and one far away are steadied alike. Values a time of 0 apart, or with a unit that isn't positive, leave the filter as it is.
    pub fn update(&mut self, value: f32, elapsed: u64, unit: f32) -> f32 {
        let (value, unit, elapsed) = (f64::from(value), f64::from(unit), seconds(elapsed));
        if elapsed > 0.0 && unit > 0.0 {
            let speed = (value - self.raw) / elapsed;
            self.raw = value;
            self.speed += weight(SPEED_CUTOFF, elapsed) * (speed - self.speed);
            let cutoff = LEAST_CUTOFF + CUTOFF_SLOPE * (self.speed / unit).abs();
            self.value += weight(cutoff, elapsed) * (value - self.value);
        }
        self.value as f32
    }

    /// Moves and stretches everything by a change of the picture's size.
    pub fn scale(&mut self, factor: f64) {
        self.raw *= factor;
        self.value *= factor;
        self.speed *= factor;
    }
}

/// The weight of a new value in a first-order low-pass filter of this cutoff, `elapsed` seconds after the last one.
fn weight(cutoff: f64, elapsed: f64) -> f64 {
    let ratio = TAU * cutoff * elapsed;
    ratio / (ratio + 1.0)
}

/// A face's box and points, steadied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SteadyFace {
    /// Left, top, width, height.
    bounds: [OneEuro; 4],
    points: [[OneEuro; 2]; FACE_POINTS],
}

impl SteadyFace {
    /// A face at rest.
    pub fn new(bounds: Rect, points: &[Point; FACE_POINTS]) -> Self {
        let Rect {
            x,
            y,
            width,
            height,
        } = bounds;
        Self {
            bounds: [x, y, width, height].map(OneEuro::new),
            points: points.map(|point| [point.x, point.y].map(OneEuro::new)),
        }
    }

    /// Takes in a face `elapsed` nanoseconds after the last one and returns the steadied box and points. The unit of length is the box's
    /// side, the square root of its area.
    pub fn update(
        &mut self,
        bounds: Rect,
        points: &[Point; FACE_POINTS],
        elapsed: u64,
    ) -> (Rect, [Point; FACE_POINTS]) {
        let unit = bounds.area().sqrt();
        let Rect {
            x,
            y,
            width,
            height,
        } = bounds;
        let mut edges = [x, y, width, height];
        for (edge, filter) in edges.iter_mut().zip(&mut self.bounds) {
            *edge = filter.update(*edge, elapsed, unit);
        }
        let mut steadied = *points;
        for (point, [x, y]) in steadied.iter_mut().zip(&mut self.points) {
            *point = Point::new(
                x.update(point.x, elapsed, unit),
                y.update(point.y, elapsed, unit),
            );
        }
        let [x, y, width, height] = edges;
        (Rect::new(x, y, width.max(0.0), height.max(0.0)), steadied)
    }

    /// Stretches everything by a change of the picture's size.
    pub fn scale(&mut self, factor: f64) {
        let points = self.points.iter_mut().flatten();
        for filter in self.bounds.iter_mut().chain(points) {
            filter.scale(factor);
        }
    }
}
