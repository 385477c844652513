//! ffmpeg as a child: finding it, what it complains of, and the times of the pictures that it decodes. What is decoded and encoded, `clip`
//! and `film` say.
//!
//! ffmpeg may read files and pipes only: a playlist must not make it open a connection.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};

/// Complaints that are remembered, the last ones, and the most characters of each.
const COMPLAINTS: usize = 4;
const COMPLAINT_CHARS: usize = 300;

/// The longest line that is understood, in bytes; of a longer one, each part counts as a line.
const MAX_LINE: u64 = 64 * 1024;

/// What `showinfo` says of colours, and the options of ffmpeg that say the same.
const COLORS: [(&str, &str); 3] = [
    ("color_space:", "-colorspace"),
    ("color_primaries:", "-color_primaries"),
    ("color_trc:", "-color_trc"),
];

const SECOND: i128 = 1_000_000_000;

/// Where the protocols other than files and pipes are switched off: before each input.
pub const LOCAL_ONLY: [&str; 2] = ["-protocol_whitelist", "file,pipe"];

/// ffmpeg with what all of its runs have in common.
pub fn command() -> Command {
    let mut command = Command::new("ffmpeg");
    command.args([
        "-hide_banner",
        "-nostdin",
        "-nostats",
        "-loglevel",
        "level+info",
    ]);
    #[cfg(unix)]
    {
        // Ctrl-C is for us to act on: a group of its own doesn't get it from the terminal.
        use std::os::unix::process::CommandExt;
        command.process_group(0);
    }
    command
}

/// A path that ffmpeg takes for nothing else, such as an option or an address.
pub fn file(path: &Path) -> OsString {
    let mut name = OsString::from("file:");
    name.push(path);
    name
}

/// The time of a decoded picture, in nanoseconds; `None` where the clip doesn't tell.
pub type Stamp = Option<i64>;

/// What ffmpeg has said until now.
#[derive(Debug, Default)]
pub struct Said {
    /// How long the clip is.
    pub duration: Option<Duration>,
    /// How its colours are to be understood, as options of ffmpeg: name and value.
    pub colors: Vec<(&'static str, String)>,
    complaints: VecDeque<String>,
    /// Seconds of a time step, as a fraction.
    time_base: (i64, i64),
    /// The time of the picture that is being spoken of.
    stamp: Option<Stamp>,
}

/// A run of ffmpeg. It is ended when this is dropped.
#[derive(Debug)]
pub struct Run {
    child: Child,
    said: Arc<Mutex<Said>>,
    listener: Option<JoinHandle<()>>,
}

impl Run {
    /// Starts it. The times of the pictures that its filter `showinfo` lets through go to `stamps`.
    ///
    /// # Errors
    ///
    /// Where ffmpeg isn't there or can't be started; `why` says what it is needed for.
    pub fn start(command: &mut Command, stamps: Option<Sender<Stamp>>, why: &str) -> Result<Self> {
        let started = command.stderr(Stdio::piped()).spawn();
        let mut child = started.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => anyhow!(
                "ffmpeg is missing, and {why}: install it (its package is called ffmpeg) so that it is found on the PATH"
            ),
            _ => anyhow!("ffmpeg can't be started, and {why}: {error}"),
        })?;
        let stderr = child.stderr.take().expect("it is piped");
        let said = Arc::new(Mutex::new(Said::default()));
        let stamps = stamps.unwrap_or_else(|| channel().0);
        let heard = Arc::clone(&said);
        let listener = thread::spawn(move || listen(stderr, &heard, &stamps));
        Ok(Self {
            child,
            said,
            listener: Some(listener),
        })
    }

    /// Its pipes.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// What it has said until now.
    pub fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for its end, which comes by itself once its pipes are closed. Gives back what it has complained of all the same.
    ///
    /// # Errors
    ///
    /// Where it failed, with its last complaints.
    pub fn wait(&mut self) -> Result<Option<String>> {
        let status = self.child.wait().context("ffmpeg can't be waited for")?;
        if let Some(listener) = self.listener.take() {
            // A panic there has lost complaints, no more.
            let _ = listener.join();
        }
        let complaints = self.said().complaints();
        if status.success() {
            return Ok(complaints);
        }
        let how = how(status);
        Err(match complaints {
            Some(complaints) => anyhow!("ffmpeg {how}: {complaints}"),
            None => anyhow!("ffmpeg {how} without a word"),
        })
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Does nothing to one that has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn how(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("failed with exit status {code}"),
        None => format!("was ended ({status})"),
    }
}

