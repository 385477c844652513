//! Finds faces in the working picture: a small convolutional network, its boxes decoded, overlapping ones suppressed.
//!
//! Points are rough and false faces are possible: `refine` looks at each one closely.

use crate::align::FACE_POINTS;
use crate::error::Error;
use crate::geometry::{Point, Rect, Size};
use crate::network::{Backend, Kind, Network, Output};
use crate::resample::{LumaView, Resampler};

/// Of two boxes that overlap by more than this (intersection over union), the one with the lower score goes.
const MOST_OVERLAP: f32 = 0.4;

/// A box with more than this share of its own area inside a better one goes too: a part of a face passes for a small face.
const MOST_INSIDE: f32 = 0.8;

/// The network's input has sides that are whole multiples of this, its largest stride.
const MULTIPLE: u32 = 32;

/// Face logit, four edges, x and y of five points.
const CHANNELS: usize = 1 + 4 + 2 * FACE_POINTS;

/// A face as the detector sees it, in pixels of the working picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// How sure the detector is that this is a face, 0 to 1.
    pub score: f32,
    /// The face from forehead to chin.
    pub bounds: Rect,
    /// Image-left eye, image-right eye, nose, image-left mouth corner, image-right mouth corner; rough.
    pub points: [Point; FACE_POINTS],
}

/// The detector and its buffers.
#[derive(Debug)]
pub struct Detector {
    network: Network,
    threshold: f32,
    /// Each output's place and stride.
    levels: Vec<(usize, f32)>,
    input: Vec<u8>,
    resized: Vec<u8>,
    found: Vec<Detection>,
}

impl Detector {
    /// Loads a detector from an ONNX file.
    ///
    /// # Errors
    ///
    /// Those of a model file: [`Error::Model`], [`Error::ModelKind`], [`Error::ModelShape`], [`Error::MissingMetadata`], [`Error::InvalidMetadata`].
    pub fn from_onnx(bytes: &[u8], backend: Backend) -> Result<Self, Error> {
        let network = Network::load(Kind::Detector, bytes, backend)?;
        network.check_any_size()?;
        let threshold = network.number("moue.threshold", 0.0, 1.0)?;
        let strides = network.parsed(
            "moue.strides",
            "one to four of 8, 16, 32, separated by commas",
            |text| {
                text.split(',')
                    .map(|stride| {
                        stride
                            .trim()
                            .parse::<u32>()
                            .ok()
                            .filter(|stride| [8, 16, MULTIPLE].contains(stride))
                    })
                    .collect::<Option<Vec<u32>>>()
            },
        )?;
        let levels = strides
            .into_iter()
            .map(|stride| {
                Ok((
                    network.output_index(&format!("stride{stride}"), CHANNELS)?,
                    stride as f32,
                ))
            })
            .collect::<Result<Vec<_>, Error>>()?;
        Ok(Self {
            network,
            threshold,
            levels,
            input: Vec::new(),
            resized: Vec::new(),
            found: Vec::new(),
        })
    }

    /// Finds the faces of `picture`, best first, on a version of it whose long side has `long_side` pixels.
    ///
    /// Allocates only when the size of that version differs from the last one.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] where the network can't take a picture of that size.
    pub fn detect(
        &mut self,
        picture: LumaView<'_>,
        resampler: &mut Resampler,
        long_side: u32,
    ) -> Result<&[Detection], Error> {
        let size = picture.size();
        let small = scaled_to(size, long_side);
        let padded = Size::new(
            small.width.next_multiple_of(MULTIPLE),
            small.height.next_multiple_of(MULTIPLE),
        );
        self.resized.resize(small.pixels() as usize, 0);
        resampler.resize(picture, small, &mut self.resized)?;
        self.input.clear();
        self.input.resize(padded.pixels() as usize, 0);
        let rows = self.input.chunks_exact_mut(padded.width as usize);
        for (to, from) in rows.zip(self.resized.chunks_exact(small.width as usize)) {
            to[..from.len()].copy_from_slice(from);
        }
        self.network.run(&self.input, padded)?;
        self.found.clear();
        let threshold_logit = logit(self.threshold);
        // Room for every place at once, so that a crowd in a later frame finds it there.
        let places = |&(index, _): &(usize, f32)| self.network.output(index).data.len() / CHANNELS;
        self.found.reserve(self.levels.iter().map(places).sum());
        for &(index, stride) in &self.levels {
            decode(
                self.network.output(index),
                stride,
                threshold_logit,
                &mut self.found,
            );
        }
        non_maximum_suppression(&mut self.found);
        let (x, y) = (
            size.width as f32 / small.width as f32,
            size.height as f32 / small.height as f32,
        );
        for face in &mut self.found {
            let Rect {
                x: left,
                y: top,
                width,
                height,
            } = face.bounds;
            face.bounds = Rect::new(left * x, top * y, width * x, height * y);
            face.points = face
                .points
                .map(|point| Point::new(point.x * x, point.y * y));
        }
        Ok(&self.found)
    }
}

