//! Where things are: the checkout, and the cache outside it that outlives a fresh clone.

use std::env;
use std::path::{Path, PathBuf};

/// The folders that the suites work in.
pub struct Workspace {
    /// The root of the checkout: the folder of the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// Tools and the Python environment: `$MOUE_CACHE`, or `~/.cache/moue`.
    pub cache: PathBuf,
    /// Where cargo puts what it builds: `$CARGO_TARGET_DIR`, or `target` in the checkout.
    pub target: PathBuf,
}

impl Workspace {
    /// Finds the folders from the environment.
    ///
    /// # Errors
    ///
    /// A sentence for the user, where neither `MOUE_CACHE` nor `HOME` says where the cache goes.
    pub fn find() -> Result<Self, String> {
        // Read at run time first: a cached xtask binary may come from another checkout.
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .parent()
            .map(Path::to_path_buf)
            .ok_or("xtask has no parent folder; run it as `cargo xtask` in the checkout")?;
        let target = env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root.join("target"), |folder| root.join(folder));
        let cache = match (env::var_os("MOUE_CACHE"), env::var_os("HOME")) {
            (Some(folder), _) if !folder.is_empty() => root.join(folder),
            (_, Some(home)) if !home.is_empty() => Path::new(&home).join(".cache/moue"),
            _ => {
                return Err(
                    "neither MOUE_CACHE nor HOME is set; set MOUE_CACHE to a folder for tools"
                        .to_owned(),
                );
            }
        };
        Ok(Self {
            root,
            cache,
            target,
        })
    }
}
