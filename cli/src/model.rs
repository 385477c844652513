//! `moue model`: what a model file says of itself, and which backend runs it.

use std::fmt::Write;

use anyhow::{Context, Result, ensure};
use moue::ModelInfo;

use crate::args::ModelArguments;
use crate::choices::read_model;
use crate::failure::Ended;
use crate::output::print;

/// Metadata that is shown first, under a name of its own.
const NAMED: [(&str, &str); 5] = [
    ("moue.kind", "kind"),
    ("moue.version", "version"),
    ("moue.labels", "labels"),
    ("moue.license", "licence"),
    ("moue.card", "card"),
];

/// Prints what the file is.
///
/// # Errors
///
/// Where the file can't be read, or no backend of this build can run it.
pub fn run(arguments: &ModelArguments) -> Result<Ended> {
    let file = arguments.file.display().to_string();
    let bytes = read_model(&arguments.file)?;
    ensure!(
        !bytes.is_empty(),
        "{file}: the file is empty: a model file (ONNX) is expected"
    );
    let info =
        ModelInfo::read(&bytes).with_context(|| format!("{file} is no model that can be run"))?;
    print(describe(&file, bytes.len(), &info))?;
    Ok(Ended::Well)
}

fn describe(file: &str, bytes: usize, info: &ModelInfo) -> String {
    let mut lines: Vec<(&str, String)> = Vec::new();
    for (key, name) in NAMED {
        let value = info.metadata.iter().find(|(found, _)| found == key);
        lines.extend(value.map(|(_, value)| (name, value.clone())));
    }
    lines.push(("backend", info.backend.to_owned()));
    let shape: Vec<String> = info
        .input_shape
        .iter()
        .map(|dim| dim.map_or("?".to_owned(), |dim| dim.to_string()))
        .collect();
    let shape = format!("[{}]", shape.join(", "));
    lines.extend(info.not_int8.iter().map(|why| ("not int8", why.clone())));
    lines.push((
        "input",
        match info.input {
            Some(size) => format!("{} x {}, {shape}", size.width, size.height),
            None => format!("of any size, {shape}"),
        },
    ));
    lines.extend(info.outputs.iter().map(|(name, channels)| match channels {
        Some(channels) => ("output", format!("{name}, {channels} channels")),
        None => ("output", format!("{name}, channels not declared")),
    }));
    lines.extend(
        info.parameters
            .map(|parameters| ("parameters", parameters.to_string())),
    );
    lines.extend(
        info.multiply_adds
            .map(|products| ("multiply-adds", products.to_string())),
    );
    let others = info
        .metadata
        .iter()
        .filter(|(key, _)| NAMED.iter().all(|(named, _)| named != key));
    lines.extend(others.map(|(key, value)| (key.as_str(), value.clone())));

    let column = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = format!("{file}  {bytes} bytes");
    for (name, value) in lines {
        // Writing to a string can't fail.
        let _ = write!(text, "\n  {name:column$}  {value}");
    }
    text
}
