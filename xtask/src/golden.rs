//! `cargo xtask golden`: the golden vectors, written anew by the tests that compare with them.

use crate::process::run;
use crate::suites::cargo;
use crate::workspace::Workspace;

/// The tests that write: the arguments of `cargo test`.
const WRITERS: &[&[&str]] = &[
    &["--package=moue-nn", "--test=golden"],
    &["--package=moue-ffi", "--lib", "golden"],
];

/// Writes the outputs in `tests/golden`, and the frames that are made from others.
///
/// # Errors
///
/// A sentence with the command that failed.
pub fn write(workspace: &Workspace) -> Result<(), String> {
    for writer in WRITERS {
        run(cargo(workspace)
            .args(["test", "--locked"])
            .args(*writer)
            .env("MOUE_BLESS", "1"))?;
    }
    println!("look at what changed: git diff tests/golden");
    Ok(())
}
