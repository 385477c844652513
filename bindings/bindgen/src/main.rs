//! Writes the Kotlin and Swift for a built `moue_ffi` library: `moue-bindgen LIBRARY KOTLIN_FOLDER SWIFT_FOLDER`.
//!
//! Where they belong and when they are made anew is `cargo xtask bindings`' business.
#![forbid(unsafe_code)]

use std::env;

use anyhow::{Context, Result, bail};
use camino::Utf8PathBuf;
use uniffi_bindgen::bindings::{GenerateOptions, TargetLanguage, generate};

fn main() -> Result<()> {
    let paths: Vec<Utf8PathBuf> = env::args().skip(1).map(Utf8PathBuf::from).collect();
    let [library, kotlin, swift] = &paths[..] else {
        bail!("usage: moue-bindgen LIBRARY KOTLIN_FOLDER SWIFT_FOLDER");
    };
    for (language, folder) in [
        (TargetLanguage::Kotlin, kotlin),
        (TargetLanguage::Swift, swift),
    ] {
        generate(GenerateOptions {
            languages: vec![language],
            source: library.clone(),
            out_dir: folder.clone(),
            ..GenerateOptions::default()
        })
        .with_context(|| format!("{folder} can't be written from {library}"))?;
    }
    Ok(())
}
