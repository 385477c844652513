//! The timeline of a clip: a lane a face, in it a strip of verdicts over bands of probabilities. As a picture (SVG), or as a page that tells
//! the numbers under the mouse. Neither loads anything or runs a script.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use moue::Expression;

use super::history::{History, Lane, Span};
use super::summary::{clock, percent};
use crate::annotate::{Rgb, text_color};
use crate::report::{UNSURE_COLOR, expression_color};

const STYLE: &str = include_str!("timeline.css");

/// The page may show what it holds and no more: a browser that would load anything else is told not to.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// Lanes that are drawn, at most: the faces that were there for longest.
const MOST_LANES: usize = 24;

/// Sizes in units of the drawing, one of them a pixel at its natural size.
mod at {
    pub const WIDTH: f64 = 1000.0;
    pub const LEFT: f64 = 120.0;
    pub const PLOT: f64 = 864.0;
    pub const TITLE: f64 = 26.0;
    pub const FACTS: f64 = 46.0;
    pub const LEGEND: f64 = 70.0;
    pub const FIRST_LANE: f64 = 92.0;
    pub const LANE: f64 = 110.0;
    pub const STRIP: f64 = 16.0;
    pub const BANDS: f64 = 70.0;
    pub const AXIS: f64 = 40.0;
    /// Width of a letter, about.
    pub const LETTER: f64 = 6.6;
    pub const TIP_WIDTH: f64 = 132.0;
    pub const TIP_LINE: f64 = 14.0;
}

/// Columns that a lane is drawn in: two pixels each.
const COLUMNS: usize = 432;

/// Columns under the mouse, in all lanes together: what keeps the page small.
const MOST_CELLS: usize = 3000;

/// Pixels of the narrowest cell.
const LEAST_CELL: f64 = 4.0;

/// Seconds between two marks of the axis, and how many marks there may be.
const STEPS: [f64; 18] = [
    0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0,
    3600.0, 7200.0, 21600.0,
];
const MOST_MARKS: f64 = 10.0;

const SECOND: f64 = 1e9;

/// What is drawn.
pub struct Timeline<'a> {
    /// Name of the clip.
    pub name: &'a str,
    /// What the faces showed.
    pub history: &'a History,
    /// The expressions that competed.
    pub expressions: &'a [Expression],
}

/// One column of a lane.
struct Column {
    /// Its middle.
    x: f64,
    /// The time of its first span, in nanoseconds.
    time: u64,
    span: Span,
    /// Whether it follows the one before without a gap.
    follows: bool,
}

/// Whether numbers are shown under the mouse.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hover {
    Off,
    On,
}

