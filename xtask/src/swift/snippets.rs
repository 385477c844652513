//! The Swift code of `docs/ios.md`, compiled. The modules that it imports are made by `stubs`.

use std::fs;

use crate::swift::stubs::compile;
use crate::swift::toolchain::{BUILD, Toolchain};
use crate::workspace::Workspace;

/// Where the code stands.
const DOCUMENT: &str = "docs/ios.md";

/// What a manifest imports, in the toolchain.
const MANIFEST_API: &str = "/usr/libexec/swift/lib/swift/pm/ManifestAPI";

/// Compiles the blocks: those that are a package's manifest by themselves, the others as files of one module.
///
/// # Errors
///
/// A sentence; the compiler has shown which lines are wrong, in files that are named after the lines on which the blocks begin.
pub fn check(workspace: &Workspace, toolchain: &Toolchain) -> Result<(), String> {
    let text = fs::read_to_string(workspace.root.join(DOCUMENT))
        .map_err(|error| format!("{DOCUMENT} can't be read: {error}"))?;
    let folder = toolchain.scratch("snippets")?;
    let (mut manifests, mut files) = (Vec::new(), Vec::new());
    for (line, code) in swift_blocks(&text) {
        let name = format!("line_{line}.swift");
        let path = folder.join(&name);
        fs::write(&path, &code)
            .map_err(|error| format!("{} can't be written: {error}", path.display()))?;
        let kind = if code.contains("import PackageDescription") {
            &mut manifests
        } else {
            &mut files
        };
        kind.push(format!("{BUILD}/snippets/{name}"));
    }
    if manifests.is_empty() || files.is_empty() {
        return Err(format!("{DOCUMENT} has no manifest or no other Swift code"));
    }
    for manifest in manifests {
        let options = ["-I", MANIFEST_API, "-package-description-version", "6.0.0"];
        compile(
            toolchain,
            &[&["-typecheck"], &options[..]].concat(),
            &[manifest],
        )?;
    }
    let options = [
        "-typecheck",
        "-parse-as-library",
        "-module-name",
        "Document",
    ];
    compile(toolchain, &options, &files)
}

/// The blocks fenced as `swift`, each with the number of its first line.
fn swift_blocks(text: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        match &mut open {
            Some(_) if line == "```" => blocks.extend(open.take()),
            Some((_, code)) => {
                code.push_str(line);
                code.push('\n');
            }
            None if line == "```swift" => open = Some((index + 2, String::new())),
            None => {}
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_swift_is_taken_and_its_first_line_is_told() {
        let text = "# A\n\n```swift\nlet a = 1\nlet b = 2\n```\n\n```xml\n<a/>\n```\n```swift\nlet c = 3\n```\n";
        assert_eq!(
            swift_blocks(text),
            [
                (4, "let a = 1\nlet b = 2\n".to_owned()),
                (12, "let c = 3\n".to_owned())
            ]
        );
    }
}
