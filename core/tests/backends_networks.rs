//! Whole networks through tract: the embedded ones say what they say on the int8 engine, and f32 files get their labels right or a clear error.
//!
//! `backends` compares operator by operator; here their differences add up over all layers.

#[path = "../../nn/tests/support/mod.rs"]
mod onnx_support;
mod support;

use std::collections::BTreeSet;

use image::{GrayImage, imageops};
use moue::resample::Resampler;
use moue::{
    Analyzer, Backend, Expression, ExpressionReader, ExpressionSet, Face, Head, Options, Point,
    Scores,
};
use onnx_support::Random;
use onnx_support::onnx::{Dim, File, Info};
use support::{frame, photo, view};

const PHOTOS: [&str; 2] = ["astronaut.jpg", "grace_hopper.jpg"];
const WARPS: u64 = 120;

/// The most by which a score may differ; less than 0.01 is seen.
const SCORE: f32 = 0.05;

/// A lead of the best score over the second that such differences don't overturn.
const CLEAR: f32 = 2.0 * SCORE;

/// The most by which a point may differ, as a share of the eye distance: a pixel or so in these photos.
const POINT: f32 = 0.02;

/// The only face of a photo.
fn face(image: &GrayImage, backend: Backend) -> Face {
    let mut analyzer = Analyzer::new(Options::default().backend(backend)).expect("embedded");
    let faces = analyzer.analyze(&frame(image)).expect("a valid frame");
    assert_eq!(faces.len(), 1, "{backend:?}: {faces:#?}");
    faces[0]
}

fn lead(scores: &Scores) -> f32 {
    let mut sorted: Vec<f32> = scores.iter().map(|(_, score)| score).collect();
    sorted.sort_by(f32::total_cmp);
    sorted[6] - sorted[5]
}

/// A crop of a face whose points are off by up to an eighth of the eye distance, lighter or darker, with more or less contrast.
fn crop(image: &GrayImage, face: &Face, reader: &ExpressionReader, random: &mut Random) -> Vec<u8> {
    let points = face.points.to_array();
    let reach = points[0].distance(points[1]) / 4.0;
    let moved = points.map(|point| {
        let mut offset = || (random.fraction() as f32 - 0.5) * reach;
        Point::new(point.x + offset(), point.y + offset())
    });
    let side = reader.side();
    let to_picture = reader
        .template()
        .crop_to_picture(&moved, side)
        .expect("five points of a face");
    let mut crop = vec![0; (side * side) as usize];
    Resampler::new()
        .warp(view(image), &to_picture, side, &mut crop)
        .expect("a transform within the photo");
    let (contrast, shift) = (
        0.5 + random.fraction() as f32,
        60.0 * random.fraction() as f32 - 30.0,
    );
    for byte in &mut crop {
        *byte = ((f32::from(*byte) - 128.0) * contrast + 128.0 + shift).clamp(0.0, 255.0) as u8;
    }
    crop
}

#[test]
fn faces_with_a_clear_lead_get_the_same_label() {
    let [mut int8, mut tract] = [Backend::Int8, Backend::Tract]
        .map(|backend| ExpressionReader::embedded(backend).expect("embedded"));
    let photos = PHOTOS.map(|name| {
        let upright = photo(name);
        let mirrored = imageops::flip_horizontal(&upright);
        [upright, mirrored].map(|image| (face(&image, Backend::Int8), image))
    });
    let (mut compared, mut labels) = (0, BTreeSet::new());
    for seed in 0..WARPS {
        let random = &mut Random(seed);
        let (face, image) = &photos[(seed % 2) as usize][random.below(2)];
        let crop = crop(image, face, &int8, random);
        let head = random.pick(&[Head::Consensus, Head::Fer2013]);
        let [ours, tracts] = [&mut int8, &mut tract].map(|reader| {
            reader
                .read(&crop, head, ExpressionSet::Seven)
                .expect("a crop of its size")
        });
        for (expression, score) in ours.iter() {
            assert!(
                (score - tracts[expression]).abs() < SCORE,
                "seed {seed}: {ours:?} and {tracts:?}"
            );
        }
        if lead(&ours) > CLEAR {
            assert_eq!(
                ours.best(),
                tracts.best(),
                "seed {seed}: {ours:?} and {tracts:?}"
            );
            compared += 1;
            labels.insert(ours.best());
        }
    }
    assert!(
        compared >= 100,
        "only {compared} of {WARPS} have a clear lead"
    );
    assert!(labels.len() > 1, "all are {labels:?}: nothing is compared");
}

#[test]
fn both_backends_find_the_same_face_in_each_photo() {
    for name in PHOTOS {
        let image = photo(name);
        let [ours, tracts] = [Backend::Int8, Backend::Tract].map(|backend| face(&image, backend));
        let points = ours.points.to_array();
        let reach = POINT * points[0].distance(points[1]);
        for (a, b) in points.into_iter().zip(tracts.points.to_array()) {
            assert!(a.distance(b) < reach, "{name}: {a:?} and {b:?}");
        }
        assert!((ours.score - tracts.score).abs() < SCORE, "{name}");
    }
}

