//! Running other programs. Nothing here knows what they are for.

use std::process::{Command, Stdio};

/// Prints the command and runs it to its end, its output shown as it comes and its input closed.
///
/// # Errors
///
/// A sentence with the command and its exit status, or why it could not be started.
pub fn run(command: &mut Command) -> Result<(), String> {
    let line = describe(command);
    println!("$ {line}");
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("`{line}` could not be started: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{line}`: {status}"))
    }
}

/// Whether the command runs and exits with 0; shows nothing.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What the command prints to its standard output, trimmed; `None` where it fails or prints no text.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

fn describe(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}
