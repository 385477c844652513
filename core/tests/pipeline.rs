//! The whole way from a frame to faces, on real photos. Where the faces lie was marked by hand.

mod support;

use image::{GrayImage, imageops};
use moue::{
    Analyzer, Expression, ExpressionSet, Face, Frame, Head, Options, Point, Rotation, Size,
    Thresholds, Verdict,
};
use support::{frame, noise, photo, size_of};

/// Image-left eye, image-right eye, nose, image-left and image-right mouth corner, marked by hand in the photos.
const ASTRONAUT: [(f32, f32); 5] = [
    (203.0, 101.5),
    (246.0, 103.5),
    (224.0, 127.0),
    (204.0, 140.5),
    (245.0, 141.0),
];
const HOPPER: [(f32, f32); 5] = [
    (221.5, 190.5),
    (304.5, 187.0),
    (267.0, 242.0),
    (230.0, 280.5),
    (308.0, 278.5),
];

fn analyze(image: &GrayImage) -> Vec<Face> {
    analyze_with(Options::default(), &frame(image))
}

fn analyze_with(options: Options, frame: &Frame<'_>) -> Vec<Face> {
    Analyzer::new(options)
        .expect("the embedded models load")
        .analyze(frame)
        .expect("a valid frame")
        .to_vec()
}

fn only(faces: &[Face]) -> Face {
    assert_eq!(faces.len(), 1, "{faces:#?}");
    faces[0]
}

/// Mean distance of a face's points from `wanted`, as a share of the wanted eye distance.
fn point_error(face: &Face, wanted: [Point; 5]) -> f32 {
    let found = face.points.to_array();
    let sum: f32 = found
        .iter()
        .zip(wanted)
        .map(|(found, wanted)| found.distance(wanted))
        .sum();
    sum / 5.0 / wanted[0].distance(wanted[1])
}

fn marked(points: [(f32, f32); 5]) -> [Point; 5] {
    points.map(|(x, y)| Point::new(x, y))
}

#[test]
fn each_photo_shows_one_face_with_its_points_where_a_person_marks_them() {
    for (name, points) in [("astronaut.jpg", ASTRONAUT), ("grace_hopper.jpg", HOPPER)] {
        let face = only(&analyze(&photo(name)));
        let error = point_error(&face, marked(points));
        assert!(error < 0.1, "{name}: {error}");
        for point in face.points.to_array() {
            assert!(face.bounds.contains(point), "{name}: {face:?}");
        }
    }
}

#[test]
fn the_astronaut_is_happy_and_scores_are_probabilities() {
    let face = only(&analyze(&photo("astronaut.jpg")));
    assert_eq!(face.reading.verdict, Verdict::Certain(Expression::Happy));
    let sum: f32 = face.reading.scores.iter().map(|(_, score)| score).sum();
    assert!((sum - 1.0).abs() < 1e-5);
}

#[test]
fn a_turned_or_mirrored_camera_gives_the_same_faces_to_the_last_bit() {
    let upright = photo("astronaut.jpg");
    let expected = analyze(&upright);
    // What a camera delivers whose sensor stands so: the photo turned back.
    let turned = [
        (Rotation::Deg90, imageops::rotate270(&upright)),
        (Rotation::Deg180, imageops::rotate180(&upright)),
        (Rotation::Deg270, imageops::rotate90(&upright)),
    ];
    for (rotation, seen) in &turned {
        assert_eq!(
            analyze_with(Options::default(), &frame(seen).rotated(*rotation)),
            expected,
            "{rotation:?}"
        );
    }
    let mirrored = imageops::flip_horizontal(&upright);
    assert_eq!(
        analyze_with(Options::default(), &frame(&mirrored).mirrored(true)),
        expected
    );
}

#[test]
fn a_mirrored_photo_gives_the_mirrored_face() {
    let photo = photo("grace_hopper.jpg");
    let face = only(&analyze(&photo));
    let mirrored = only(&analyze(&imageops::flip_horizontal(&photo)));
    let flip = |point: Point| Point::new(photo.width() as f32 - point.x, point.y);
    let [a, b, c, d, e] = face.points.to_array().map(flip);
    assert!(
        point_error(&mirrored, [b, a, c, e, d]) < 0.05,
        "{face:?} {mirrored:?}"
    );
}

#[test]
fn a_dimmed_or_shrunk_photo_gives_the_same_face() {
    let photo = photo("astronaut.jpg");
    let face = only(&analyze(&photo));
    let mut dimmed = photo.clone();
    for pixel in dimmed.iter_mut() {
        *pixel /= 2;
    }
    assert!(point_error(&only(&analyze(&dimmed)), face.points.to_array()) < 0.06);
    let half = imageops::resize(&photo, 256, 256, imageops::FilterType::Triangle);
    let scaled = face
        .points
        .to_array()
        .map(|point| Point::new(point.x / 2.0, point.y / 2.0));
    assert!(point_error(&only(&analyze(&half)), scaled) < 0.06);
}