/// `size` with its long side brought to `long_side`, the short side rounded to the nearest pixel and at least 1.
fn scaled_to(size: Size, long_side: u32) -> Size {
    let scale = |side: u32| {
        let (side, long) = (u64::from(side), u64::from(size.long_side()));
        (((2 * side * u64::from(long_side) + long) / (2 * long)) as u32).max(1)
    };
    Size::new(scale(size.width), scale(size.height))
}

/// Adds every place of one output whose logit reaches `threshold`, in pixels of the network's input.
fn decode(output: Output<'_>, stride: f32, threshold: f32, found: &mut Vec<Detection>) {
    for (index, values) in output.data.chunks_exact(CHANNELS).enumerate() {
        if values[0] < threshold {
            continue;
        }
        let x = ((index % output.width) as f32 + 0.5) * stride;
        let y = ((index / output.width) as f32 + 0.5) * stride;
        let (left, top) = (x - values[1] * stride, y - values[2] * stride);
        let (right, bottom) = (x + values[3] * stride, y + values[4] * stride);
        // Written so that numbers that aren't any fail too.
        if !(right > left && bottom > top) {
            continue;
        }
        let mut points = [Point::default(); FACE_POINTS];
        for (point, offset) in points.iter_mut().zip(values[5..].chunks_exact(2)) {
            *point = Point::new(x + offset[0] * stride, y + offset[1] * stride);
        }
        found.push(Detection {
            score: sigmoid(values[0]),
            bounds: Rect::new(left, top, right - left, bottom - top),
            points,
        });
    }
}

/// Keeps, from the best score down, each box that [`hides`] leaves of those kept before it; equal scores keep their order.
fn non_maximum_suppression(found: &mut Vec<Detection>) {
    // Insertion sort: stable without the buffer that the library's stable sort takes. Most candidates belong to a few faces.
    for i in 1..found.len() {
        let place = found[..i].partition_point(|other| other.score >= found[i].score);
        found[place..=i].rotate_right(1);
    }
    let mut kept = 0;
    for i in 0..found.len() {
        let face = found[i];
        let hidden = found[..kept]
            .iter()
            .any(|better| hides(better.bounds, face.bounds));
        if !hidden {
            found[kept] = face;
            kept += 1;
        }
    }
    found.truncate(kept);
}

/// Whether a kept box leaves no room for another with a lower score. One-sided: a large face around a better small one stays.
fn hides(better: Rect, other: Rect) -> bool {
    better.iou(other) > MOST_OVERLAP || better.intersection(other) > MOST_INSIDE * other.area()
}

/// The logistic function, the same to the last bit on every CPU.
pub(crate) fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + libm::expf(-logit))
}

