//! The `moue` command. This file hands the command line to the module of each command and turns what comes back into an exit status.
#![forbid(unsafe_code)]

mod analyze;
mod annotate;
mod args;
mod bench;
mod choices;
mod dataset;
mod description;
mod doctor;
mod eval;
mod evaluation;
mod failure;
mod files;
mod interrupt;
mod memory;
mod metrics;
mod model;
mod output;
mod photo;
mod replay;
mod report;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};
use failure::{Ended, ReaderGone, UsageError};

/// The exit status of a command line that makes no sense; clap's own.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Analyze(arguments) => analyze::run(&arguments),
        Command::Watch(arguments) => watch::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Eval(arguments) => eval::run(&arguments),
        Command::Model(arguments) => model::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
    };
    match result {
        Ok(Ended::Well) => ExitCode::SUCCESS,
        Ok(Ended::WithFailures) => ExitCode::FAILURE,
        Ok(Ended::Interrupted) => ExitCode::from(interrupt::STATUS),
        Err(error) if error.is::<ReaderGone>() => ExitCode::SUCCESS,
        Err(error) => {
            output::note(format_args!("{error:#}"));
            if error.is::<UsageError>() {
                ExitCode::from(USAGE)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}
