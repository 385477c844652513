//! Recordings of a session: all that its state was given, a line of JSON a frame, from which the same results come again to the last bit.
//!
//! **A trace holds face geometry**: where five points of each face lay in each frame, how large faces were, what was read in them, and how fast
//! the device was. That is biometric data, to be asked for, kept and deleted as such. It holds no pixel.
//!
//! The first line is the header: `{"moue_trace":1,"rules":{…}}`. Each further line is one analysed frame: [`Observations`] with short names.
//! Numbers are written with as many digits as bring them back to the last bit. Reading and writing files is the caller's work.
//!
//! Behind the cargo feature `trace`, which brings serde along: an app that sends no traces needs neither.

mod header;
mod record;

use super::observe::Observations;
use super::options::Rules;
use super::result::FrameResult;
use super::state::LiveState;
use crate::error::Error;
use header::HeaderRecord;
use record::FrameRecord;

/// The version of the format that is written, and the only one that is read.
pub const VERSION: u32 = 1;

/// Bytes of a line above which it isn't read. A frame with 256 faces has about 200,000.
pub const MAX_LINE_BYTES: usize = 1 << 20;

/// The first line of a trace, without its line break.
pub fn header(rules: &Rules) -> String {
    to_json(&HeaderRecord::from(*rules))
}

/// The line of a frame, without its line break. What the state passes over, such as a face with a number that isn't finite, isn't written.
pub fn line(seen: &Observations) -> String {
    to_json(&FrameRecord::from(seen))
}

/// The results of a whole trace, in the order of its frames. Empty lines are passed over.
///
/// # Errors
///
/// [`Error::Trace`], with the number of the line, for a trace without a header, of another version, or with a line that can't be read.
pub fn replay(trace: &str) -> Result<Vec<FrameResult>, Error> {
    let mut lines = (1..)
        .zip(trace.lines())
        .filter(|(_, line)| !line.trim().is_empty());
    let (_, header) = lines.next().ok_or_else(|| Error::Trace {
        line: 1,
        problem: "there is none".to_owned(),
    })?;
    let mut replay = Replay::new(header)?;
    lines
        .map(|(number, line)| {
            replay.number = number - 1;
            let mut result = FrameResult::default();
            replay.frame(line, &mut result)?;
            Ok(result)
        })
        .collect()
}

/// A trace that is replayed line by line.
#[derive(Debug)]
pub struct Replay {
    state: LiveState,
    /// The last line read, the header being the first.
    number: usize,
}

impl Replay {
    /// Starts with a trace's first line.
    ///
    /// # Errors
    ///
    /// [`Error::Trace`] for what isn't a header of this version, [`Error::OptionOutOfRange`] for a rule outside its range.
    pub fn new(header: &str) -> Result<Self, Error> {
        let record: HeaderRecord = from_json(header, 1)?;
        if record.moue_trace != VERSION {
            return Err(Error::Trace {
                line: 1,
                problem: format!(
                    "it is of version {}, and this build reads version {VERSION}",
                    record.moue_trace
                ),
            });
        }
        Ok(Self {
            state: LiveState::new(record.into())?,
            number: 1,
        })
    }

    /// Reads the next line and writes what its frame showed into `result`.
    ///
    /// # Errors
    ///
    /// [`Error::Trace`] for a line that isn't a frame or isn't newer than the one before; the replay can go on with the next line.
    pub fn frame(&mut self, line: &str, result: &mut FrameResult) -> Result<(), Error> {
        self.number += 1;
        let record: FrameRecord = from_json(line, self.number)?;
        self.state
            .update(&record.into(), result)
            .map_err(|error| Error::Trace {
                line: self.number,
                problem: error.to_string(),
            })
    }
}

fn to_json<T: serde::Serialize>(record: &T) -> String {
    serde_json::to_string(record).expect("a record has neither maps nor numbers without JSON")
}

fn from_json<T: serde::de::DeserializeOwned>(line: &str, number: usize) -> Result<T, Error> {
    let problem = if line.len() > MAX_LINE_BYTES {
        format!(
            "it has {} bytes, and at most {MAX_LINE_BYTES} are read",
            line.len()
        )
    } else {
        match serde_json::from_str(line) {
            Ok(record) => return Ok(record),
            Err(error) => error.to_string(),
        }
    };
    Err(Error::Trace {
        line: number,
        problem,
    })
}