#[test]
fn a_photo_on_its_side_is_not_needed_to_find_a_head_tilted_by_twenty_degrees() {
    let photo = photo("grace_hopper.jpg");
    let (cos, sin) = (0.939_692_6, 0.342_020_1); // of 20 degrees
    let (cx, cy) = (256.0, 300.0);
    let tilted = GrayImage::from_fn(photo.width(), photo.height(), |x, y| {
        let (dx, dy) = (x as f32 + 0.5 - cx, y as f32 + 0.5 - cy);
        let (sx, sy) = (cos * dx + sin * dy + cx, -sin * dx + cos * dy + cy);
        *photo.get_pixel((sx.max(0.0) as u32).min(511), (sy.max(0.0) as u32).min(599))
    });
    let turn = |(x, y): (f32, f32)| {
        let (dx, dy) = (x - cx, y - cy);
        Point::new(cos * dx - sin * dy + cx, sin * dx + cos * dy + cy)
    };
    let face = only(&analyze(&tilted));
    assert!(point_error(&face, HOPPER.map(turn)) < 0.12, "{face:?}");
    let roll = face.quality.pose.expect("a face seen from the front").roll;
    let upright = only(&analyze(&photo))
        .quality
        .pose
        .expect("a face seen from the front")
        .roll;
    assert!((roll - upright - 20.0).abs() < 5.0, "{roll} {upright}");
}

#[test]
fn a_group_gives_every_face_once_the_largest_first() {
    let (astronaut, hopper) = (photo("astronaut.jpg"), photo("grace_hopper.jpg"));
    let mut group = GrayImage::from_pixel(1280, 720, image::Luma([90]));
    for (x, y, image) in [
        (0, 0, &astronaut),
        (520, 60, &hopper),
        (
            1040,
            30,
            &imageops::resize(&astronaut, 240, 240, imageops::FilterType::Triangle),
        ),
    ] {
        imageops::overlay(&mut group, image, x, y);
    }
    let faces = analyze_with(Options::default().smallest_face(0.05), &frame(&group));
    let wanted = [
        HOPPER.map(|(x, y)| Point::new(x + 520.0, y + 60.0)),
        marked(ASTRONAUT),
        ASTRONAUT.map(|(x, y)| Point::new(x * 240.0 / 512.0 + 1040.0, y * 240.0 / 512.0 + 30.0)),
    ];
    assert_eq!(faces.len(), 3, "{faces:#?}");
    for (face, wanted) in faces.iter().zip(wanted) {
        assert!(point_error(face, wanted) < 0.15, "{face:?}");
    }
    let two = analyze_with(
        Options::default().smallest_face(0.05).most_faces(2),
        &frame(&group),
    );
    assert_eq!(two, faces[..2]);
}

#[test]
fn pictures_without_a_face_give_none() {
    let gradient = GrayImage::from_fn(640, 480, |x, y| image::Luma([((x + y) / 5) as u8]));
    assert!(analyze(&gradient).is_empty());
    assert!(analyze(&noise(640, 480, 3)).is_empty());
    assert!(analyze(&GrayImage::new(1, 1)).is_empty());
    assert!(analyze(&GrayImage::from_pixel(3, 2000, image::Luma([200]))).is_empty());
}

#[test]
fn heads_and_subsets_change_scores_but_not_faces() {
    let photo = photo("grace_hopper.jpg");
    let seven = only(&analyze(&photo));
    let five = only(&analyze_with(
        Options::default().expressions(ExpressionSet::Five),
        &frame(&photo),
    ));
    assert_eq!(five.points, seven.points);
    assert_eq!(five.reading.scores[Expression::Fear], 0.0);
    let fer2013 = only(&analyze_with(
        Options::default().head(Head::Fer2013),
        &frame(&photo),
    ));
    assert_eq!(fer2013.points, seven.points);
    assert_ne!(fer2013.reading.scores, seven.reading.scores);
}

#[test]
fn the_second_frame_of_a_size_allocates_nothing() {
    let photo = photo("astronaut.jpg");
    let mut analyzer = Analyzer::new(Options::default()).unwrap();
    let first = analyzer.analyze(&frame(&photo)).unwrap().to_vec();
    let counted = allocation_counter::measure(|| {
        assert_eq!(analyzer.analyze(&frame(&photo)).unwrap(), first);
    });
    assert_eq!(counted.count_total, 0, "{counted:?}");
}

#[test]
fn a_bad_frame_is_an_error_and_the_next_good_one_is_read() {
    let photo = photo("astronaut.jpg");
    let mut analyzer = Analyzer::new(Options::default()).unwrap();
    let short = Frame::luma(photo.as_raw(), Size::new(512, 513));
    assert!(
        short
            .and_then(|frame| analyzer.analyze(&frame).map(<[Face]>::len))
            .is_err()
    );
    assert_eq!(analyzer.analyze(&frame(&photo)).unwrap().len(), 1);
    assert_eq!(size_of(&photo), Size::new(512, 512));
}

#[test]
fn options_outside_their_range_are_named() {
    for (options, word) in [
        (Options::default().smallest_face(0.0), "smallest_face"),
        (Options::default().smallest_face(f32::NAN), "smallest_face"),
        (Options::default().most_faces(0), "most_faces"),
        (
            Options::default().thresholds(Thresholds {
                most_yaw: f32::NAN,
                ..Thresholds::default()
            }),
            "thresholds.most_yaw",
        ),
        (
            Options::default().thresholds(Thresholds {
                least_score: 1.5,
                ..Thresholds::default()
            }),
            "least_score",
        ),
    ] {
        let message = Analyzer::new(options).unwrap_err().to_string();
        assert!(message.contains(word), "{message}");
    }
}