impl Timeline<'_> {
    /// As a picture.
    pub fn svg(&self) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n",
            self.drawing(Hover::Off).into_string()
        )
    }

    /// As a page.
    pub fn page(&self) -> String {
        let markup = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="generator" content="moue watch --timeline";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (self.name) ": expressions over time" }
                    style { "body{margin:1rem;background:#fff}svg{display:block;width:100%;max-width:1400px;height:auto;margin:auto}" }
                }
                body { (self.drawing(Hover::On)) }
            }
        };
        markup.into_string()
    }

    fn drawing(&self, hover: Hover) -> Markup {
        let lanes = self.shown();
        let bottom = at::FIRST_LANE + at::LANE * lanes.len().max(1) as f64;
        let height = bottom + at::AXIS;
        let columns: Vec<Vec<Column>> = lanes.iter().map(|lane| self.columns(lane)).collect();
        html! {
            svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {} {height}", at::WIDTH)) width=(at::WIDTH) height=(height) {
                title { (self.name) ": expressions over time" }
                style { (PreEscaped(STYLE)) }
                rect class="paper" width=(at::WIDTH) height=(height) {}
                text class="name" x="16" y=(at::TITLE) { (shortened(self.name, 100)) }
                text class="faint" x="16" y=(at::FACTS) { (self.facts(lanes.len())) }
                (self.legend())
                (self.axis(bottom))
                @if lanes.is_empty() {
                    text class="faint" x=(at::LEFT) y=(at::FIRST_LANE + at::STRIP) { "No face was seen." }
                }
                @for (index, (lane, columns)) in lanes.iter().zip(&columns).enumerate() {
                    (self.lane(lane, columns, at::FIRST_LANE + at::LANE * index as f64))
                }
                @if hover == Hover::On {
                    @for (index, columns) in columns.iter().enumerate() {
                        (self.cells(columns, index, lanes.len(), height))
                    }
                }
            }
        }
    }

    /// The lanes that are drawn, the first face first.
    fn shown(&self) -> Vec<&Lane> {
        let mut lanes: Vec<&Lane> = self.history.lanes().iter().collect();
        lanes.sort_by_key(|lane| std::cmp::Reverse(lane.whole.frames));
        lanes.truncate(MOST_LANES);
        lanes.sort_by_key(|lane| lane.track);
        lanes
    }

    fn facts(&self, shown: usize) -> String {
        let mut text = match self.history.times() {
            None => "no frame".to_owned(),
            Some((first, last)) => format!(
                "{} frames in {}",
                self.history.frames(),
                clock(last - first)
            ),
        };
        let more = self.history.lanes().len() - shown;
        let more = more as u64 + self.history.forgotten();
        text += &match shown {
            1 => ", 1 face".to_owned(),
            _ => format!(", {shown} faces"),
        };
        if more > 0 {
            text += &format!(" and {more} more that were there for less time");
        }
        text + ". Strips: what was said of a face. Bands: the probabilities, which add up to 100 %."
    }

    fn legend(&self) -> Markup {
        let entries = self
            .expressions
            .iter()
            .map(|expression| (expression.name(), expression_color(*expression)))
            .chain([("unsure (strip only)", UNSURE_COLOR)]);
        let mut x = at::LEFT;
        let placed: Vec<_> = entries
            .map(|(name, color)| {
                let at = x;
                x += 18.0 + at::LETTER * name.len() as f64 + 16.0;
                (at, name, color)
            })
            .collect();
        html! {
            @for (x, name, color) in placed {
                rect x=(x) y=(at::LEGEND - 10.0) width="12" height="12" fill=(hex(color)) {}
                text x=(x + 18.0) y=(at::LEGEND) { (name) }
            }
        }
    }

    fn axis(&self, bottom: f64) -> Markup {
        let (first, last) = self.history.times().unwrap_or_default();
        let seconds = (last - first) as f64 / SECOND;
        let step = STEPS
            .into_iter()
            .find(|step| seconds / step <= MOST_MARKS)
            .unwrap_or_else(|| seconds / MOST_MARKS);
        let start = first as f64 / SECOND;
        // Marks at round times of the clip, not of the part that was seen.
        let marks = (0..=MOST_MARKS as u32 + 1)
            .map(|index| ((start / step).ceil() + f64::from(index)) * step)
            .take_while(|time| *time <= start + seconds);
        html! {
            @for time in marks {
                @let x = format!("{:.1}", self.x((time * SECOND).round().max(first as f64) as u64));
                line class="mark" x1=(x) x2=(x) y1=(at::FIRST_LANE - 6.0) y2=(bottom) {}
                text class="time" x=(x) y=(bottom + 16.0) { (clock((time * SECOND).round() as u64)) }
            }
        }
    }

    /// Where a time is drawn.
    fn x(&self, time: u64) -> f64 {
        let (first, last) = self.history.times().unwrap_or_default();
        let share = (time - first) as f64 / (last - first).max(1) as f64;
        at::LEFT + at::PLOT * share.min(1.0)
    }

    fn columns(&self, lane: &Lane) -> Vec<Column> {
        let width = at::PLOT / COLUMNS as f64;
        let mut columns: Vec<(usize, Column)> = Vec::new();
        for (time, span, follows) in self.history.spans(lane) {
            let number = ((self.x(time) - at::LEFT) / width) as usize;
            let number = number.min(COLUMNS - 1);
            match columns.last_mut() {
                Some((last, column)) if *last == number => column.span = column.span.merged(span),
                _ => columns.push((
                    number,
                    Column {
                        x: at::LEFT + width * (number as f64 + 0.5),
                        time,
                        span: *span,
                        follows,
                    },
                )),
            }
        }
        columns.into_iter().map(|(_, column)| column).collect()
    }

    fn lane(&self, lane: &Lane, columns: &[Column], top: f64) -> Markup {
        let half = at::PLOT / COLUMNS as f64 / 2.0;
        let bands = top + at::STRIP + 2.0;
        let share = lane.whole.shares().first().copied();
        html! {
            text class="face" x="16" y=(top + 13.0) { "face " (lane.track) }
            text class="faint" x="16" y=(top + 32.0) { "for " (clock(lane.last - lane.first)) }
            @if let Some((verdict, share)) = share {
                text class="faint" x="16" y=(top + 49.0) { (verdict_name(verdict)) " " (percent(share)) }
            }
            rect class="ground" x=(at::LEFT) y=(bands) width=(at::PLOT) height=(at::BANDS) {}
            @for segment in columns.chunk_by(|_, next| next.follows) {
                (self.bands(segment, bands, half))
                (strip(segment, top, half))
            }
        }
    }

    /// The probabilities, one on top of the other.
    fn bands(&self, segment: &[Column], top: f64, half: f64) -> Markup {
        // Widened by half a column on both sides: a face that is there for a moment is seen too.
        let edge = |column: &Column, shift: f64| (column.x + shift, column.span.scores());
        let points: Vec<_> = segment
            .first()
            .map(|column| edge(column, -half))
            .into_iter()
            .chain(segment.iter().map(|column| edge(column, 0.0)))
            .chain(segment.last().map(|column| edge(column, half)))
            .collect();
        let mut below = vec![0.0_f64; points.len()];
        let paths: Vec<(Rgb, String)> = self
            .expressions
            .iter()
            .map(|&expression| {
                let above: Vec<f64> = below
                    .iter()
                    .zip(&points)
                    .map(|(below, (_, scores))| below + f64::from(scores[expression]))
                    .collect();
                let corner = |((x, _), share): (&(f64, moue::Scores), &f64)| {
                    format!("{x:.1} {:.1}", top + at::BANDS * (1.0 - share.min(1.0)))
                };
                let upper = points.iter().zip(&above).map(corner);
                let lower = points.iter().zip(&below).rev().map(corner);
                let corners: Vec<String> = upper.chain(lower).collect();
                below = above;
                (
                    expression_color(expression),
                    format!("M{}Z", corners.join("L")),
                )
            })
            .collect();
        html! {
            @for (color, path) in paths { path class="band" fill=(hex(color)) d=(path) {} }
        }
    }

    /// What the mouse finds: a column with its numbers.
    fn cells(&self, columns: &[Column], index: usize, lanes: usize, height: f64) -> Markup {
        let least = at::PLOT * lanes as f64 / MOST_CELLS as f64;
        let width = LEAST_CELL.max(least);
        let number = |column: &Column| ((column.x - at::LEFT) / width) as usize;
        let top = at::FIRST_LANE + at::LANE * index as f64;
        let cells = columns.chunk_by(|a, b| number(a) == number(b)).map(|cell| {
            let span = cell
                .iter()
                .skip(1)
                .fold(cell[0].span, |sum, column| sum.merged(&column.span));
            (
                at::LEFT + width * number(&cell[0]) as f64,
                cell[0].time,
                span,
            )
        });
        let lines = self.expressions.len() + 2;
        let tip_height = at::TIP_LINE * lines as f64 + 10.0;
        let tip_y = top.min(height - tip_height - 4.0);
        html! {
            @for (x, time, span) in cells {
                @let tip_x = if x + width + 8.0 + at::TIP_WIDTH < at::WIDTH { x + width + 8.0 } else { x - 8.0 - at::TIP_WIDTH };
                g class="cell" {
                    rect class="hit" x=(format!("{x:.1}")) y=(top) width=(format!("{width:.1}")) height=(at::STRIP + at::BANDS + 2.0) {}
                    g class="tip" transform=(format!("translate({tip_x:.1} {tip_y:.1})")) {
                        rect width=(at::TIP_WIDTH) height=(tip_height) rx="3" {}
                        (line(1, &clock(time), ""))
                        text class="face" x="8" y=(2.0 * at::TIP_LINE + 1.0) { (verdict_name(span.verdict())) }
                        @for (number, &expression) in self.expressions.iter().enumerate() {
                            (line(number + 3, expression.name(), &percent(span.scores()[expression].into())))
                        }
                    }
                }
            }
        }
    }
}

