//! The surface as a wrapper sees it: what the core finds comes through whole, and what goes wrong comes out as an error.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};

use crate::face::{self, Face, Rect};
use crate::frame::{Crop, FrameLayout, LumaRange, PixelFormat, check_frame_size, exif_orientation};
use crate::live::{Next, Submitted};
use crate::options::{Budget, Options, default_live_options, default_options};
use crate::provoke::moue_ffi_panic_in_next_call;
use crate::view::{ViewScale, point_to_view, rect_to_view, view_transform};
use crate::{Analyzer, LiveSession, NativeError};

fn astronaut() -> RgbImage {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let photo = image::open(root.join("tests/photos/astronaut.jpg"));
    photo.expect("the photo can be read").to_rgb8()
}

fn layout(format: PixelFormat, width: u32, height: u32) -> FrameLayout {
    FrameLayout {
        format,
        width,
        height,
        row_stride: None,
        pixel_stride: None,
        offset: 0,
        rotation_degrees: 0,
        mirrored: false,
        luma_range: None,
        crop: None,
    }
}

fn grey(width: u32, height: u32) -> (Vec<u8>, FrameLayout) {
    let pixels = vec![128; (width * height) as usize];
    (pixels, layout(PixelFormat::Luma, width, height))
}

fn session() -> Arc<LiveSession> {
    LiveSession::new(default_live_options().unwrap()).unwrap()
}

#[test]
fn faces_of_a_photo_come_through_as_the_core_finds_them() {
    let photo = astronaut();
    let (width, height) = photo.dimensions();
    let faces = Analyzer::new(default_options().unwrap())
        .unwrap()
        .analyze(&photo, layout(PixelFormat::Rgb, width, height))
        .unwrap();

    let mut core = moue::Analyzer::new(moue::Options::default()).unwrap();
    let frame = moue::Frame::rgb(&photo, moue::Size::new(width, height)).unwrap();
    let expected = core.analyze(&frame).unwrap();

    assert_eq!((faces.len(), expected.len()), (1, 1));
    let Face {
        bounds,
        score,
        points,
        quality,
        reading,
    } = faces[0];
    let core = expected[0];
    assert_eq!(
        [bounds.x, bounds.y, bounds.width, bounds.height],
        [
            core.bounds.x,
            core.bounds.y,
            core.bounds.width,
            core.bounds.height
        ]
    );
    assert_eq!(score, core.score);
    let ours = [
        points.image_left_eye,
        points.image_right_eye,
        points.nose,
        points.image_left_mouth,
        points.image_right_mouth,
    ];
    assert_eq!(
        ours.map(|point| (point.x, point.y)),
        core.points.to_array().map(|point| (point.x, point.y))
    );
    let (pose, core_pose) = (quality.pose.unwrap(), core.quality.pose.unwrap());
    assert_eq!(
        [pose.yaw, pose.pitch, pose.roll],
        [core_pose.yaw, core_pose.pitch, core_pose.roll]
    );
    let face::Scores {
        angry,
        disgust,
        fear,
        happy,
        sad,
        surprise,
        neutral,
    } = reading.scores;
    let scores: Vec<f32> = core.reading.scores.iter().map(|(_, score)| score).collect();
    assert_eq!(
        vec![angry, disgust, fear, happy, sad, surprise, neutral],
        scores
    );
    assert_eq!(
        reading.verdict,
        face::Verdict::Certain {
            expression: face::Expression::Happy
        }
    );
}

#[test]
fn a_session_hands_out_what_it_sees_with_the_frames_size_and_time() {
    let photo = astronaut();
    let (width, height) = photo.dimensions();
    let session = session();
    let sideways = FrameLayout {
        rotation_degrees: 90,
        ..layout(PixelFormat::Rgb, height, width)
    };
    let turned = image::imageops::rotate270(&photo);
    let submitted = session.submit(&turned, sideways, 41).unwrap();
    assert_eq!(submitted, Submitted::Waiting);
    let Next::Result { frame } = session.next(60_000).unwrap() else {
        panic!("no result")
    };
    assert_eq!(frame.timestamp_ns, 41);
    assert_eq!(
        (frame.frame_size.width, frame.frame_size.height),
        (width, height)
    );
    assert_eq!(frame.faces.len(), 1);
    assert_eq!((frame.activity.analyzed, frame.activity.read), (1, 1));
    let line = session.trace_line().unwrap();
    assert!(line.starts_with("{\"timestamp_ns\":41,"), "{line}");
    assert!(
        session
            .trace_header()
            .unwrap()
            .starts_with("{\"moue_trace\":1,")
    );
}

