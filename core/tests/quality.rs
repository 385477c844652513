//! What is measured on a face follows what is done to its photo.

mod support;

use image::{GrayImage, imageops};
use moue::quality::{Quality, Reason, Thresholds};
use moue::resample::{LumaView, Resampler};
use moue::{Point, Pose, Similarity, Size};
use support::{noise, photo, view};

const SIDE: u32 = 48;

/// A photo with its face's five points, marked by hand.
struct Face {
    photo: GrayImage,
    points: [Point; 5],
}

fn faces() -> [Face; 2] {
    let points = |xy: [(f32, f32); 5]| xy.map(|(x, y)| Point::new(x, y));
    [
        Face {
            photo: photo("astronaut.jpg"),
            points: points([
                (203.7, 100.8),
                (246.3, 103.0),
                (225.8, 126.7),
                (205.0, 140.8),
                (243.7, 141.3),
            ]),
        },
        Face {
            photo: photo("grace_hopper.jpg"),
            points: points([
                (222.5, 190.5),
                (304.5, 187.0),
                (267.5, 235.0),
                (229.5, 281.3),
                (305.5, 277.5),
            ]),
        },
    ]
}

/// A square about the face, twice as wide as its eyes are apart.
fn square_about(points: &[Point; 5]) -> Similarity {
    let scale = 2.2 * f64::from(points[0].distance(points[1])) / f64::from(SIDE);
    let half = scale * f64::from(SIDE) / 2.0;
    Similarity::scaled(
        scale,
        f64::from(points[2].x) - half,
        f64::from(points[2].y) - half,
    )
}

fn crop_of(face: &Face) -> GrayImage {
    let mut pixels = vec![0; (SIDE * SIDE) as usize];
    Resampler::new()
        .warp(
            view(&face.photo),
            &square_about(&face.points),
            SIDE,
            &mut pixels,
        )
        .expect("a usable transform and a fitting buffer");
    GrayImage::from_raw(SIDE, SIDE, pixels).expect("as many bytes as pixels")
}

/// The quality of a face whose crop has been changed.
fn measured(face: &Face, crop: &GrayImage) -> Quality {
    Quality::measure(view(crop), &square_about(&face.points), &face.points, 1)
}

fn dimmed(crop: &GrayImage, gain: f32) -> GrayImage {
    let mut crop = crop.clone();
    crop.iter_mut()
        .for_each(|pixel| *pixel = (f32::from(*pixel) * gain) as u8);
    crop
}

#[test]
fn good_photos_have_no_reason() {
    for face in faces() {
        let quality = measured(&face, &crop_of(&face));
        assert_eq!(quality.reason(&Thresholds::default()), None, "{quality:?}");
    }
}

#[test]
fn blurring_lowers_sharpness_step_by_step_until_it_is_the_reason() {
    for face in faces() {
        let crop = crop_of(&face);
        let blurred = |sigma: f32| measured(&face, &imageops::blur(&crop, sigma));
        let sharpness: Vec<f32> = [0.3, 0.6, 0.9, 1.3, 1.8, 2.5, 4.0]
            .map(|sigma| blurred(sigma).sharpness)
            .to_vec();
        assert!(
            sharpness.is_sorted_by(|sharper, blurrier| sharper > blurrier),
            "{sharpness:?}"
        );
        assert_eq!(
            blurred(3.0).reason(&Thresholds::default()),
            Some(Reason::Blurred)
        );
    }
}

#[test]
fn dimming_lowers_brightness_and_contrast_but_not_sharpness() {
    for face in faces() {
        let crop = crop_of(&face);
        let full = measured(&face, &crop);
        for gain in [0.8, 0.6, 0.4] {
            let dim = measured(&face, &dimmed(&crop, gain));
            assert!(
                (dim.brightness / full.brightness - gain).abs() < 0.02,
                "{dim:?}"
            );
            assert!(
                (dim.contrast / full.contrast - gain).abs() < 0.02,
                "{dim:?}"
            );
            assert!(
                (dim.sharpness / full.sharpness - 1.0).abs() < 0.05,
                "{dim:?}"
            );
            assert_eq!(dim.reason(&Thresholds::default()), None, "{dim:?}");
        }
        assert_eq!(
            measured(&face, &dimmed(&crop, 0.1)).reason(&Thresholds::default()),
            Some(Reason::TooDark)
        );
    }
}