/// A line of the numbers under the mouse.
fn line(number: usize, name: &str, value: &str) -> Markup {
    let y = at::TIP_LINE * number as f64 + 1.0;
    html! {
        text x="8" y=(y) { (name) }
        @if !value.is_empty() { text class="value" x=(at::TIP_WIDTH - 8.0) y=(y) { (value) } }
    }
}

/// What was said, in words where there is room.
fn strip(segment: &[Column], top: f64, half: f64) -> Markup {
    let mut runs: Vec<(f64, f64, Option<Expression>)> = Vec::new();
    for column in segment {
        let verdict = column.span.verdict();
        match runs.last_mut() {
            Some((_, end, last)) if *last == verdict => *end = column.x + half,
            Some((_, end, _)) => {
                let middle = (*end + column.x - half) / 2.0;
                *end = middle;
                runs.push((middle, column.x + half, verdict));
            }
            None => runs.push((column.x - half, column.x + half, verdict)),
        }
    }
    html! {
        @for (start, end, verdict) in runs {
            @let color = verdict.map_or(UNSURE_COLOR, expression_color);
            @let name = verdict_name(verdict);
            rect x=(format!("{start:.1}")) y=(top) width=(format!("{:.1}", end - start)) height=(at::STRIP) fill=(hex(color)) {}
            @if end - start > at::LETTER * name.len() as f64 + 10.0 {
                text class=[(text_color(color) == [255; 3]).then_some("on-dark")] x=(format!("{:.1}", start + 5.0)) y=(top + 12.0) { (name) }
            }
        }
    }
}

fn verdict_name(verdict: Option<Expression>) -> &'static str {
    verdict.map_or("unsure", Expression::name)
}

fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// The end of a name that is too long for its line.
fn shortened(name: &str, most: usize) -> String {
    let length = name.chars().count();
    if length <= most {
        return name.to_owned();
    }
    let end: String = name.chars().skip(length - most).collect();
    format!("…{end}")
}
