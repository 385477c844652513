//! What `moue analyze` says of photos: the first thing that a newcomer runs.

mod common;

use std::fs;

use common::{analyze, astronaut, both, folder, lines, moue, photo, stdout};
use serde_json::Value;

#[test]
fn the_astronaut_is_one_happy_face() {
    let found = analyze(&astronaut());
    assert_eq!(
        (&found["width"], &found["height"]),
        (&512.into(), &512.into())
    );
    let faces = found["faces"].as_array().expect("a list of faces");
    assert_eq!(faces.len(), 1, "{found}");
    assert_eq!(
        (&faces[0]["expression"], &faces[0]["unsure"]),
        (&"happy".into(), &Value::Null)
    );
}

#[test]
fn the_astronauts_points_are_where_a_person_marks_them() {
    // Read off the photo by eye: the pupils, the tip of the nose, the corners of the mouth.
    let marked = [
        [203.8, 101.2],
        [246.5, 103.4],
        [226.3, 127.0],
        [204.2, 140.4],
        [243.9, 141.4],
    ];
    let found = analyze(&astronaut());
    let names = [
        "image_left_eye",
        "image_right_eye",
        "nose",
        "image_left_mouth",
        "image_right_mouth",
    ];
    for (name, [x, y]) in names.into_iter().zip(marked) {
        let point = &found["faces"][0]["points"][name];
        let [dx, dy] = [
            point[0].as_f64().expect("a number") - x,
            point[1].as_f64().expect("a number") - y,
        ];
        assert!(
            (dx * dx + dy * dy).sqrt() < 5.0,
            "{name}: {point} is not ({x}, {y})"
        );
    }
}

#[test]
fn the_object_of_a_photo_has_the_promised_keys() {
    let found = analyze(&astronaut());
    let keys = |value: &Value| {
        value
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let face = &found["faces"][0];
    // Sorted, as the reader of these tests keeps them.
    assert_eq!(keys(&found), "faces height image width");
    assert_eq!(keys(face), "box expression points score scores unsure");
    assert_eq!(keys(&face["box"]), "height width x y");
    assert_eq!(
        keys(&face["points"]),
        "image_left_eye image_left_mouth image_right_eye image_right_mouth nose"
    );
    assert_eq!(
        keys(&face["scores"]),
        "angry disgust fear happy neutral sad surprise"
    );
}

#[test]
fn scores_are_probabilities_of_the_expressions_that_compete() {
    for (count, names) in [
        ("7", "angry disgust fear happy neutral sad surprise"),
        ("6", "angry fear happy neutral sad surprise"),
        ("5", "angry happy neutral sad surprise"),
    ] {
        let output = moue([
            "analyze".as_ref(),
            "--json".as_ref(),
            "--expressions".as_ref(),
            count.as_ref(),
            astronaut().as_os_str(),
        ]);
        let found = lines(&output).remove(0);
        let scores = found["faces"][0]["scores"].as_object().expect("scores");
        assert_eq!(scores.keys().cloned().collect::<Vec<_>>().join(" "), names);
        let sum: f64 = scores.values().filter_map(Value::as_f64).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{sum}");
    }
}

#[test]
fn results_come_in_the_order_of_the_inputs() {
    let folder = folder();
    let empty = folder.path().join("empty.png");
    fs::write(&empty, "").expect("a file");
    let inputs = [
        photo("grace_hopper.jpg"),
        empty.clone(),
        astronaut(),
        photo("grace_hopper.jpg"),
        astronaut(),
    ];
    let output = moue(
        ["analyze".as_ref(), "--json".as_ref()]
            .into_iter()
            .chain(inputs.iter().map(|input| input.as_os_str())),
    );
    let named: Vec<String> = lines(&output)
        .iter()
        .map(|line| line["image"].as_str().expect("a path").to_owned())
        .collect();
    assert_eq!(
        named,
        inputs.map(|input| input.to_str().expect("a plain path").to_owned())
    );
}

#[test]
fn a_folder_is_searched_and_the_table_has_each_face_with_its_points() {
    let folder = folder();
    fs::create_dir(folder.path().join("deep")).expect("a folder");
    fs::copy(astronaut(), folder.path().join("deep/astronaut.jpg")).expect("a copy of the photo");
    fs::write(folder.path().join("notes.txt"), "no photo").expect("a file");
    let output = moue(["analyze".as_ref(), folder.path().as_os_str()]);
    assert!(output.status.success(), "{}", both(&output));
    let text = stdout(&output);
    assert_eq!(
        text.lines().count(),
        4,
        "photo, headings, face, points: {text}"
    );
    for words in ["astronaut.jpg  512 x 512, 1 face", "happy", "nose 22"] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn only_the_largest_faces_are_reported_where_fewer_are_asked_for() {
    let folder = folder();
    let face = image::open(astronaut()).expect("the photo").into_rgb8();
    let mut group = image::RgbImage::from_pixel(900, 512, image::Rgb([128; 3]));
    image::imageops::replace(&mut group, &face, 0, 0);
    image::imageops::replace(
        &mut group,
        &image::imageops::thumbnail(&face, 380, 380),
        515,
        60,
    );
    let path = folder.path().join("group.png");
    group.save(&path).expect("a picture");

    let all = analyze(&path)["faces"].as_array().expect("faces").clone();
    assert!(all.len() >= 2, "both faces of the group: {all:?}");
    let output = moue([
        "analyze".as_ref(),
        "--json".as_ref(),
        "--most-faces".as_ref(),
        "1".as_ref(),
        path.as_os_str(),
    ]);
    let one = lines(&output).remove(0)["faces"]
        .as_array()
        .expect("faces")
        .clone();
    assert_eq!(one, all[..1]);
}
