//! Where the graph meets its surroundings: versions, the declared input, the declared outputs. The nodes between are left to
//! [`super`].

use crate::Error;
use crate::error::quote;
use crate::network::InputSize;
use crate::onnx::{Dimension, Graph, Model, ValueInfo, data_type};

const IR_VERSIONS: std::ops::RangeInclusive<i64> = 7..=10;
const OPERATOR_SETS: std::ops::RangeInclusive<i64> = 13..=21;

pub(super) fn check_versions(model: &Model<'_>) -> Result<(), Error> {
    if !IR_VERSIONS.contains(&model.ir_version) {
        return Err(Error::model(
            format!("IR version {}", model.ir_version),
            "7 to 10",
        ));
    }
    let mut versions = model
        .operator_sets
        .iter()
        .filter(|(domain, _)| is_default(domain))
        .map(|&(_, version)| version);
    match (versions.next(), versions.next()) {
        (Some(version), None) if OPERATOR_SETS.contains(&version) => Ok(()),
        (Some(version), None) => Err(Error::model(format!("operator set {version}"), "13 to 21")),
        (None, _) => Err(Error::malformed("no operator set is named")),
        (Some(_), Some(_)) => Err(Error::malformed("the default operator set is named twice")),
    }
}

pub(super) fn is_default(domain: &str) -> bool {
    matches!(domain, "" | "ai.onnx")
}

/// The name and size of the graph's only input.
pub(super) fn picture<'a>(graph: &Graph<'a>) -> Result<(&'a str, InputSize), Error> {
    let [input] = &graph.inputs[..] else {
        return Err(Error::model(
            format!("{} inputs", graph.inputs.len()),
            "exactly 1",
        ));
    };
    let refused = |found: String| {
        Error::model(
            format!("input {} {found}", quote(input.name)),
            "float32 [1, 1, H, W], H and W both numbers or both symbols",
        )
    };
    if input.element_type != data_type::FLOAT {
        return Err(refused(format!(
            "of ONNX type number {}",
            input.element_type
        )));
    }
    let shape = input.shape.as_deref().unwrap_or_default();
    let size = |value: i64| usize::try_from(value).ok().filter(|&size| size > 0);
    match *shape {
        [
            Dimension::Value(1) | Dimension::Symbol(_),
            Dimension::Value(1),
            height,
            width,
        ] => match (height, width) {
            (Dimension::Symbol(_), Dimension::Symbol(_)) => Ok((input.name, InputSize::Any)),
            (Dimension::Value(rows), Dimension::Value(columns)) => {
                match (size(rows), size(columns)) {
                    (Some(height), Some(width)) => {
                        Ok((input.name, InputSize::Fixed { height, width }))
                    }
                    _ => Err(refused(format!("of {rows} rows and {columns} columns"))),
                }
            }
            _ => Err(refused(format!("of shape {}", show(shape)))),
        },
        _ => Err(refused(format!("of shape {}", show(shape)))),
    }
}

fn show(shape: &[Dimension<'_>]) -> String {
    let dims: Vec<String> = shape
        .iter()
        .map(|dim| match dim {
            Dimension::Value(value) => value.to_string(),
            Dimension::Symbol(name) => quote(name),
            Dimension::Unknown => "?".to_owned(),
        })
        .collect();
    format!("[{}]", dims.join(", "))
}

/// Height and width of an output where its declared shape fixes them.
pub(super) fn declared_size(
    output: &ValueInfo<'_>,
    channels: usize,
    is_flat: bool,
) -> Result<(Option<usize>, Option<usize>), Error> {
    let Some(shape) = output.shape.as_deref() else {
        return Ok((None, None));
    };
    let fits = |dim: Dimension<'_>, size: usize| match dim {
        Dimension::Value(value) => usize::try_from(value) == Ok(size),
        Dimension::Symbol(_) | Dimension::Unknown => true,
    };
    let size = |dim: Dimension<'_>| match dim {
        Dimension::Value(value) => usize::try_from(value).ok(),
        Dimension::Symbol(_) | Dimension::Unknown => None,
    };
    match *shape {
        [batch, depth] if is_flat && fits(batch, 1) && fits(depth, channels) => Ok((None, None)),
        [batch, depth, height, width] if !is_flat && fits(batch, 1) && fits(depth, channels) => {
            Ok((size(height), size(width)))
        }
        _ => {
            let allowed = if is_flat {
                format!("[1, {channels}]")
            } else {
                format!("[1, {channels}, h, w]")
            };
            Err(Error::model(
                format!("output {} declared as {}", quote(output.name), show(shape)),
                allowed,
            ))
        }
    }
}