#[test]
fn an_overexposed_face_is_too_bright() {
    for face in faces() {
        let mut washed_out = crop_of(&face);
        washed_out
            .iter_mut()
            .for_each(|pixel| *pixel = 225 + *pixel / 9);
        assert_eq!(
            measured(&face, &washed_out).reason(&Thresholds::default()),
            Some(Reason::TooBright)
        );
    }
}

#[test]
fn a_dark_face_that_keeps_its_contrast_is_not_too_dark() {
    // As dark as an underexposed crop, but with the contrast that good light gives to dark skin.
    let thresholds = Thresholds {
        least_brightness: 0.25,
        ..Thresholds::default()
    };
    for face in faces() {
        let mut dark = crop_of(&face);
        dark.iter_mut()
            .for_each(|pixel| *pixel = (u32::from(*pixel).pow(2) / 500).min(255) as u8);
        let quality = measured(&face, &dark);
        assert!(quality.brightness < 0.25, "{quality:?}");
        assert_eq!(quality.reason(&thresholds), None, "{quality:?}");
        let flat = measured(&face, &dimmed(&dark, 0.2));
        assert_eq!(flat.reason(&thresholds), Some(Reason::TooDark), "{flat:?}");
    }
}

#[test]
fn sizes_are_given_in_the_working_picture_and_in_the_frame() {
    let [face, _] = faces();
    let crop = crop_of(&face);
    let eyes = face.points[0].distance(face.points[1]);
    let quality = Quality::measure(view(&crop), &square_about(&face.points), &face.points, 3);
    assert!((quality.side - 2.2 * eyes).abs() < 1e-3);
    assert!((quality.side_in_frame - 6.6 * eyes).abs() < 1e-3);
    assert!((quality.eye_distance - 3.0 * eyes).abs() < 1e-3);
}

#[test]
fn a_face_of_few_pixels_is_too_small() {
    let [face, _] = faces();
    let crop = crop_of(&face);
    let side = |pixels: f64| {
        let to_picture = Similarity::scaled(pixels / f64::from(SIDE), 0.0, 0.0);
        Quality::measure(view(&crop), &to_picture, &face.points, 1).reason(&Thresholds::default())
    };
    assert_eq!(side(23.0), Some(Reason::TooSmall));
    assert_eq!(side(25.0), None);
}

#[test]
fn a_face_that_looks_away_is_turned_away() {
    let [face, _] = faces();
    let good = measured(&face, &crop_of(&face));
    let reason = |pose| {
        let mut quality = good;
        quality.pose = pose;
        quality.reason(&Thresholds::default())
    };
    let pose = |yaw, pitch, roll| Some(Pose { yaw, pitch, roll });
    assert_eq!(reason(pose(44.0, -34.0, 170.0)), None);
    assert_eq!(reason(pose(-46.0, 0.0, 0.0)), Some(Reason::TurnedAway));
    assert_eq!(reason(pose(0.0, 36.0, 0.0)), Some(Reason::TurnedAway));
    assert_eq!(reason(None), Some(Reason::TurnedAway));
}

#[test]
fn flat_and_tiny_crops_have_no_sharpness_and_noise_has_twenty() {
    let [face, _] = faces();
    let flat = GrayImage::from_pixel(SIDE, SIDE, image::Luma([120]));
    assert_eq!(measured(&face, &flat).sharpness, 0.0);
    let tiny = LumaView::new(&[0, 255, 0, 255], Size::new(2, 2)).unwrap();
    assert_eq!(
        Quality::measure(tiny, &Similarity::IDENTITY, &face.points, 1).sharpness,
        0.0
    );
    let sharpness = measured(&face, &noise(SIDE, SIDE, 9)).sharpness;
    assert!((sharpness - 20.0).abs() < 1.5, "{sharpness}");
}

#[test]
fn the_photos_faces_look_into_the_camera() {
    for face in faces() {
        let pose = Pose::from_points(&face.points).unwrap();
        assert!(
            pose.yaw.abs() < 20.0 && pose.pitch.abs() < 20.0 && pose.roll.abs() < 10.0,
            "{pose:?}"
        );
    }
}

#[test]
fn reasons_have_a_name_for_machines_and_words_for_people() {
    assert_eq!(Reason::TooSmall.name(), "too_small");
    assert_eq!(Reason::TurnedAway.to_string(), "turned away");
}