#[test]
fn defaults_are_those_of_the_core() {
    let ours = moue::Options::from(default_options().unwrap());
    let live = moue::LiveOptions::from(default_live_options().unwrap());
    assert_eq!(
        format!("{ours:?}"),
        format!("{:?}", moue::Options::default())
    );
    assert_eq!(
        format!("{live:?}"),
        format!("{:?}", moue::LiveOptions::default())
    );
}

#[test]
fn an_analyzer_that_panicked_says_what_happened_and_then_that_it_is_closed() {
    let analyzer = Analyzer::new(default_options().unwrap()).unwrap();
    let (pixels, layout) = grey(64, 48);
    moue_ffi_panic_in_next_call();
    let error = analyzer.analyze(&pixels, layout.clone()).unwrap_err();
    assert!(
        matches!(&error, NativeError::Internal(message) if message.contains("provoked by a test")),
        "{error}"
    );
    for _ in 0..2 {
        let after = analyzer.analyze(&pixels, layout.clone());
        assert!(matches!(after, Err(NativeError::Closed(_))), "{after:?}");
    }
}

#[test]
fn a_session_that_panicked_in_next_says_that_it_is_closed_from_then_on() {
    let session = session();
    let (pixels, layout) = grey(64, 48);
    session.submit(&pixels, layout.clone(), 1).unwrap();
    moue_ffi_panic_in_next_call();
    let error = session.next(1000).unwrap_err();
    assert!(matches!(error, NativeError::Internal(_)), "{error}");
    assert_eq!(session.submit(&pixels, layout, 2), Ok(Submitted::Closed));
    assert_eq!(session.next(1000), Ok(Next::Closed));
    assert_eq!(session.resume(), Ok(()));
    assert_eq!(session.next(1000), Ok(Next::Closed));
}

#[test]
fn a_panic_in_submit_wakes_the_thread_that_waits_for_a_result() {
    let session = session();
    let waiting = thread::spawn({
        let session = session.clone();
        move || session.next(60_000)
    });
    thread::sleep(Duration::from_millis(50));
    let (pixels, layout) = grey(64, 48);
    moue_ffi_panic_in_next_call();
    let error = session.submit(&pixels, layout, 1).unwrap_err();
    assert!(matches!(error, NativeError::Internal(_)), "{error}");
    assert_eq!(waiting.join().unwrap(), Ok(Next::Closed));
}

#[test]
fn a_second_next_is_told_that_another_runs() {
    let session = session();
    let waiting = thread::spawn({
        let session = session.clone();
        // It may itself be told so, by the short calls below.
        move || loop {
            match session.next(60_000) {
                Err(NativeError::Busy(_)) => thread::yield_now(),
                other => break other,
            }
        }
    });
    let busy = loop {
        match session.next(0) {
            Ok(Next::TimedOut) => thread::yield_now(),
            other => break other,
        }
    };
    assert!(matches!(busy, Err(NativeError::Busy(_))), "{busy:?}");
    session.end().unwrap();
    assert_eq!(waiting.join().unwrap(), Ok(Next::Closed));
}

#[test]
fn an_ended_session_is_closed_whatever_is_asked_of_it() {
    let session = session();
    session.end().unwrap();
    session.end().unwrap();
    let (pixels, layout) = grey(64, 48);
    assert_eq!(session.submit(&pixels, layout, 1), Ok(Submitted::Closed));
    assert_eq!(session.next(1000), Ok(Next::Closed));
    for result in [
        session.pause(),
        session.resume(),
        session.calibrate(1),
        session.forget_baseline(1),
        session.set_budget(Budget::Unlimited),
        session.set_thermal(crate::options::Thermal::Serious),
    ] {
        assert_eq!(result, Ok(()));
    }
}