const LABELS: [Expression; 7] = [
    Expression::Neutral,
    Expression::Happy,
    Expression::Sad,
    Expression::Angry,
    Expression::Fear,
    Expression::Disgust,
    Expression::Surprise,
];

fn sizes(sizes: &[i64]) -> Vec<Dim> {
    sizes.iter().map(|&size| Dim::Value(size)).collect()
}

/// An f32 expression network whose largest output on a white picture is number `largest`. A black picture makes it the smallest.
fn f32_network(input: &[i64], largest: usize) -> File {
    let mut file = File::default();
    file.inputs.push(Info::new("picture", &sizes(input)));
    let channels = input[1] as usize;
    let weights = [vec![1.0; channels], vec![-1.0; channels]].concat();
    let weights = file.floats("weights", &[2, channels, 1, 1], &weights);
    let shift = file.floats("shift", &[2], &[0.0, 0.5]);
    let conv = file.add_node("Conv", "conv", &["picture", &weights, &shift], vec![]);
    let relu = file.add_node("Relu", "relu", &[&conv], vec![]);
    let mean = file.add_node("GlobalAveragePool", "mean", &[&relu], vec![]);
    let flat = file.add_node("Flatten", "flat", &[&mean], vec![]);
    // Row 0 is multiplied by the picture's brightness, row 1 by what it is darker than grey.
    let mut matrix = [0.0; 14];
    (matrix[largest], matrix[7 + largest]) = (5.0, -10.0);
    let matrix = file.floats("matrix", &[2, 7], &matrix);
    let bias = file.floats("bias", &[7], &[0.0; 7]);
    for head in [Head::Fer2013, Head::Consensus] {
        file.add_node("Gemm", head.name(), &[&flat, &matrix, &bias], vec![]);
        file.node(head.name()).outputs = vec![head.name().to_owned()];
        file.outputs.push(Info::new(head.name(), &sizes(&[1, 7])));
    }
    for (key, value) in [
        ("moue.kind", "expression"),
        ("moue.labels", &*LABELS.map(Expression::name).join(",")),
        (
            "moue.template",
            "0.3,0.4,0.7,0.4,0.5,0.6,0.35,0.75,0.65,0.75",
        ),
        ("moue.temperature.fer2013", "1"),
        ("moue.temperature.consensus", "1"),
    ] {
        file.metadata.push((key.to_owned(), value.to_owned()));
    }
    file
}

#[test]
fn each_output_of_an_f32_network_gets_the_label_that_the_file_gives_it() {
    for (index, label) in LABELS.into_iter().enumerate() {
        let file = f32_network(&[1, 1, 48, 48], index).encode();
        let mut reader = ExpressionReader::from_onnx(&file, Backend::Auto).expect("tract reads it");
        let mut read = |byte: u8| {
            reader
                .read(&[byte; 48 * 48], Head::Consensus, ExpressionSet::Seven)
                .expect("a crop of its size")
        };
        let (white, black) = (read(255), read(0));
        assert_eq!(white.best(), label);
        assert!(white[label] > 0.9, "{white:?}");
        assert!(black[label] < 0.01, "{black:?}");
    }
}

#[test]
fn missing_metadata_of_an_f32_network_is_named() {
    for key in [
        "moue.labels",
        "moue.template",
        "moue.temperature.fer2013",
        "moue.temperature.consensus",
    ] {
        let mut file = f32_network(&[1, 1, 48, 48], 0);
        file.metadata.retain(|(given, _)| given != key);
        let message = ExpressionReader::from_onnx(&file.encode(), Backend::Auto)
            .expect_err("a key is missing")
            .to_string();
        assert!(message.contains(key), "{key}: {message}");
    }
}

#[test]
fn an_input_of_two_channels_is_refused_with_what_is_needed() {
    let file = f32_network(&[1, 2, 48, 48], 0).encode();
    for backend in [Backend::Auto, Backend::Tract] {
        let message = ExpressionReader::from_onnx(&file, backend)
            .expect_err("two channels")
            .to_string();
        assert!(
            message.contains("1 or 3 channels"),
            "{backend:?}: {message}"
        );
    }
}

#[test]
fn a_huge_declared_input_is_refused_before_memory_is_taken() {
    let file = f32_network(&[1, 1, 1_000_000, 1_000_000], 0).encode();
    for backend in [Backend::Auto, Backend::Tract] {
        let mut message = String::new();
        let memory = allocation_counter::measure(|| {
            message = ExpressionReader::from_onnx(&file, backend)
                .expect_err("far too large")
                .to_string();
        });
        assert!(
            message.contains("a square of 16 to 512 pixels"),
            "{backend:?}: {message}"
        );
        // The picture alone would take 4 TB.
        assert!(memory.bytes_max < 16 << 20, "{backend:?}: {memory:?}");
    }
}
