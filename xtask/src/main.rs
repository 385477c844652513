//! `cargo xtask`: every step of the project that cargo alone cannot do.
//!
//! This file reads the arguments and prints the summary. The suites themselves are in `suites`, the tools they need in `tools`.
//! It uses the standard library only, so that it compiles in a second or two on a bare machine.
#![forbid(unsafe_code)]

mod android;
mod android_native;
mod apk;
mod arm;
mod binary;
mod bindings;
mod golden;
mod ios;
mod mobile;
mod notice;
mod process;
mod python;
mod sanitize;
mod size;
mod suites;
mod swift;
mod tools;
mod workspace;
mod zip;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use suites::{Outcome, SUITES, Suite};
use workspace::Workspace;

const USAGE: &str = "\
Usage: cargo xtask test [--suite NAME]... [--list]
       cargo xtask bindings | notice | golden | android | android-check FOLDER | ios

  test           run the suites
    --suite NAME   this suite only; may be given several times
    --list         print the suites and what each one checks
  bindings       write the Kotlin and Swift that speak to moue-ffi
  notice         name the crates of the Android library in its notice and bill of materials
  golden         write the golden vectors anew; tests/golden/README.md tells when
  android        build the native libraries of the Android library; needs the NDK
  android-check  link them without it, into FOLDER, for looking at only
  ios            build Moue.xcframework; needs a Mac

Tools and the Python environment are kept in $MOUE_CACHE (default: ~/.cache/moue).
";

/// The exit status of a command line that makes no sense, as in the `moue` command.
const USAGE_ERROR: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match parse(&arguments) {
        Ok(Request::Help) => {
            print!("{USAGE}");
            ExitCode::SUCCESS
        }
        Ok(Request::List) => {
            for suite in SUITES {
                println!("{:8} {}", suite.name, suite.about);
            }
            ExitCode::SUCCESS
        }
        Ok(Request::Test(chosen)) => in_workspace(|workspace| Ok(run(workspace, &chosen))),
        Ok(Request::Task(task)) => {
            in_workspace(|workspace| task(workspace).map(|()| ExitCode::SUCCESS))
        }
        Err(message) => {
            eprintln!("xtask: {message}\n\n{USAGE}");
            ExitCode::from(USAGE_ERROR)
        }
    }
}

fn in_workspace(work: impl FnOnce(&Workspace) -> Result<ExitCode, String>) -> ExitCode {
    Workspace::find()
        .and_then(|workspace| work(&workspace))
        .unwrap_or_else(|message| {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        })
}

/// What a task does.
type Task = Box<dyn Fn(&Workspace) -> Result<(), String>>;

enum Request {
    Help,
    List,
    Task(Task),
    Test(Vec<&'static Suite>),
}

fn parse(arguments: &[String]) -> Result<Request, String> {
    let Some((task, options)) = arguments.split_first() else {
        return Ok(Request::Help);
    };
    match task.as_str() {
        "test" => parse_test(options),
        "bindings" => parse_task(task, options, bindings::write),
        "notice" => parse_task(task, options, notice::write),
        "golden" => parse_task(task, options, golden::write),
        "android" => parse_task(task, options, android_native::build),
        "ios" => parse_task(task, options, ios::build),
        "android-check" => parse_android_check(options),
        "help" | "--help" | "-h" => Ok(Request::Help),
        other => Err(format!(
            "there is no task `{other}`; there are test, bindings, notice, golden, android, android-check and ios"
        )),
    }
}

fn parse_task(
    name: &str,
    options: &[String],
    task: fn(&Workspace) -> Result<(), String>,
) -> Result<Request, String> {
    match options.first() {
        None => Ok(Request::Task(Box::new(task))),
        Some(option) => Err(format!("`{name}` takes no `{option}`")),
    }
}

fn parse_android_check(options: &[String]) -> Result<Request, String> {
    let [folder] = options else {
        return Err("`android-check` takes one folder to write into".to_owned());
    };
    let folder = PathBuf::from(folder);
    Ok(Request::Task(Box::new(move |workspace| {
        android_native::check(workspace, &folder)
    })))
}

fn parse_test(options: &[String]) -> Result<Request, String> {
    let mut chosen: Vec<&'static Suite> = Vec::new();
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match option.as_str() {
            "--list" => return Ok(Request::List),
            "--help" | "-h" => return Ok(Request::Help),
            "--suite" => {
                chosen.push(find(options.next().ok_or(
                    "`--suite` needs the name of a suite; `--list` prints them",
                )?)?)
            }
            other => match other.strip_prefix("--suite=") {
                Some(name) => chosen.push(find(name)?),
                None => return Err(format!("`test` knows no `{other}`")),
            },
        }
    }
    if chosen.is_empty() {
        chosen = SUITES.iter().collect();
    }
    Ok(Request::Test(chosen))
}

fn find(name: &str) -> Result<&'static Suite, String> {
    SUITES
        .iter()
        .find(|suite| suite.name == name)
        .ok_or_else(|| {
            let names: Vec<&str> = SUITES.iter().map(|suite| suite.name).collect();
            format!("there is no suite `{name}`; there are {}", names.join(", "))
        })
}

fn run(workspace: &Workspace, chosen: &[&'static Suite]) -> ExitCode {
    let mut results: Vec<(&Suite, Outcome, Duration)> = Vec::new();
    for &suite in chosen {
        println!("\n== {}: {}", suite.name, suite.about);
        let start = Instant::now();
        let outcome = (suite.run)(workspace);
        results.push((suite, outcome, start.elapsed()));
    }

    println!("\n== summary");
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for (suite, outcome, duration) in &results {
        let (count, word, why) = match outcome {
            Outcome::Passed => (&mut passed, "passed", ""),
            Outcome::Failed(why) => (&mut failed, "FAILED", why.as_str()),
            Outcome::Skipped(why) => (&mut skipped, "skipped", why.as_str()),
        };
        *count += 1;
        let line = format!(
            "{word:8} {:8} {:7.1} s  {why}",
            suite.name,
            duration.as_secs_f64()
        );
        println!("{}", line.trim_end());
    }
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn without_a_name_every_suite_is_chosen() {
        let Ok(Request::Test(chosen)) = parse(&words("test")) else {
            panic!("not a test request")
        };
        assert_eq!(chosen.len(), SUITES.len());
    }

    #[test]
    fn named_suites_run_in_the_order_they_were_named() {
        let Ok(Request::Test(chosen)) = parse(&words("test --suite rust --suite=fmt")) else {
            panic!("not a test request")
        };
        assert_eq!(
            chosen.iter().map(|suite| suite.name).collect::<Vec<_>>(),
            ["rust", "fmt"]
        );
    }

    #[test]
    fn an_unknown_suite_is_an_error_that_lists_the_known_ones() {
        let Err(message) = parse(&words("test --suite flowers")) else {
            panic!("accepted")
        };
        assert!(
            message.contains("flowers") && message.contains("clippy"),
            "{message}"
        );
    }
}
