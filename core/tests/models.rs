//! Model files that can't be used: each is an error that names what is wrong, for each of the three networks.
//!
//! Made from the shipped files by exchanging words of the same length, so that the rest stays sound.

use moue::{Analyzer, Backend, Kind, ModelInfo, Options};

/// The shipped file with every `from` replaced by `to`, which is as long.
fn patched(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = file.to_vec();
    let mut patches = 0;
    for start in 0..=bytes.len() - from.len() {
        if bytes[start..].starts_with(from.as_bytes()) {
            bytes[start..start + from.len()].copy_from_slice(to.as_bytes());
            patches += 1;
        }
    }
    assert!(patches > 0, "{from} is in the file");
    bytes
}

fn message(kind: Kind, bytes: Vec<u8>) -> String {
    let options = Options::default().backend(Backend::Int8).model(kind, bytes);
    Analyzer::new(options)
        .expect_err("the file is not usable")
        .to_string()
}

fn shipped(kind: Kind) -> &'static [u8] {
    match kind {
        Kind::Detector => moue_models::DETECTOR,
        Kind::Refiner => moue_models::REFINER,
        _ => moue_models::EXPRESSION,
    }
}

const KINDS: [Kind; 3] = [Kind::Detector, Kind::Refiner, Kind::Expression];

#[test]
fn the_shipped_files_load_and_say_what_they_are() {
    for kind in KINDS {
        let info = ModelInfo::read(shipped(kind)).unwrap();
        assert_eq!(info.backend, "int8");
        assert!(info.parameters.is_some_and(|count| count > 10_000));
        for key in ["moue.kind", "moue.version", "moue.license", "moue.card"] {
            assert!(
                info.metadata
                    .iter()
                    .any(|(name, value)| name == key && !value.is_empty()),
                "{kind:?} {key}"
            );
        }
        assert!(Analyzer::new(Options::default().model(kind, shipped(kind))).is_ok());
    }
}

#[test]
fn a_file_that_is_no_model_is_refused() {
    let photo = include_bytes!("../../tests/photos/astronaut.jpg");
    for kind in KINDS {
        let whole = shipped(kind);
        for bytes in [
            &[][..],
            b"hello",
            &photo[..],
            &whole[..whole.len() / 2],
            &whole[..whole.len() - 1],
        ] {
            let message = message(kind, bytes.to_vec());
            assert!(
                message.contains(&format!("the {} model can't be used", kind.name())),
                "{message}"
            );
        }
    }
}

#[test]
fn a_network_of_another_kind_is_named() {
    for kind in KINDS {
        for other in KINDS {
            if other != kind {
                let message = message(kind, shipped(other).to_vec());
                assert!(
                    message.contains(kind.name()) && message.contains(other.name()),
                    "{message}"
                );
            }
        }
    }
}

#[test]
fn an_operator_outside_the_format_is_named() {
    for kind in KINDS {
        let bytes = patched(shipped(kind), "\"\u{4}Conv", "\"\u{4}Cosh");
        let message = message(kind, bytes);
        assert!(message.contains("Cosh"), "{message}");
    }
}

#[test]
fn missing_or_senseless_metadata_is_named() {
    for (kind, from, to, words) in [
        (
            Kind::Expression,
            "moue.labels",
            "moue.labelz",
            "moue.labels",
        ),
        (
            Kind::Expression,
            "moue.template",
            "moue.templatf",
            "moue.template",
        ),
        (
            Kind::Expression,
            "moue.temperature.fer2013",
            "moue.temperature.fer2014",
            "moue.temperature.fer2013",
        ),
        (
            Kind::Detector,
            "moue.threshold",
            "moue.thresholf",
            "moue.threshold",
        ),
        (Kind::Detector, "8,16,32", "8,16,99", "moue.strides"),
        (Kind::Refiner, "moue.kind", "moue.kinf", "moue.kind"),
        (Kind::Refiner, "0.99", "0.09", "moue.follow_threshold"),
    ] {
        let message = message(kind, patched(shipped(kind), from, to));
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn missing_duplicate_and_unknown_labels_are_named() {
    for (from, to, words) in [
        ("disgust", "neutral", "\"neutral\" is there more than once"),
        (
            "disgust,",
            "disgust ",
            "\"disgust fear\" is not an expression",
        ),
        (
            "angry,disgust",
            "disgustlonger",
            "\"disgustlonger\" is not an expression",
        ),
        (",neutral", "        ", "\"neutral\" is missing"),
    ] {
        let message = message(Kind::Expression, patched(moue_models::EXPRESSION, from, to));
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn an_output_under_another_name_is_missed() {
    for (kind, from, to) in [
        (Kind::Detector, "stride16", "strode16"),
        (Kind::Refiner, "points", "pointz"),
        (Kind::Expression, "consensus", "concensus"),
    ] {
        let bytes = patched(shipped(kind), from, to);
        // The temperature's key holds the name too.
        let bytes = if kind == Kind::Expression {
            patched(
                &bytes,
                "moue.temperature.concensus",
                "moue.temperature.consensus",
            )
        } else {
            bytes
        };
        let message = message(kind, bytes);
        assert!(
            message.contains(from) && message.contains("no such output"),
            "{message}"
        );
    }
}