#[test]
fn each_kind_of_mistake_has_its_kind_of_error_and_a_message_with_the_numbers() {
    let (pixels, good) = grey(64, 48);
    let analyzer = Analyzer::new(default_options().unwrap()).unwrap();
    let refused = |layout: FrameLayout| match analyzer.analyze(&pixels, layout) {
        Err(NativeError::BadInput(message)) => message,
        other => panic!("{other:?}"),
    };
    let short = refused(layout(PixelFormat::Luma, 64, 49));
    assert!(
        short.contains("3072 bytes") && short.contains("3136"),
        "{short}"
    );
    let turned = refused(FrameLayout {
        rotation_degrees: 45,
        ..good.clone()
    });
    assert!(turned.contains("45") && turned.contains("270"), "{turned}");
    let far = refused(FrameLayout {
        offset: 4000,
        ..good.clone()
    });
    assert!(far.contains("4000") && far.contains("3072"), "{far}");
    let cropped = refused(FrameLayout {
        crop: Some(Crop {
            x: 60,
            y: 0,
            width: 5,
            height: 1,
        }),
        ..good.clone()
    });
    assert!(cropped.contains("5x1 at (60, 0)"), "{cropped}");
    refused(FrameLayout {
        luma_range: Some(LumaRange::Video),
        ..layout(PixelFormat::Rgb, 32, 32)
    });

    let options = default_options().unwrap();
    let bad_option = Analyzer::new(Options {
        smallest_face: 2.0,
        ..options.clone()
    });
    assert!(
        matches!(bad_option, Err(NativeError::BadInput(message)) if message.contains("smallest_face is 2"))
    );
    let bad_model = Analyzer::new(Options {
        detector_model: Some(b"not a network".to_vec()),
        ..options.clone()
    });
    assert!(matches!(bad_model, Err(NativeError::BadModel(_))));
    let misplaced = Analyzer::new(Options {
        detector_model: Some(moue::embedded_model(moue::Kind::Refiner).to_vec()),
        ..options
    });
    assert!(matches!(misplaced, Err(NativeError::BadModel(_))));

    let session = session();
    let negative = session.submit(&pixels, good.clone(), -5);
    assert!(matches!(negative, Err(NativeError::BadInput(message)) if message.contains("-5 ns")));
    session.submit(&pixels, good.clone(), 5).unwrap();
    let again = session.submit(&pixels, good, 5);
    assert!(matches!(again, Err(NativeError::BadInput(_))), "{again:?}");
}

#[test]
fn a_model_of_ones_own_is_used() {
    let options = Options {
        expression_model: Some(moue::embedded_model(moue::Kind::Expression).to_vec()),
        ..default_options().unwrap()
    };
    assert!(Analyzer::new(options).is_ok());
    let info = crate::model::model_info(moue::embedded_model(moue::Kind::Expression)).unwrap();
    assert_eq!(info.outputs.len(), 2);
    assert!(
        info.metadata
            .iter()
            .any(|entry| entry.key == "moue.kind" && entry.value == "expression")
    );
}

#[test]
fn an_offset_and_strides_are_honoured() {
    let photo = DynamicImage::from(astronaut()).to_luma8();
    let (width, height) = photo.dimensions();
    let (stride, pixel_stride, offset) = (2 * width as usize + 13, 2, 7);
    let mut padded = vec![0; offset + stride * height as usize];
    for (row, from) in padded[offset..]
        .chunks_mut(stride)
        .zip(photo.chunks(width as usize))
    {
        for (to, &from) in row.chunks_mut(pixel_stride).zip(from) {
            to[0] = from;
        }
    }
    let analyzer = Analyzer::new(default_options().unwrap()).unwrap();
    let plain = analyzer.analyze(&photo, layout(PixelFormat::Luma, width, height));
    let strided = analyzer.analyze(
        &padded,
        FrameLayout {
            row_stride: Some(stride as u32),
            pixel_stride: Some(pixel_stride as u32),
            offset: offset as u32,
            ..layout(PixelFormat::Luma, width, height)
        },
    );
    assert_eq!(plain.as_ref().map(Vec::len), Ok(1));
    assert_eq!(plain, strided);
}

