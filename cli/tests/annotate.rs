//! Annotated pictures: drawn where the face is, written whole or not at all, never over another file's copy.

mod common;

use std::fs;
use std::path::Path;

use common::{analyze, astronaut, both, folder, moue, photo, stderr};
use image::{GenericImageView, imageops};

fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn the_drawing_is_around_the_face_and_nowhere_else() {
    let folder = folder();
    let out = folder.path().join("out.png");
    let output = moue([
        "analyze".as_ref(),
        astronaut().as_os_str(),
        "--annotate".as_ref(),
        out.as_os_str(),
    ]);
    assert!(output.status.success(), "{}", both(&output));

    let (before, after) = (
        image::open(astronaut()).expect("the photo"),
        image::open(&out).expect("its copy"),
    );
    assert_eq!(after.dimensions(), before.dimensions());
    let bounds = &analyze(&astronaut())["faces"][0]["box"];
    let [x, y, width, height] =
        ["x", "y", "width", "height"].map(|key| bounds[key].as_f64().expect("a number"));
    let changed = |x: u32, y: u32| before.get_pixel(x, y) != after.get_pixel(x, y);
    assert!(
        changed(x as u32, (y + height / 2.0) as u32),
        "the left edge of the box"
    );
    assert!(
        changed((x + width / 2.0) as u32, (y + height) as u32 - 1)
            || changed((x + width / 2.0) as u32, (y + height) as u32),
        "the lower edge"
    );
    for (px, py, _) in after.pixels().filter(|&(px, py, _)| changed(px, py)) {
        let (px, py) = (f64::from(px), f64::from(py));
        let near = (x - 20.0..x + width + 80.0).contains(&px)
            && (y - 60.0..y + height + 60.0).contains(&py);
        assert!(near, "({px}, {py}) was drawn on");
    }
}

#[test]
fn several_photos_of_one_name_get_a_copy_each() {
    let folder = folder();
    let (input, out) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir_all(input.join("deep")).expect("folders");
    let small = imageops::thumbnail(
        &image::open(photo("grace_hopper.jpg")).expect("the photo"),
        256,
        300,
    );
    let small = image::DynamicImage::ImageRgba8(small).into_rgb8();
    for name in ["a.bmp", "a.png", "a.jpg", "deep/a.jpg"] {
        small.save(input.join(name)).expect("a copy of the photo");
    }
    let output = moue([
        "analyze".as_ref(),
        input.as_os_str(),
        "--annotate".as_ref(),
        out.as_os_str(),
    ]);
    assert!(output.status.success(), "{}", both(&output));
    assert_eq!(entries(&out), ["a-2.png", "a.jpg", "a.png", "deep"]);
    assert_eq!(entries(&out.join("deep")), ["a.jpg"]);
    assert_eq!(
        entries(&input),
        ["a.bmp", "a.jpg", "a.png", "deep"],
        "the photos are as they were"
    );
}

#[test]
fn a_copy_that_cannot_be_written_leaves_nothing_half_written() {
    let folder = folder();
    let out = folder.path().join("out");
    // A folder stands where the copy should go, so that the last step, the renaming, fails.
    fs::create_dir_all(out.join("astronaut.jpg").join("full")).expect("folders");
    let output = moue([
        "analyze".as_ref(),
        "--json".as_ref(),
        astronaut().as_os_str(),
        "--annotate".as_ref(),
        out.as_os_str(),
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    assert!(
        stderr(&output).contains("can't be written"),
        "{}",
        both(&output)
    );
    assert_eq!(
        common::lines(&output).len(),
        1,
        "the result is there all the same"
    );
    assert_eq!(entries(&out), ["astronaut.jpg"]);
}

#[test]
fn a_folder_that_is_not_there_is_not_made_up_for_a_single_file() {
    let folder = folder();
    let out = folder.path().join("nowhere").join("out.png");
    let output = moue([
        "analyze".as_ref(),
        astronaut().as_os_str(),
        "--annotate".as_ref(),
        out.as_os_str(),
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    assert!(entries(folder.path()).is_empty());
}

#[test]
fn a_file_in_the_place_of_the_folder_is_left_alone() {
    let folder = folder();
    let out = folder.path().join("out");
    fs::write(&out, "mine").expect("a file");
    let output = moue([
        "analyze".as_ref(),
        astronaut().as_os_str(),
        "--annotate".as_ref(),
        out.as_os_str(),
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    assert_eq!(fs::read(&out).expect("the file"), b"mine");
}
