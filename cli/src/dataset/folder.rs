//! Folders of labelled photos, as data sets are handed around: `test/happy/1.jpg`, `test/sad/2.jpg`. A photo's label is the name of the
//! folder that it lies in, just below the one that was given.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use anyhow::{Result, anyhow, bail, ensure};
use moue::{Expression, ExpressionSet};

use super::{Case, Picture, Selection};
use crate::evaluation::LeftOut;
use crate::files;
use crate::output::note;

/// Folder names that stand for each expression, in lower case; capitals make no difference. Numbers aren't among them, since data sets count
/// in different orders.
const NAMES: [(Expression, &[&str]); 7] = [
    (Expression::Angry, &["angry", "anger"]),
    (Expression::Disgust, &["disgust", "disgusted"]),
    (Expression::Fear, &["fear", "fearful", "afraid", "scared"]),
    (Expression::Happy, &["happy", "happiness", "joy"]),
    (Expression::Sad, &["sad", "sadness"]),
    (Expression::Surprise, &["surprise", "surprised"]),
    (Expression::Neutral, &["neutral", "neutrality"]),
];

/// Finds the photos of the expressions in `set`. Those in the folders named in `left_out` are counted and left out.
///
/// # Errors
///
/// For a folder whose name stands for no expression, a photo outside such folders, a name in `left_out` that isn't there, or where no photo
/// is left to judge.
pub fn read(root: &Path, set: ExpressionSet, left_out: &[String]) -> Result<Selection> {
    let mut found = Selection {
        cases: Vec::new(),
        left_out: LeftOut::default(),
    };
    let mut unused: BTreeSet<&str> = left_out.iter().map(String::as_str).collect();
    for input in files::find(&[root.to_path_buf()]) {
        if let Some(problem) = input.problem {
            note(format_args!("{}: {problem}", input.path.display()));
            found.left_out.unreadable += 1;
            continue;
        }
        let folder = label_folder(&input.relative).ok_or_else(|| {
            anyhow!(
                "{}: the photo lies in no folder that tells its expression; photos are expected as in {}",
                input.path.display(),
                root.join("happy").join("1.jpg").display()
            )
        })?;
        if left_out.contains(&folder) {
            unused.remove(folder.as_str());
            found.left_out.by_name += 1;
            continue;
        }
        let Some(truth) = expression(&folder) else {
            bail!(unknown(&root.join(&folder), &folder))
        };
        if set.contains(truth) {
            found.cases.push(Case {
                truth,
                seen: None,
                picture: Picture::Photo {
                    path: input.path,
                    relative: input.relative,
                },
            });
        } else {
            found.left_out.outside_set += 1;
        }
    }
    if let Some(name) = unused.first() {
        bail!(
            "--leave-out {name}: {} holds no photo in a folder of that name",
            root.display()
        );
    }
    ensure!(
        !found.cases.is_empty(),
        "{}: no photo is left to judge by",
        root.display()
    );
    Ok(found)
}

/// The name of the folder that a photo lies in, just below the root.
fn label_folder(relative: &Path) -> Option<String> {
    let mut parts = relative.components();
    match (parts.next(), parts.next()) {
        (Some(Component::Normal(folder)), Some(_)) => Some(folder.to_string_lossy().into_owned()),
        _ => None,
    }
}

fn expression(folder: &str) -> Option<Expression> {
    let name = folder.trim().to_lowercase();
    NAMES
        .iter()
        .find(|(_, names)| names.contains(&name.as_str()))
        .map(|&(expression, _)| expression)
}

fn unknown(path: &Path, folder: &str) -> String {
    let known: Vec<String> = NAMES.iter().map(|(_, names)| names.join("/")).collect();
    format!(
        "{}: \"{folder}\" is no expression that is known: folders are named {}; leave others out with --leave-out {folder}, and name a split's own folder where several lie beside each other",
        path.display(),
        known.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a folder for the test");
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder in it");
            fs::write(path, "").expect("a file in it");
        }
        root
    }

    fn labels(files: &[&str], set: ExpressionSet, left_out: &[&str]) -> Result<Vec<Expression>> {
        let root = folder(files);
        let left_out: Vec<String> = left_out.iter().map(|&name| name.to_owned()).collect();
        let found = read(root.path(), set, &left_out)?;
        Ok(found.cases.iter().map(|case| case.truth).collect())
    }

    #[test]
    fn the_folder_just_below_the_root_is_the_label_in_any_common_spelling() {
        let files = [
            "Anger/1.jpg",
            "disgusted/1.png",
            "fearful/1.jpg",
            "happiness/session 2/sad/1.jpg",
            "neutrality/1.jpg",
            "sadness/1.jpg",
            "SURPRISED/1.jpg",
            "notes/read.me",
        ];
        let found = labels(&files, ExpressionSet::Seven, &[]).expect("labels");
        let mut names: Vec<&str> = found.iter().map(|expression| expression.name()).collect();
        names.sort_unstable();
        let all = [
            "angry", "disgust", "fear", "happy", "neutral", "sad", "surprise",
        ];
        assert_eq!(names, all);
    }

    #[test]
    fn an_unknown_folder_is_named_unless_it_is_left_out() {
        let files = ["happy/1.jpg", "contempt/1.jpg", "contempt/2.jpg"];
        let error = labels(&files, ExpressionSet::Seven, &[]).expect_err("contempt");
        let message = error.to_string();
        assert!(
            message.contains("\"contempt\" is no expression"),
            "{message}"
        );
        assert!(message.contains("--leave-out contempt"), "{message}");

        let root = folder(&files);
        let found = read(root.path(), ExpressionSet::Seven, &["contempt".to_owned()]);
        let found = found.expect("the others");
        assert_eq!((found.cases.len(), found.left_out.by_name), (1, 2));
    }

    #[test]
    fn a_name_that_leaves_nothing_out_is_an_error() {
        let error = labels(&["happy/1.jpg"], ExpressionSet::Seven, &["contemptt"]);
        assert!(
            error
                .expect_err("a typing error")
                .to_string()
                .contains("contemptt")
        );
    }

    #[test]
    fn a_photo_without_a_label_is_an_error() {
        let error = labels(&["happy/1.jpg", "2.jpg"], ExpressionSet::Seven, &[]);
        let message = error.expect_err("no label").to_string();
        assert!(
            message.contains("2.jpg: the photo lies in no folder"),
            "{message}"
        );
    }

    #[test]
    fn expressions_that_do_not_compete_are_counted_and_left_out() {
        let root = folder(&["happy/1.jpg", "fear/1.jpg", "disgust/1.jpg"]);
        let found = read(root.path(), ExpressionSet::Five, &[]).expect("photos");
        assert_eq!((found.cases.len(), found.left_out.outside_set), (1, 2));
    }
}