fn logit(probability: f32) -> f32 {
    libm::logf(probability / (1.0 - probability))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn face(score: f32, x: f32) -> Detection {
        Detection {
            score,
            bounds: Rect::new(x, 0.0, 10.0, 10.0),
            points: [Point::default(); FACE_POINTS],
        }
    }

    #[test]
    fn suppression_keeps_the_best_of_each_pile_in_order_of_score() {
        let mut found = vec![
            face(0.5, 0.0),
            face(0.9, 1.0),
            face(0.7, 100.0),
            face(0.8, 2.0),
            face(0.95, 200.0),
        ];
        non_maximum_suppression(&mut found);
        let scores: Vec<f32> = found.iter().map(|face| face.score).collect();
        assert_eq!(scores, [0.95, 0.9, 0.7]);
    }

    #[test]
    fn no_kept_box_hides_another_and_each_dropped_one_is_hidden_by_a_better_kept_one() {
        let mut seed = 7_u32;
        let mut next = |most: f32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            most * (seed >> 8) as f32 / (1 << 24) as f32
        };
        for _ in 0..200 {
            let all: Vec<Detection> = (0..40)
                .map(|_| Detection {
                    score: next(1.0),
                    bounds: Rect::new(next(60.0), next(60.0), 1.0 + next(40.0), 1.0 + next(40.0)),
                    points: [Point::default(); FACE_POINTS],
                })
                .collect();
            let mut kept = all.clone();
            non_maximum_suppression(&mut kept);
            let hidden = |better: Rect, other: Rect| {
                let across =
                    (better.x + better.width).min(other.x + other.width) - better.x.max(other.x);
                let down =
                    (better.y + better.height).min(other.y + other.height) - better.y.max(other.y);
                let shared = across.max(0.0) * down.max(0.0);
                let (one, two) = (better.width * better.height, other.width * other.height);
                shared > 0.4 * (one + two - shared) || shared > 0.8 * two
            };
            for (i, a) in kept.iter().enumerate() {
                for b in &kept[..i] {
                    assert!(b.score >= a.score && !hidden(b.bounds, a.bounds));
                }
            }
            for dropped in all.iter().filter(|face| !kept.contains(face)) {
                assert!(
                    kept.iter().any(|better| better.score >= dropped.score
                        && hidden(better.bounds, dropped.bounds))
                );
            }
        }
    }

    proptest! {
        #[test]
        fn suppression_chooses_some_of_the_faces_whatever_their_order_and_once_and_for_all(
            boxes in vec((0..60_u8, 0..60_u8, 1..40_u8, 1..40_u8), 0..40).prop_shuffle(), order: u64,
        ) {
            // Different scores: of equal ones the earlier wins, and then order does matter.
            let all: Vec<Detection> = boxes
                .iter()
                .enumerate()
                .map(|(index, &(x, y, width, height))| Detection {
                    bounds: Rect::new(x.into(), y.into(), width.into(), height.into()),
                    ..face(index as f32 / 64.0, 0.0)
                })
                .collect();
            let mut kept = all.clone();
            non_maximum_suppression(&mut kept);
            prop_assert!(kept.iter().all(|face| all.contains(face)));
            prop_assert!(kept.is_sorted_by(|a, b| a.score > b.score));
            prop_assert_eq!(kept.is_empty(), all.is_empty());

            let mut again = kept.clone();
            non_maximum_suppression(&mut again);
            prop_assert_eq!(&again, &kept);

            let mut mixed = all.clone();
            let mut state = order;
            for index in (1..mixed.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                mixed.swap(index, (state >> 33) as usize % (index + 1));
            }
            non_maximum_suppression(&mut mixed);
            prop_assert_eq!(&mixed, &kept);
        }
    }

    #[test]
    fn a_small_box_in_a_better_large_one_goes_and_a_large_one_around_a_better_small_one_stays() {
        let boxed = |score, side| Detection {
            bounds: Rect::new(0.0, 0.0, side, side),
            ..face(score, 0.0)
        };
        let mut inside = vec![boxed(0.9, 40.0), boxed(0.5, 10.0)];
        non_maximum_suppression(&mut inside);
        assert_eq!(inside, [boxed(0.9, 40.0)]);
        let mut around = vec![boxed(0.5, 40.0), boxed(0.9, 10.0)];
        non_maximum_suppression(&mut around);
        assert_eq!(around, [boxed(0.9, 10.0), boxed(0.5, 40.0)]);
    }

    #[test]
    fn a_cell_decodes_to_the_box_and_points_it_was_made_from() {
        let (stride, x, y) = (16.0, 2.5 * 16.0, 1.5 * 16.0);
        let mut data = vec![-20.0; 4 * 3 * CHANNELS];
        let cell = &mut data[(4 + 2) * CHANNELS..][..CHANNELS];
        let (left, top, right, bottom) = (11.0, 3.0, 70.0, 41.0);
        cell[..5].copy_from_slice(&[
            2.0,
            (x - left) / stride,
            (y - top) / stride,
            (right - x) / stride,
            (bottom - y) / stride,
        ]);
        for (i, offset) in cell[5..].iter_mut().enumerate() {
            *offset = i as f32;
        }
        let mut found = Vec::new();
        decode(
            Output {
                data: &data,
                width: 4,
            },
            stride,
            0.0,
            &mut found,
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].bounds, Rect::new(11.0, 3.0, 59.0, 38.0));
        assert_eq!(
            found[0].points[4],
            Point::new(x + 8.0 * 16.0, y + 9.0 * 16.0)
        );
        assert!((found[0].score - 0.880_797).abs() < 1e-5);
    }

    #[test]
    fn the_long_side_is_exact_and_the_short_side_rounded() {
        for (given, wanted) in [
            (Size::new(640, 480), Size::new(320, 240)),
            (Size::new(200, 133), Size::new(320, 213)),
            (Size::new(3, 4000), Size::new(1, 320)),
            (Size::new(1, 1), Size::new(320, 320)),
        ] {
            assert_eq!(scaled_to(given, 320), wanted);
        }
    }
}
