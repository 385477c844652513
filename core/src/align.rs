//! The similarity transform that lays a face on a crop's template, in closed form and without trigonometry.
//!
//! Cutting the crop along the transform is `resample`'s work, finding the points `refine`'s.

use crate::geometry::Point;

/// How many points describe a face: image-left eye, image-right eye, nose, image-left mouth corner, image-right mouth corner, in this order.
pub const FACE_POINTS: usize = 5;

/// The smallest spread of points, in squared units of their coordinates summed over the five, to which a transform can be fitted.
const LEAST_SPREAD: f64 = 1e-12;

/// A turn, a scale and a shift, never a mirroring: `x' = a x - b y + tx`, `y' = b x + a y + ty`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Similarity {
    /// Scale times the cosine of the turn.
    pub a: f64,
    /// Scale times the sine of the turn; positive turns are clockwise, since y points down.
    pub b: f64,
    /// Shift to the right.
    pub tx: f64,
    /// Shift down.
    pub ty: f64,
}

impl Similarity {
    /// Leaves every point where it is.
    pub const IDENTITY: Self = Self {
        a: 1.0,
        b: 0.0,
        tx: 0.0,
        ty: 0.0,
    };

    /// Scales by `scale` about the origin, then shifts by `tx`, `ty`.
    pub const fn scaled(scale: f64, tx: f64, ty: f64) -> Self {
        Self {
            a: scale,
            b: 0.0,
            tx,
            ty,
        }
    }

    /// The transform that takes `from` closest to `to`, by the sum of squared distances.
    ///
    /// `None` where no transform is defined: all of `from` in one place, all of `to` in one place, or a coordinate that isn't finite.
    ///
    /// The least-squares solution of Umeyama ("Least-squares estimation of transformation parameters between two point patterns", 1991)
    /// without its mirrored case. In two dimensions it is a quotient of complex numbers, so no angle is ever computed.
    pub fn fit(from: &[Point; FACE_POINTS], to: &[Point; FACE_POINTS]) -> Option<Self> {
        let (from_x, from_y) = mean(from);
        let (to_x, to_y) = mean(to);
        let (mut dot, mut cross, mut spread) = (0.0, 0.0, 0.0);
        for (from, to) in from.iter().zip(to) {
            let (fx, fy) = (f64::from(from.x) - from_x, f64::from(from.y) - from_y);
            let (gx, gy) = (f64::from(to.x) - to_x, f64::from(to.y) - to_y);
            dot += fx * gx + fy * gy;
            cross += fx * gy - fy * gx;
            spread += fx * fx + fy * fy;
        }
        if !(spread > LEAST_SPREAD && dot * dot + cross * cross > LEAST_SPREAD * spread * spread) {
            return None;
        }
        let (a, b) = (dot / spread, cross / spread);
        let fitted = Self {
            a,
            b,
            tx: to_x - (a * from_x - b * from_y),
            ty: to_y - (b * from_x + a * from_y),
        };
        fitted.is_finite().then_some(fitted)
    }

    /// Where the transform puts a point.
    pub fn apply(&self, point: Point) -> Point {
        let (x, y) = self.apply_xy(f64::from(point.x), f64::from(point.y));
        Point::new(x as f32, y as f32)
    }

    /// Where the transform puts `x`, `y`, without rounding to `f32`.
    pub fn apply_xy(&self, x: f64, y: f64) -> (f64, f64) {
        (
            self.a * x - self.b * y + self.tx,
            self.b * x + self.a * y + self.ty,
        )
    }

    /// By how much lengths grow.
    pub fn scale(&self) -> f64 {
        (self.a * self.a + self.b * self.b).sqrt()
    }

    /// The transform that undoes this one; `None` where its scale is 0 or not finite.
    pub fn inverse(&self) -> Option<Self> {
        let square = self.a * self.a + self.b * self.b;
        let (a, b) = (self.a / square, -self.b / square);
        let inverse = Self {
            a,
            b,
            tx: -(a * self.tx - b * self.ty),
            ty: -(b * self.tx + a * self.ty),
        };
        inverse.is_finite().then_some(inverse)
    }

    /// This transform first, then `next`.
    pub fn then(&self, next: &Self) -> Self {
        let (tx, ty) = next.apply_xy(self.tx, self.ty);
        Self {
            a: next.a * self.a - next.b * self.b,
            b: next.b * self.a + next.a * self.b,
            tx,
            ty,
        }
    }

    fn is_finite(&self) -> bool {
        [self.a, self.b, self.tx, self.ty]
            .iter()
            .all(|value| value.is_finite())
    }
}

fn mean(points: &[Point; FACE_POINTS]) -> (f64, f64) {
    let (mut x, mut y) = (0.0, 0.0);
    for point in points {
        x += f64::from(point.x);
        y += f64::from(point.y);
    }
    (x / FACE_POINTS as f64, y / FACE_POINTS as f64)
}

/// Where a crop's five points should lie: fractions of its side, origin at the top left corner of its top left pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Template {
    /// Image-left eye, image-right eye, nose, image-left mouth corner, image-right mouth corner.
    pub points: [Point; FACE_POINTS],
}

impl Template {
    /// FER-2013's own framing, measured with our points on its training faces: what networks trained on FER-2013 expect, ours among them.
    pub const FER2013: Self = Self {
        points: [
            Point::new(0.3163, 0.3817),
            Point::new(0.6837, 0.3817),
            Point::new(0.5, 0.6021),
            Point::new(0.3488, 0.7658),
            Point::new(0.6512, 0.7658),
        ],
    };

    /// Reads ten numbers `x,y,x,y,…` separated by commas, as a model's metadata gives them.
    ///
    /// `None` unless there are ten finite numbers that aren't all one point.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split(',').map(|number| {
            number
                .trim()
                .parse::<f32>()
                .ok()
                .filter(|value| value.is_finite())
        });
        let mut points = [Point::default(); FACE_POINTS];
        for point in &mut points {
            *point = Point::new(numbers.next()??, numbers.next()??);
        }
        let template = Self { points };
        let usable = numbers.next().is_none() && Similarity::fit(&points, &points).is_some();
        usable.then_some(template)
    }

    /// The template's points in pixels of a crop of `side` times `side` pixels.
    pub fn in_crop(&self, side: u32) -> [Point; FACE_POINTS] {
        self.points
            .map(|point| Point::new(point.x * side as f32, point.y * side as f32))
    }

    /// The transform from the pixels of a crop of `side` times `side` to the picture in which the face's five points are given.
    ///
    /// `None` for points that aren't finite or all lie in one place.
    pub fn crop_to_picture(&self, face: &[Point; FACE_POINTS], side: u32) -> Option<Similarity> {
        Similarity::fit(&self.in_crop(side), face)
    }
}
