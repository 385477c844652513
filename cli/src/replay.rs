//! `moue replay`: the results of a watch again, from its trace, without a pixel. What stands in a trace is `moue::live::trace`'s business.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use moue::FrameResult;
use moue::live::trace::{MAX_LINE_BYTES, Replay};

use crate::args::ExpressionCount;
use crate::choices::members;
use crate::failure::Ended;
use crate::files::regular_length;
use crate::interrupt;
use crate::output::{note, print};
use crate::watch::history::History;
use crate::watch::line;
use crate::watch::summary::{self, Frames};

/// The arguments of `moue replay`.
#[derive(Debug, Args)]
pub struct ReplayArguments {
    /// A trace that moue watch --trace has written, or - for standard input. It holds face geometry, which is biometric data
    #[arg(value_name = "TRACE.jsonl")]
    pub trace: PathBuf,

    /// Print the lines of moue watch --json again
    #[arg(long)]
    pub json: bool,

    /// How many expressions competed when it was written: 7, 6 or 5
    #[arg(long, value_enum, default_value_t = ExpressionCount::Seven, value_name = "7|6|5", hide_possible_values = true)]
    pub expressions: ExpressionCount,
}

/// Replays the trace that the arguments name.
///
/// # Errors
///
/// Where it can't be read, is no trace or one of another version; nobody to read the results. What is wrong with a line further on is said
/// with its number behind the results that there are.
pub fn run(arguments: &ReplayArguments) -> Result<Ended> {
    let expressions = members(arguments.expressions.into());
    let name = arguments.trace.display().to_string();
    let mut lines = Lines::open(&arguments.trace).with_context(|| name.clone())?;
    let Some(header) = lines.next().with_context(|| name.clone())? else {
        bail!("{name}: it is empty: a trace of moue watch --trace is expected");
    };
    let mut replay = Replay::new(header)
        .map_err(|error| lines.problem(error))
        .with_context(|| name.clone())?;

    interrupt::listen()?;
    let (mut result, mut history) = (FrameResult::default(), History::new());
    let problem = loop {
        if interrupt::asked() {
            break Some(anyhow!("stopped"));
        }
        let replayed = match lines.next() {
            Ok(None) => break None,
            Ok(Some(line)) => replay
                .frame(line, &mut result)
                .map_err(|error| lines.problem(error)),
            Err(error) => Err(error),
        };
        if let Err(error) = replayed {
            break Some(error);
        }
        history.add(&result);
        if arguments.json {
            print(line::json(&result, &expressions))?;
        }
    };
    if !arguments.json && history.frames() > 0 {
        let frames = Frames {
            analyzed: result.counts.analyzed,
            dropped: result.counts.dropped,
        };
        print(summary::table(&name, &history, frames))?;
    }
    if let Some(problem) = problem {
        note(format_args!(
            "{name}: {problem:#}; {} frames are replayed",
            history.frames()
        ));
        return Ok(Ended::WithFailures);
    }
    if history.frames() == 0 {
        bail!("{name}: it holds no frame");
    }
    Ok(Ended::Well)
}

/// Lines of a trace that aren't empty, none longer than is read.
struct Lines {
    input: BufReader<Box<dyn Read>>,
    line: Vec<u8>,
    /// Of the line read last, from 1.
    number: u64,
}

impl Lines {
    fn open(path: &Path) -> Result<Self> {
        let input: Box<dyn Read> = if path == Path::new("-") {
            Box::new(io::stdin())
        } else {
            regular_length(path)?;
            Box::new(File::open(path).context("the file can't be opened")?)
        };
        Ok(Self {
            input: BufReader::new(input),
            line: Vec::new(),
            number: 0,
        })
    }

    fn next(&mut self) -> Result<Option<&str>> {
        loop {
            self.line.clear();
            self.number += 1;
            let number = self.number;
            // One byte more than allowed tells a line that is too long.
            let read = self
                .input
                .by_ref()
                .take(MAX_LINE_BYTES as u64 + 2)
                .read_until(b'\n', &mut self.line)
                .with_context(|| format!("line {number} can't be read"))?;
            if read == 0 {
                return Ok(None);
            }
            if self.line.last() == Some(&b'\n') {
                self.line.pop();
            }
            if !self.line.trim_ascii().is_empty() {
                break;
            }
        }
        let number = self.number;
        str::from_utf8(&self.line)
            .map(Some)
            .map_err(|_| anyhow!("line {number}: it is no text"))
    }

    /// The error with the line's number in the file, where `moue` counts those that aren't empty.
    fn problem(&self, error: moue::Error) -> anyhow::Error {
        match error {
            moue::Error::Trace { problem, .. } => anyhow!("line {}: {problem}", self.number),
            other => other.into(),
        }
    }
}
