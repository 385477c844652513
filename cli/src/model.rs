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
    let mut text = format!("{file}  {bytes} bytes");
    // Writing to a string can't fail.
    let mut line = |name: &str, value: &str| {
        let _ = write!(text, "\n  {name:<14} {value}");
    };
    let find = |key: &str| {
        info.metadata
            .iter()
            .find(|(found, _)| found == key)
            .map(|(_, value)| value.as_str())
    };

    for (key, name) in NAMED {
        if let Some(value) = find(key) {
            line(name, value);
        }
    }
    line("backend", info.backend);
    if let Some(why) = &info.not_int8 {
        line("not int8", why);
    }
    line(
        "input",
        &info.input.map_or("of any size".to_owned(), |size| {
            format!("{} x {}", size.width, size.height)
        }),
    );
    for (name, channels) in &info.outputs {
        line("output", &format!("{name}, {channels} channels"));
    }
    if let Some(parameters) = info.parameters {
        line("parameters", &parameters.to_string());
    }
    for (key, value) in info
        .metadata
        .iter()
        .filter(|(key, _)| NAMED.iter().all(|(named, _)| named != key))
    {
        line(key, value);
    }
    text
}
