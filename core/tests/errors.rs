//! Every message says what was given, what is allowed and what to do.

use std::error::Error as _;

use moue::error::LabelProblem;
use moue::{Error, Size};

#[test]
fn model_errors_name_the_model_and_what_is_wrong_with_it() {
    let labels = |problem| Error::Labels {
        given: "angry,angry".into(),
        problem,
    };
    for (error, parts) in [
        (
            Error::MissingMetadata {
                model: "detector",
                key: "moue.strides".into(),
            },
            ["detector", "moue.strides", "export"],
        ),
        (
            Error::InvalidMetadata {
                model: "expression",
                key: "moue.template".into(),
                value: "1,2".into(),
                allowed: "ten numbers".into(),
            },
            ["moue.template", "1,2", "ten numbers"],
        ),
        (
            Error::ModelKind {
                expected: "refiner",
                given: "detector".into(),
            },
            ["refiner", "detector", "own place"],
        ),
        (
            Error::ModelShape {
                model: "refiner",
                tensor: "points".into(),
                given: "[1, 8]".into(),
                expected: "[1, 10]".into(),
            },
            ["points", "[1, 8]", "[1, 10]"],
        ),
        (
            labels(LabelProblem::Duplicate("angry".into())),
            ["angry,angry", "more than once", "surprise"],
        ),
        (
            labels(LabelProblem::Missing("happy".into())),
            ["angry,angry", "\"happy\" is missing", "surprise"],
        ),
        (
            labels(LabelProblem::Unknown("glee".into())),
            ["angry,angry", "\"glee\" is not an expression", "surprise"],
        ),
        (
            Error::OptionOutOfRange {
                option: "smallest_face",
                given: "0".into(),
                allowed: "0.02 to 1".into(),
            },
            ["smallest_face", " 0:", "0.02 to 1"],
        ),
    ] {
        let message = error.to_string();
        for part in parts {
            assert!(message.contains(part), "{part:?} is not in: {message}");
        }
        assert!(error.source().is_none());
    }
}

#[test]
fn the_engines_own_error_stays_reachable() {
    let error = Error::Model {
        model: "detector",
        source: "operator \"Gelu\" is not in the grammar".into(),
    };
    assert!(error.to_string().contains("detector") && error.to_string().contains("Gelu"));
    // Once in the message is enough: what prints a chain of sources would say it again.
    assert!(error.source().is_none());
    let Error::Model { source, .. } = error else {
        panic!("still a model error")
    };
    assert!(source.to_string().contains("Gelu"));
}

#[test]
fn errors_cross_threads() {
    fn assert_send<T: Send + Sync + 'static>(_: &T) {}
    assert_send(&Error::EmptyFrame {
        size: Size::new(0, 0),
    });
}
