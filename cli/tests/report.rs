//! `moue eval --report`: a page that holds everything, says what the command says, and never harms what stands in its folder.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{astronaut, both, command, folder, lines, moue, stderr};
use image::imageops::{self, FilterType};

/// The astronaut's face, 48 x 48.
fn face() -> Vec<u8> {
    let photo = image::open(astronaut()).expect("the photo").into_luma8();
    let face = imageops::crop_imm(&photo, 165, 60, 120, 120).to_image();
    imageops::resize(&face, 48, 48, FilterType::Triangle).into_raw()
}

/// The smiling face three times, of which one is labelled fear and one disgust.
fn faces(folder: &Path, name: &str) -> PathBuf {
    let pixels: Vec<String> = face().iter().map(u8::to_string).collect();
    let pixels = pixels.join(" ");
    let rows = [3, 2, 1].map(|label| format!("{label},{pixels},PublicTest"));
    let path = folder.join(name);
    fs::write(
        &path,
        format!("emotion,pixels,Usage\n{}\n", rows.join("\n")),
    )
    .expect("a file");
    path
}

fn eval(faces: &Path, report: &Path, more: &[&str]) -> Output {
    let text = |path: &Path| path.to_str().expect("a plain path").to_owned();
    let arguments = [
        "eval".to_owned(),
        text(faces),
        "--split=PublicTest".to_owned(),
        "--json".to_owned(),
        "--report".to_owned(),
        text(report),
    ];
    moue(
        arguments
            .into_iter()
            .chain(more.iter().map(|&word| word.to_owned())),
    )
}

fn page(report: &Path) -> String {
    fs::read_to_string(report.join("index.html")).expect("a page")
}

/// Linux alone has a device that is always full.
#[cfg(target_os = "linux")]
#[test]
fn the_page_is_written_though_the_figures_cannot_be_printed() {
    let place = folder();
    let report = place.path().join("report");
    let output = command()
        .arg("eval")
        .arg(faces(place.path(), "faces.csv"))
        .args(["--split=PublicTest", "--report"])
        .arg(&report)
        .stdout(fs::File::create("/dev/full").expect("the device"))
        .output()
        .expect("the command starts");
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(page(&report).contains("PublicTest"));
}

#[test]
fn the_page_shows_the_figures_of_the_json_object_and_asks_for_nothing_from_outside() {
    let place = folder();
    let report = place.path().join("new/report");
    let more = ["--corrupt", "--compare", "built-in", "built-in"];
    let output = eval(&faces(place.path(), "fer2013.csv"), &report, &more);
    assert!(output.status.success(), "{}", both(&output));
    let page = page(&report);
    let object = &lines(&output)[0];
    for key in ["accuracy", "balanced_accuracy", "macro_f1", "ece"] {
        let value = object[key].as_f64().expect("a number");
        let words = format!("<b>{:.1} %</b>", 100.0 * value);
        assert!(page.contains(&words), "{key}: {words}");
    }
    // What a browser would fetch, or run, or jump to.
    for word in [
        "<script",
        "<link",
        "<iframe",
        "<object",
        "@import",
        "url(",
        "href",
        "javascript:",
        "onload",
    ] {
        assert!(!page.contains(word), "{word}");
    }
    let sources: Vec<&str> = page.split(" src=").skip(1).collect();
    assert_eq!(sources.len(), 2, "two mistakes, two pictures");
    assert!(
        sources
            .iter()
            .all(|source| source.starts_with("\"data:image/png;base64,"))
    );
    for address in page.split("http").skip(1) {
        let is_name =
            address.starts_with("://www.w3.org/2000/svg") || address.starts_with("-equiv");
        assert!(is_name, "http{}", &address[..40]);
    }
    assert_eq!(page.matches("<svg").count(), 3);
    assert!(page.contains("mouth covered") && page.contains("McNemar"));
    let names: Vec<_> = fs::read_dir(&report)
        .expect("a folder")
        .map(|entry| entry.expect("a file").file_name())
        .collect();
    assert_eq!(names, ["index.html"]);
}

#[test]
fn a_mistake_is_shown_with_its_own_pixels_and_line() {
    let place = folder();
    let report = place.path().join("report");
    let output = eval(&faces(place.path(), "fer2013.csv"), &report, &[]);
    assert!(output.status.success(), "{}", both(&output));
    let page = page(&report);
    let picture = page
        .split("data:image/png;base64,")
        .nth(1)
        .expect("a picture");
    let end = picture.find('"').expect("the end of the address");
    let png = STANDARD.decode(&picture[..end]).expect("base64");
    let picture = image::load_from_memory(&png).expect("a PNG").into_luma8();
    assert_eq!(picture.dimensions(), (48, 48));
    assert_eq!(picture.into_raw(), face());
    assert!(page.contains("line 3") && page.contains("line 4"));
}

#[test]
fn names_from_outside_are_text_and_no_markup() {
    let place = folder();
    let report = place.path().join("report");
    let faces = faces(place.path(), "a<img src=x>&\"b'.csv");
    let output = eval(&faces, &report, &[]);
    assert!(output.status.success(), "{}", both(&output));
    let page = page(&report);
    assert!(page.contains("a&lt;img src=x&gt;&amp;&quot;b'.csv"));
    assert!(!page.contains("<img src=x"));
}

#[test]
fn a_page_of_ours_is_replaced_and_other_files_stay() {
    let place = folder();
    let faces = faces(place.path(), "fer2013.csv");
    let report = place.path().join("report");
    assert!(eval(&faces, &report, &[]).status.success());
    let first = page(&report);
    fs::write(report.join("notes.txt"), "mine").expect("a file");
    let output = eval(&faces, &report, &["--expressions", "6"]);
    assert!(output.status.success(), "{}", both(&output));
    assert_ne!(page(&report), first);
    assert_eq!(
        fs::read(report.join("notes.txt")).expect("it stands"),
        b"mine"
    );
    assert_eq!(fs::read_dir(&report).expect("a folder").count(), 2);
}

#[test]
fn a_page_of_someone_else_is_never_replaced() {
    let place = folder();
    let faces = faces(place.path(), "fer2013.csv");
    let report = place.path().join("site");
    fs::create_dir(&report).expect("a folder");
    fs::write(report.join("index.html"), "<h1>My site</h1>").expect("a page");
    let output = eval(&faces, &report, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    assert!(
        stderr(&output).contains("no report of moue") && output.stdout.is_empty(),
        "{}",
        both(&output)
    );
    assert_eq!(page(&report), "<h1>My site</h1>");
}

#[test]
fn a_report_that_can_not_be_written_leaves_nothing() {
    let place = folder();
    let faces = faces(place.path(), "fer2013.csv");
    let output = eval(&faces, &faces, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    assert!(
        stderr(&output).contains("name a folder"),
        "{}",
        both(&output)
    );
    let output = eval(&faces, &faces.join("report"), &[]);
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 1);
    // Data that can't be read: the folder isn't even made.
    fs::write(&faces, "emotion,pixels,Usage\n3,1 2 3,PublicTest\n").expect("a file");
    let report = place.path().join("report");
    let output = eval(&faces, &report, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    assert!(!report.exists());
}