impl Said {
    fn complaints(&self) -> Option<String> {
        let all: Vec<&str> = self.complaints.iter().map(String::as_str).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    fn complain(&mut self, words: &str) {
        let words: String = words.trim().chars().take(COMPLAINT_CHARS).collect();
        if words.is_empty() || self.complaints.back() == Some(&words) {
            return;
        }
        if self.complaints.len() == COMPLAINTS {
            self.complaints.pop_front();
        }
        self.complaints.push_back(words);
    }

    /// Takes in one line; gives back the time of a picture once all is said about it that is used.
    fn hear(&mut self, line: &str) -> Option<Stamp> {
        if let Some((who, words)) = complaint(line) {
            self.complain(&match who {
                Some(who) => format!("{who}: {words}"),
                None => words.to_owned(),
            });
            return None;
        }
        let (_, words) = line.split_once("[info] ")?;
        if line.starts_with("[Parsed_showinfo") {
            return self.hear_of_picture(words.trim());
        }
        if let Some(duration) = words.trim().strip_prefix("Duration: ") {
            self.duration = self.duration.or_else(|| clock(duration.split(',').next()?));
        }
        None
    }

    fn hear_of_picture(&mut self, words: &str) -> Option<Stamp> {
        if let Some(base) = field(words, "config in time_base:") {
            let (num, den) = base.trim_end_matches(',').split_once('/')?;
            self.time_base = (num.parse().ok()?, den.parse().ok()?);
        } else if words.starts_with("n:") {
            let (num, den) = self.time_base;
            let pts: Option<i64> = field(words, "pts:").and_then(|pts| pts.parse().ok());
            let nanoseconds = pts.filter(|_| den > 0).and_then(|pts| {
                let time = i128::from(pts) * i128::from(num) * SECOND / i128::from(den);
                i64::try_from(time).ok()
            });
            return self.stamp.replace(nanoseconds);
        } else if words.starts_with("color_range:") {
            if self.colors.is_empty() {
                for (key, option) in COLORS {
                    let value = field(words, key).filter(|value| *value != "unknown");
                    self.colors
                        .extend(value.map(|value| (option, value.to_owned())));
                }
            }
            return self.stamp.take();
        }
        None
    }
}

/// The word after `key`.
fn field<'a>(words: &'a str, key: &str) -> Option<&'a str> {
    words.split_once(key)?.1.split_ascii_whitespace().next()
}

/// `00:01:02.50` as a duration.
fn clock(text: &str) -> Option<Duration> {
    let mut seconds = 0.0;
    for part in text.split(':') {
        seconds = 60.0 * seconds + part.parse::<f64>().ok()?;
    }
    Duration::try_from_secs_f64(seconds).ok()
}

/// Who complains of what, if the line is a complaint: `[mov @ 0x5581] [error] moov atom not found`.
fn complaint(line: &str) -> Option<(Option<&str>, &str)> {
    let (mut who, mut rest) = (None, line);
    // Those who speak, as a name and an address, go before the level; what looks like a level further on is a file's own words.
    loop {
        let (bracket, words) = rest.strip_prefix('[')?.split_once("] ")?;
        match bracket {
            "error" | "fatal" | "panic" => return Some((who, words)),
            // An address says nothing to a reader.
            _ => who = who.or(Some(bracket.split_once(" @ ")?.0)),
        }
        rest = words;
    }
}

fn listen(stderr: ChildStderr, said: &Mutex<Said>, stamps: &Sender<Stamp>) {
    let mut stderr = BufReader::new(stderr);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = stderr.by_ref().take(MAX_LINE).read_until(b'\n', &mut line);
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = matches!(read, Ok(0) | Err(_));
        let stamp = if is_over {
            said.stamp.take()
        } else {
            said.hear(&String::from_utf8_lossy(&line))
        };
        drop(said);
        if let Some(stamp) = stamp {
            // Nobody may want it any more; what is said after it still counts.
            let _ = stamps.send(stamp);
        }
        if is_over {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of ffmpeg 5.1.9.
    #[test]
    fn what_ffmpeg_says_is_understood() {
        let mut said = Said::default();
        let mut stamps = Vec::new();
        for line in [
            "[info]   Duration: 01:02:03.97, start: 0.000000, bitrate: 112 kb/s",
            "[info]     title           : [vost @ 0x1] [error] and [fatal] lines",
            "[Parsed_showinfo_3 @ 0x557f31cd92c0] [info] config in time_base: 1/90000, frame_rate: 30/1",
            "[Parsed_showinfo_3 @ 0x557f31cd92c0] [info] n:   0 pts:      0 pts_time:0       pos:       48 fmt:yuv420p sar:1/1 s:512x512 i:P iskey:1 type:I ",
            "[Parsed_showinfo_3 @ 0x557f31cd92c0] [info] color_range:tv color_space:bt470bg color_primaries:unknown color_trc:bt709",
            "[Parsed_showinfo_3 @ 0x557f31cd92c0] [info] n:   1 pts:   3000 pts_time:0.0333333 pos:    52045 fmt:yuv420p",
            "[Parsed_showinfo_3 @ 0x557f31cd92c0] [info] n:   2 pts:   NOPTS pts_time:NOPTS pos:    52045 fmt:yuv420p",
            "[mov,mp4,m4a,3gp,3g2,mj2 @ 0x5581d2c0] [error] moov atom not found",
            "[error] file:a.mp4: Invalid data found when processing input",
            "[error] file:a.mp4: Invalid data found when processing input",
            "",
        ] {
            stamps.extend(said.hear(line));
        }
        assert_eq!(stamps, [Some(0), Some(33_333_333)]);
        assert_eq!(
            said.stamp,
            Some(None),
            "the third, of which no more was said"
        );
        assert_eq!(said.duration, Some(Duration::from_millis(3_723_970)));
        assert_eq!(
            said.colors,
            [
                ("-colorspace", "bt470bg".to_owned()),
                ("-color_trc", "bt709".to_owned())
            ]
        );
        assert_eq!(
            said.complaints().as_deref(),
            Some(
                "mov,mp4,m4a,3gp,3g2,mj2: moov atom not found; file:a.mp4: Invalid data found when processing input"
            )
        );
    }

    #[test]
    fn only_the_last_complaints_are_kept() {
        let mut said = Said::default();
        for index in 0..100 {
            said.hear(&format!("[error] {index} {}", "x".repeat(1000)));
        }
        let complaints = said.complaints().expect("some");
        assert!(complaints.starts_with("96 x"), "{complaints}");
        assert!(complaints.len() < 4 * 310, "{complaints}");
    }
}
