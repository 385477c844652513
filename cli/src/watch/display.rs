//! What a terminal shows while a clip is watched: a table of faces that is drawn anew, and how far the clip has come.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use moue::{Expression, FrameResult};

use super::clip::Facts;
use super::summary::clock;
use crate::report::in_words;

/// Drawings a second: quick enough for the eye.
const PER_SECOND: u8 = 10;

/// Cells of a bar, each of them eight steps.
const BAR: usize = 7;
const STEPS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// Columns of an expression: its name, or its bar and a gap.
const COLUMN: usize = BAR + 2;

/// Lines beside the faces: counts, names, progress.
const OTHER_LINES: usize = 4;

/// How often frames a second are counted anew.
const SPEED_TIME: Duration = Duration::from_millis(500);

/// Where progress is shown.
#[derive(Debug)]
pub struct Display {
    bar: ProgressBar,
    expressions: Vec<Expression>,
    speed: Speed,
}

/// Frames a second, by the clock on the wall.
#[derive(Debug)]
struct Speed {
    since: Instant,
    frames: u64,
    rate: Option<f64>,
}

impl Display {
    /// Shows nothing where standard error is no terminal, or where `quiet`.
    pub fn new(quiet: bool, facts: &Facts, expressions: &[Expression]) -> Self {
        let bar = match facts.duration {
            Some(duration) => ProgressBar::new(milliseconds(duration)),
            None => ProgressBar::no_length(),
        };
        let template = match facts.duration {
            Some(_) => "{msg}{bar:30} {percent:>3} %, {eta} left",
            None => "{msg}{spinner} Ctrl-C ends",
        };
        let style = ProgressStyle::with_template(template).expect("the template is well-formed");
        bar.set_draw_target(if quiet {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr_with_hz(PER_SECOND)
        });
        Self {
            bar: bar.with_style(style),
            expressions: expressions.to_vec(),
            speed: Speed {
                since: Instant::now(),
                frames: 0,
                rate: None,
            },
        }
    }

    /// Shows a frame.
    pub fn show(&mut self, result: &FrameResult) {
        self.speed.count();
        if self.bar.is_hidden() {
            return;
        }
        // On a terminal whose size isn't known, as many faces as an old one has room for.
        let (lines, width) = console::Term::stderr().size_checked().unwrap_or((24, 80));
        let rate = self.speed.rate.unwrap_or_default();
        let room = usize::from(lines).saturating_sub(OTHER_LINES);
        let text = table(result, &self.expressions, rate, room, width.into());
        self.bar.set_message(text);
        self.bar
            .set_position(milliseconds(Duration::from_nanos(result.timestamp)));
        if self.bar.length().is_none() {
            self.bar.tick();
        }
    }

    /// Does something that writes to the terminal.
    pub fn pause<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// Clears what was shown.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

impl Speed {
    fn count(&mut self) {
        self.frames += 1;
        let elapsed = self.since.elapsed();
        if elapsed >= SPEED_TIME {
            self.rate = Some(self.frames as f64 / elapsed.as_secs_f64());
            self.since = Instant::now();
            self.frames = 0;
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap_or(u64::MAX)
}

/// The faces as lines no longer than `width`, each ending in a line break; two lines a face, of as many faces as `lines` have room for.
fn table(
    result: &FrameResult,
    expressions: &[Expression],
    rate: f64,
    lines: usize,
    width: usize,
) -> String {
    let faces = result.faces.len();
    let counts = result.counts;
    let mut rows = vec![
        format!(
            "{}  {faces} {}  {rate:.0} frames/s  {} analysed, {} dropped",
            clock(result.timestamp),
            if faces == 1 { "face" } else { "faces" },
            counts.analyzed,
            counts.dropped
        ),
        expressions
            .iter()
            .fold("      ".to_owned(), |row, expression| {
                row + &format!("{:COLUMN$}", expression.name())
            }),
    ];
    let shown = faces.min(lines.saturating_sub(rows.len()) / 2);
    for face in &result.faces[..shown] {
        let distance = face.distance.map_or(String::new(), |distance| {
            format!("  {:.2} ± {:.2} m", distance.meters, distance.deviation)
        });
        rows.push(format!(
            "{:>4}  {}{distance}",
            face.track,
            in_words(&face.face)
        ));
        rows.push(
            expressions
                .iter()
                .fold("      ".to_owned(), |row, &expression| {
                    row + &format!("{:COLUMN$}", bar(face.face.reading.scores[expression]))
                }),
        );
    }
    if shown < faces {
        rows.push(format!("      and {} more", faces - shown));
    }
    rows.into_iter()
        .map(|row| row.chars().take(width).collect::<String>() + "\n")
        .collect()
}

/// A share as a bar, rounded to eighths of a cell.
fn bar(share: f32) -> String {
    let eighths = (share.clamp(0.0, 1.0) * (8 * BAR) as f32).round() as usize;
    "█".repeat(eighths / 8) + STEPS[eighths % 8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_the_shares() {
        let shown = [0.0, 0.01, 0.5, 0.99, 1.0].map(bar);
        assert_eq!(shown, ["", "▏", "███▌", "██████▉", "███████"]);
    }
}
