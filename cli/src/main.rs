//! The `moue` command. This file hands the command line to the module of each command and turns what comes back into an exit status.
#![forbid(unsafe_code)]

mod args;

use clap::Parser;

fn main() {
    let _arguments = args::Arguments::parse();
}