#[test]
fn the_size_of_a_picture_can_be_checked_without_its_pixels() {
    check_frame_size(16_384, 8_192).unwrap();
    for (width, height, words) in [
        (16_385, 1, "at most 16384 a side"),
        (16_384, 8_193, "134217728 pixels are allowed; shrink it"),
        (0, 5, "must be at least 1"),
    ] {
        let error = check_frame_size(width, height).unwrap_err();
        assert!(
            matches!(&error, NativeError::BadInput(message) if message.contains(words)),
            "{error}"
        );
    }
}

#[test]
fn exif_orientations_stand_pictures_upright_as_an_image_library_does() {
    let picture = GrayImage::from_fn(48, 32, |x, y| {
        image::Luma([(x * 5 + y * 3 * (x % 7)) as u8])
    });
    for value in 1..=8 {
        let mut upright = DynamicImage::from(picture.clone());
        upright.apply_orientation(Orientation::from_exif(value).unwrap());
        let turn = exif_orientation(value.into()).unwrap();
        let frame = FrameLayout {
            rotation_degrees: turn.rotation_degrees,
            mirrored: turn.mirrored,
            ..layout(PixelFormat::Luma, 48, 32)
        };
        let mut seen = moue::luma::WorkingPicture::new();
        let frame = frame.frame(&picture).unwrap();
        seen.update(&frame, moue::WorkingSize::Standard).unwrap();
        assert_eq!(seen.view().pixels(), upright.to_luma8().as_raw(), "{value}");
    }
    assert!(exif_orientation(0).is_err() && exif_orientation(9).is_err());
}

#[test]
fn the_four_numbers_of_a_view_say_what_the_core_says() {
    let rect = Rect {
        x: 100.0,
        y: 50.0,
        width: 80.0,
        height: 90.0,
    };
    for (scale, core_scale) in [
        (ViewScale::Fit, moue::ViewScale::Fit),
        (ViewScale::Fill, moue::ViewScale::Fill),
    ] {
        for mirrored in [false, true] {
            let shown = Rect {
                x: 20.0,
                y: 0.0,
                width: 440.0,
                height: 640.0,
            };
            let ours = view_transform(shown, 1080.0, 1920.0, scale, mirrored).unwrap();
            let core = moue::ViewTransform::new(shown.into(), 1080.0, 1920.0, core_scale)
                .mirrored(mirrored);
            let (ours, core) = (
                rect_to_view(ours, rect).unwrap(),
                core.rect_to_view(rect.into()),
            );
            for (ours, core) in [
                (ours.x, core.x),
                (ours.y, core.y),
                (ours.width, core.width),
                (ours.height, core.height),
            ] {
                assert!(
                    (ours - core).abs() < 1e-3,
                    "{scale:?} {mirrored}: {ours} {core}"
                );
            }
        }
    }
    let flat = Rect { width: 0.0, ..rect };
    for (shown, width) in [(flat, 1080.0), (rect, 0.0), (rect, f32::NAN)] {
        let refused = view_transform(shown, width, 1920.0, ViewScale::Fit, false);
        assert!(matches!(refused, Err(NativeError::BadInput(_))));
    }
}

#[test]
fn a_mirrored_view_shows_the_frames_left_edge_on_its_right() {
    let frame = Rect {
        x: 0.0,
        y: 0.0,
        width: 480.0,
        height: 640.0,
    };
    let view = view_transform(frame, 960.0, 1280.0, ViewScale::Fit, true).unwrap();
    let left_edge = point_to_view(view, face::Point { x: 0.0, y: 320.0 }).unwrap();
    assert_eq!((left_edge.x, left_edge.y), (960.0, 640.0));
}

#[test]
fn a_sessions_number_is_the_same_each_time_and_dies_with_it() {
    let session = session();
    let number = session.clone().submit_handle().unwrap();
    assert_eq!(session.clone().submit_handle(), Ok(number));
    let found = crate::registry::SESSIONS.get(number.into());
    assert!(found.is_some_and(|found| Arc::ptr_eq(&found, &session)));
    drop(session);
    assert!(crate::registry::SESSIONS.get(number.into()).is_none());
}
