//! Readings, faces and noise for the tests of live video.
#![allow(dead_code, reason = "each test file uses its own part")]

use image::GrayImage;
use moue::resample::LumaView;
use moue::{Expression, Point, Quality, Scores, Similarity, Size};

pub const SECOND: u64 = 1_000_000_000;

/// A face of FER-2013's proportions with its eyes 1 apart and its middle at the origin.
const FACE: [(f32, f32); 5] = [
    (-0.5, -0.54),
    (0.5, -0.54),
    (0.0, 0.06),
    (-0.41, 0.51),
    (0.41, 0.51),
];

/// The points of an upright face with its middle at `x`, `y`, whose eyes are `eyes` pixels apart.
pub fn face_at(x: f32, y: f32, eyes: f32) -> [Point; 5] {
    FACE.map(|(dx, dy)| Point::new(x + eyes * dx, y + eyes * dy))
}

/// A reading of one expression; the others share the rest.
pub fn scores_of(expression: Expression, score: f32) -> Scores {
    let mut scores = [(1.0 - score) / 6.0; 7];
    scores[expression as usize] = score;
    Scores::from_array(scores)
}

/// In plain floating point, without the library's maths.
pub fn softmax(logits: [f32; 7]) -> [f32; 7] {
    let powers = logits.map(|logit| libm::exp(f64::from(logit)));
    let sum: f64 = powers.iter().sum();
    powers.map(|power| (power / sum) as f32)
}

/// What is measured on a sharp, well-lit face that looks into the camera.
pub fn good_quality() -> Quality {
    quality_of(|index| (index * 37 % 251) as u8)
}

/// What is measured on one that is all but black.
pub fn dark_quality() -> Quality {
    quality_of(|index| (index * 37 % 5) as u8)
}

fn quality_of(pixel: impl Fn(usize) -> u8) -> Quality {
    let pixels: Vec<u8> = (0..48 * 48).map(pixel).collect();
    let crop = LumaView::new(&pixels, Size::new(48, 48)).expect("as many bytes as pixels");
    Quality::measure(crop, &Similarity::IDENTITY, &face_at(24.0, 28.0, 18.0), 1)
}

/// A small linear congruential generator (Knuth's MMIX constants).
pub struct Random(pub u64);

impl Random {
    /// Evenly from 0 to 1.
    pub fn unit(&mut self) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1 << 24) as f32
    }

    /// Close to the standard normal distribution: twelve even numbers, summed.
    pub fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.unit()).sum::<f32>() - 6.0
    }
}

/// A photo whose head looks aside: an egg with the photo laid on it, turned by `yaw` degrees about its upright axis, in front of the photo as it
/// was. The egg's middle is at `middle`, its half axes, across and up, are `axes` in pixels; it is as deep as wide.
pub fn turned_head(photo: &GrayImage, middle: (f32, f32), axes: (f32, f32), yaw: f32) -> GrayImage {
    let turn = yaw.to_radians();
    GrayImage::from_fn(photo.width(), photo.height(), |x, y| {
        let up = (y as f32 + 0.5 - middle.1) / axes.1;
        let radius = axes.0 * (1.0 - up * up).max(0.0).sqrt();
        let across = x as f32 + 0.5 - middle.0;
        if across.abs() >= radius {
            return *photo.get_pixel(x, y);
        }
        // What comes round the edge isn't in the photo: its edge is drawn out.
        let angle = (libm::asinf(across / radius) - turn).clamp(-1.57, 1.57);
        let at = middle.0 + radius * libm::sinf(angle) - 0.5;
        let (left, right) = (at.max(0.0) as u32, at - at.floor());
        let pixel = |x: u32| f32::from(photo.get_pixel(x.min(photo.width() - 1), y).0[0]);
        image::Luma([(pixel(left) + right * (pixel(left + 1) - pixel(left))).round() as u8])
    })
}

/// A picture of `size` with `photo` in it, `scale` times as large, its middle at `x`, `y`, each pixel off by `noise` grey levels.
pub fn scene(
    size: (u32, u32),
    photos: &[(&GrayImage, f32, f32, f32)],
    noise: f32,
    random: &mut Random,
) -> GrayImage {
    GrayImage::from_fn(size.0, size.1, |x, y| {
        let mut grey = 90.0;
        for &(photo, scale, middle_x, middle_y) in photos {
            let at_x = (x as f32 + 0.5 - middle_x) / scale + 0.5 * photo.width() as f32 - 0.5;
            let at_y = (y as f32 + 0.5 - middle_y) / scale + 0.5 * photo.height() as f32 - 0.5;
            let last = |length: u32| length as f32 - 1.001;
            if at_x < 0.0 || at_y < 0.0 || at_x > last(photo.width()) || at_y > last(photo.height())
            {
                continue;
            }
            let (left, top) = (at_x as u32, at_y as u32);
            let (right, down) = (at_x - left as f32, at_y - top as f32);
            let pixel = |x, y| f32::from(photo.get_pixel(x, y).0[0]);
            let above = pixel(left, top) + right * (pixel(left + 1, top) - pixel(left, top));
            let below =
                pixel(left, top + 1) + right * (pixel(left + 1, top + 1) - pixel(left, top + 1));
            grey = above + down * (below - above);
        }
        let off = if noise > 0.0 {
            noise * random.normal()
        } else {
            0.0
        };
        image::Luma([(grey + off).clamp(0.0, 255.0) as u8])
    })
}
