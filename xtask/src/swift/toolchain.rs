//! Swift on Linux: a Debian trixie folder in the cache, made by debootstrap, in which commands run. How it gets there is here; what runs in it
//! is `swift`'s.
//!
//! Commands run in a mount namespace of their own, so that nothing stays mounted, however they end.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{output, run, succeeds};
use crate::tools;
use crate::workspace::Workspace;

const RELEASE: &str = "trixie";
const MIRROR: &str = "http://deb.debian.org/debian";

/// Swift 6.0.3 with XCTest, swift-format and DocC, what its linker needs, and git, which its package manager asks for.
const PACKAGES: &str = "swiftlang,libc6-dev,libstdc++-14-dev,git,ca-certificates";

/// Where the three folders that a command sees stand inside.
pub const SOURCE: &str = "/moue";
/// Where a command may write.
pub const BUILD: &str = "/build";
/// Where the host library stands.
pub const LIBRARY: &str = "/library";

/// Mounts what a command needs, then runs it: the source read-only, so that no test can change the checkout. `$1` to `$4` are the folder,
/// the source, the place to build and the library's folder; the rest is the command.
const ENTER: &str = r#"
set -e
debian=$1 source=$2 build=$3 library=$4
shift 4
mount -t proc proc "$debian/proc"
mount --rbind /dev "$debian/dev"
mount --bind "$source" "$debian/moue"
mount -o remount,bind,ro "$debian/moue"
mount --bind "$build" "$debian/build"
mount --bind "$library" "$debian/library"
exec chroot "$debian" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/build/home LANG=C.UTF-8 MOUE_LOCAL=/library \
    sh -c 'cd /moue && exec "$@"' sh "$@"
"#;

/// A folder with Swift in it, and the folders of ours that commands in it see.
pub struct Toolchain {
    debian: PathBuf,
    source: PathBuf,
    build: PathBuf,
    library: PathBuf,
}

impl Toolchain {
    /// The folder from the cache, made first if need be.
    ///
    /// `library` is the folder of the host library on this system.
    ///
    /// # Errors
    ///
    /// A sentence that says what is missing here.
    pub fn find(workspace: &Workspace, library: &Path) -> Result<Self, String> {
        if output(Command::new("id").arg("-u")).is_none_or(|id| id != "0") {
            return Err(
                "Swift runs in a Debian folder that only root can enter: run as root".to_owned(),
            );
        }
        if !succeeds(
            Command::new("unshare").args(["--mount", "mount", "-t", "tmpfs", "tmp", "/mnt"]),
        ) {
            return Err(
                "mounting isn't allowed here, and Swift runs in a Debian folder that needs it"
                    .to_owned(),
            );
        }
        let folder = workspace.cache.join("swift");
        let debian = folder.join(RELEASE);
        if !debian.is_dir() {
            install(&folder, &debian)?;
        }
        let build = folder.join("build");
        for folder in [
            build.join("home"),
            debian.join(SOURCE.trim_start_matches('/')),
            debian.join(BUILD.trim_start_matches('/')),
            debian.join(LIBRARY.trim_start_matches('/')),
        ] {
            fs::create_dir_all(&folder)
                .map_err(|error| format!("{} can't be made: {error}", folder.display()))?;
        }
        Ok(Self {
            debian,
            source: workspace.root.clone(),
            build,
            library: library.to_owned(),
        })
    }

    /// A folder of this system that commands see as a folder of [`BUILD`], empty.
    ///
    /// # Errors
    ///
    /// A sentence, where it can't be emptied or made.
    pub fn scratch(&self, name: &str) -> Result<PathBuf, String> {
        let folder = self.build.join(name);
        let fresh = || {
            if folder.exists() {
                fs::remove_dir_all(&folder)?;
            }
            fs::create_dir_all(&folder)
        };
        fresh().map_err(|error| format!("{} can't be emptied: {error}", folder.display()))?;
        Ok(folder)
    }

    /// Prints the command and runs it in the folder, from the root of the checkout.
    ///
    /// # Errors
    ///
    /// A sentence with the command and its exit status.
    pub fn run<'a>(&self, command: impl IntoIterator<Item = &'a str>) -> Result<(), String> {
        let words: Vec<&str> = command.into_iter().collect();
        println!("-- {}", words.join(" "));
        let status = Command::new("unshare")
            .args(["--mount", "sh", "-c", ENTER, "sh"])
            .args([&self.debian, &self.source, &self.build, &self.library])
            .args(&words)
            .stdin(std::process::Stdio::null())
            .status()
            .map_err(|error| format!("`unshare` could not be started: {error}"))?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("`{}`: {status}", words.join(" ")))
        }
    }
}

/// Makes the Debian folder beside its place and moves it there once it is whole.
fn install(folder: &Path, debian: &Path) -> Result<(), String> {
    if !succeeds(Command::new("debootstrap").arg("--version")) {
        tools::debian_package("debootstrap")?;
    }
    let failed = |why: String| format!("Debian's Swift could not be installed: {why}");
    let partial = folder.join(format!("{RELEASE}.partial"));
    let clear = || {
        if partial.exists() {
            fs::remove_dir_all(&partial)?;
        }
        fs::create_dir_all(folder)
    };
    clear().map_err(|error| failed(error.to_string()))?;
    // In a namespace of its own: what it mounts is gone with it, also when it fails.
    run(Command::new("unshare")
        .args(["--mount", "debootstrap", "--variant=minbase"])
        .arg(format!("--include={PACKAGES}"))
        .arg(RELEASE)
        .arg(&partial)
        .arg(MIRROR))
    .map_err(failed)?;
    let archives = partial.join("var/cache/apt/archives");
    fs::remove_dir_all(&archives)
        .and_then(|()| fs::rename(&partial, debian))
        .map_err(|error| failed(error.to_string()))
}
