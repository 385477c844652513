//! The `python` suite: tests that look at Moue from outside, in an environment of their own in the cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{output, run, succeeds};
use crate::suites::{Outcome, cargo};
use crate::tools;
use crate::workspace::Workspace;

/// Folders with Python tests; those without any are left out.
const FOLDERS: &[&str] = &["tests/python", "tests/opencv", "models/training/tests"];

/// Packages that the tests need, with their versions; those that are not there are left out.
const REQUIREMENTS: &[&str] = &[
    "tests/python/requirements.txt",
    "models/training/requirements.txt",
];

/// The oldest Python that the pinned packages support.
const OLDEST_PYTHON: (u32, u32) = (3, 11);

/// Interpreters to try, in this order; the training code is written for 3.11.
const INTERPRETERS: &[&str] = &[
    "python3.11",
    "python3",
    "python3.12",
    "python3.13",
    "python",
];

/// Builds the command as users get it, and runs every folder of tests against it.
pub fn suite(workspace: &Workspace) -> Outcome {
    let python = match environment(workspace) {
        Ok(python) => python,
        Err(missing) => return Outcome::Skipped(missing),
    };
    if let Err(why) =
        run(cargo(workspace).args(["build", "--locked", "--release", "--package", "moue-cli"]))
    {
        return Outcome::Failed(why);
    }
    let moue = workspace
        .target
        .join("release")
        .join(format!("moue{}", std::env::consts::EXE_SUFFIX));

    let mut failures = Vec::new();
    for folder in FOLDERS
        .iter()
        .filter(|folder| has_tests(&workspace.root.join(folder)))
    {
        let tests = run(Command::new(&python)
            .current_dir(&workspace.root)
            .args([
                "-m",
                "pytest",
                "-q",
                "-ra",
                "-p",
                "no:cacheprovider",
                "--import-mode=importlib",
                folder,
            ])
            .env("MOUE_BIN", &moue)
            .env("PYTHONPATH", workspace.root.join("models/training"))
            .env("PYTHONDONTWRITEBYTECODE", "1"));
        failures.extend(tests.err());
    }
    if failures.is_empty() {
        Outcome::Passed
    } else {
        Outcome::Failed(failures.join("; "))
    }
}

/// Whether the folder itself holds a file that pytest would collect; a folder without one makes pytest fail.
fn has_tests(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with("test_") && name.ends_with(".py")
        })
    })
}

/// The interpreter of an environment that holds everything that `REQUIREMENTS` asks for.
fn environment(workspace: &Workspace) -> Result<PathBuf, String> {
    let base = base_interpreter().ok_or_else(|| {
        let (major, minor) = OLDEST_PYTHON;
        format!(
            "Python {major}.{minor} or newer is missing: install it, so that `python3` finds it"
        )
    })?;
    let lists: Vec<PathBuf> = REQUIREMENTS
        .iter()
        .map(|list| workspace.root.join(list))
        .filter(|list| list.is_file())
        .collect();
    let wanted = fingerprint(&base, &lists)?;

    let folder = workspace.cache.join("python");
    let stamp = folder.join("moue-requirements");
    let python = folder.join("bin/python");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted)
        && succeeds(Command::new(&python).arg("--version"))
    {
        return Ok(python);
    }

    if !succeeds(Command::new(&base).args(["-c", "import ensurepip, venv"])) {
        tools::debian_package("python3-venv")?;
    }
    run(Command::new(&base)
        .args(["-m", "venv", "--clear"])
        .arg(&folder))?;
    let mut install = Command::new(&python);
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    for list in &lists {
        install.arg("-r").arg(list);
    }
    run(&mut install)
        .map_err(|error| format!("the Python packages could not be installed: {error}"))?;
    fs::write(&stamp, wanted)
        .map_err(|error| format!("{} can't be written: {error}", stamp.display()))?;
    Ok(python)
}

fn base_interpreter() -> Option<PathBuf> {
    let (major, minor) = OLDEST_PYTHON;
    let check = format!("import sys; sys.exit(sys.version_info < ({major}, {minor}))");
    INTERPRETERS
        .iter()
        .find(|name| succeeds(Command::new(name).args(["-c", &check])))
        .map(PathBuf::from)
}

/// Changes whenever the environment has to be made anew.
fn fingerprint(base: &Path, lists: &[PathBuf]) -> Result<String, String> {
    let mut text = output(Command::new(base).args(["-c", "import sys; print(sys.version)"]))
        .unwrap_or_default();
    for list in lists {
        text.push('\n');
        text += &fs::read_to_string(list)
            .map_err(|error| format!("{} can't be read: {error}", list.display()))?;
    }
    Ok(text)
}
