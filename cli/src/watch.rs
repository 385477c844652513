//! `moue watch`: a clip through a live session, a result a frame. Where pictures come from is `clip`'s work, in which order they are looked at
//! `playing`'s, what becomes of results `line`'s, `display`'s and `outputs`'. This file ties them together and decides how it ends.

mod clip;
mod display;
mod ffmpeg;
mod film;
pub mod history;
pub mod line;
mod matroska;
mod origin;
mod outputs;
mod overlay;
mod picture;
mod playing;
pub mod summary;
mod timeline;
mod y4m;

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use moue::{Budget, Expression, FrameResult, LiveOptions, LiveSession};

use crate::args::{FindingArguments, ReadingArguments};
use crate::choices::{analyzer_options, members, refused};
use crate::failure::{Ended, ReaderGone};
use crate::interrupt;
use crate::output::{note, print};
use clip::{Clip, Facts};
use display::Display;
use history::History;
use origin::Origin;
use outputs::{Outputs, Wanted};
use picture::Picture;
use playing::{Audience, Camera, Ending};
use summary::Frames;

/// The arguments of `moue watch`.
#[derive(Debug, Args)]
pub struct WatchArguments {
    /// A clip (YUV4MPEG2 as it is, any other format by way of ffmpeg), a camera (/dev/video0), or - for standard input
    #[arg(value_name = "CLIP")]
    pub clip: PathBuf,

    /// Print one JSON object a line, a frame each
    #[arg(long)]
    pub json: bool,

    /// Write a copy with the faces drawn on it, encoded by ffmpeg, without sound
    #[arg(long, value_name = "OUT.mp4")]
    pub annotate: Option<PathBuf>,

    /// Draw what each face showed over time: a picture, or a page that tells the numbers under the mouse
    #[arg(long, value_name = "OUT.svg|OUT.html")]
    pub timeline: Option<PathBuf>,

    /// Write all that moue replay needs to give the same results again: no pixel, but face geometry, which is biometric data
    #[arg(long, value_name = "OUT.jsonl")]
    pub trace: Option<PathBuf>,

    /// Play the clip as a camera would: of the frames that come while one is looked at, only the newest is kept. A camera is always watched so
    #[arg(long)]
    pub realtime: bool,

    /// The clip shows the scene as a mirror does (some front cameras): results and the annotated copy are flipped back
    #[arg(long)]
    pub mirrored: bool,

    /// The camera's horizontal field of view in degrees, of the picture as it is shown, 10 to 160: each face gets a distance
    #[arg(long, value_name = "DEGREES")]
    pub field_of_view: Option<f32>,

    /// What may be used: results a second (10), or a share of one core (10%); frames in between are dropped [default: all that it can]
    #[arg(long, value_name = "RATE|SHARE%", value_parser = budget)]
    pub budget: Option<Budget>,

    #[command(flatten)]
    pub finding: FindingArguments,

    #[command(flatten)]
    pub reading: ReadingArguments,
}

fn budget(text: &str) -> Result<Budget, String> {
    let number = |text: &str| {
        text.trim().parse::<f32>().map_err(|_| {
            "a number of results a second (10) or a share of one core (10%) is needed".to_owned()
        })
    };
    match text.strip_suffix('%') {
        Some(share) => Ok(Budget::Load(number(share)? / 100.0)),
        None => Ok(Budget::Results(number(text)?)),
    }
}

/// Watches the clip that the arguments name.
///
/// # Errors
///
/// Where nothing can be done at all: wrong options, no clip, a place that can't be written to, nobody to read the results. What is wrong
/// with the clip further on is said behind the results that there are.
pub fn run(arguments: &WatchArguments) -> Result<Ended> {
    let mut options = LiveOptions::default()
        .options(analyzer_options(&arguments.finding, &arguments.reading)?)
        .budget(arguments.budget.unwrap_or_default());
    if let Some(degrees) = arguments.field_of_view {
        options = options.field_of_view(degrees);
    }
    let rules = options.rules();
    let session = LiveSession::new(options).map_err(refused)?;
    let origin = Origin::named(&arguments.clip)?;
    let wanted = Wanted {
        film: arguments.annotate.as_deref(),
        timeline: arguments.timeline.as_deref(),
        trace: arguments.trace.as_deref(),
    };
    let outputs = Outputs::begin(&wanted, &origin, &rules)?;

    interrupt::listen()?;
    let name = origin.name();
    let is_live = origin.is_live();
    let clip = Clip::open(origin);
    let Some(facts) = clip.facts().with_context(|| name.clone())? else {
        bail!("{name}: stopped before a frame was seen: there are no results");
    };
    let expressions = members(arguments.reading.expressions.into());
    let camera = Camera {
        mirrored: arguments.mirrored,
        is_live,
    };
    // Lines and a table on one terminal would overwrite each other.
    let quiet = arguments.json && io::stdout().is_terminal();
    let mut watch = Watch {
        json: arguments.json,
        mirrored: arguments.mirrored,
        display: Display::new(quiet, &facts, &expressions),
        facts,
        expressions,
        history: History::new(),
        outputs,
    };
    let (ending, taken) = if arguments.realtime || is_live {
        playing::played(clip, &session, camera, &mut watch)
    } else {
        playing::each(&clip, &session, camera, &mut watch)
    };
    watch.display.end();
    watch.end(&name, is_live, ending, taken)
}

/// A watch that goes on.
struct Watch {
    json: bool,
    mirrored: bool,
    facts: Facts,
    expressions: Vec<Expression>,
    history: History,
    display: Display,
    outputs: Outputs,
}

impl Audience for Watch {
    fn take(
        &mut self,
        session: &LiveSession,
        result: &FrameResult,
        picture: Option<&mut Picture>,
    ) -> Result<()> {
        self.history.add(result);
        if self.json {
            let line = line::json(result, &self.expressions);
            self.display.pause(|| print(line))?;
        }
        self.display.show(result);
        if self.outputs.wants_observations() {
            self.outputs.add_observations(&session.observations()?)?;
        }
        if let Some(picture) = picture
            && self.outputs.wants_pictures()
        {
            if self.mirrored {
                picture.flip();
            }
            self.outputs.add_picture(picture, result, &self.facts)?;
        }
        Ok(())
    }

    fn wants_pictures(&self) -> bool {
        self.outputs.wants_pictures()
    }
}

impl Watch {
    /// Finishes what was begun, says what is to be said, and decides how it went.
    fn end(self, name: &str, is_live: bool, ending: Ending, taken: Result<()>) -> Result<Ended> {
        let frames = Frames {
            analyzed: self.history.frames(),
            dropped: ending.submitted - self.history.frames(),
        };
        let all_there = self.outputs.finish(name, &self.history, &self.expressions);
        let reader_gone = taken.as_ref().is_err_and(|error| error.is::<ReaderGone>());
        let printed = if self.json || reader_gone || self.history.frames() == 0 {
            Ok(())
        } else {
            print(summary::table(name, &self.history, frames))
        };
        if ending.untimely > 0 {
            note(format_args!(
                "{name}: {} without a later time than the frame before left out, frame {} first",
                counted(ending.untimely),
                ending.first_untimely
            ));
        }
        if let Some(complaint) = &ending.complaint {
            note(format_args!("{name}: {complaint}"));
        }
        if let Some(problem) = &ending.problem {
            note(format_args!(
                "{name}: {problem:#}; {} analysed until then",
                counted(frames.analyzed)
            ));
        }
        if ending.interrupted && !is_live {
            note(format_args!(
                "interrupted: {} of {name} analysed",
                counted(frames.analyzed)
            ));
        }
        taken?;
        printed?;
        // A camera is watched until somebody ends it.
        let is_whole = all_there
            && ending.problem.is_none()
            && ending.complaint.is_none()
            && ending.untimely == 0
            && (is_live || !ending.interrupted);
        Ok(if is_whole {
            Ended::Well
        } else {
            Ended::WithFailures
        })
    }
}

/// `1 frame is`, `3 frames are`.
fn counted(frames: u64) -> String {
    match frames {
        1 => "1 frame is".to_owned(),
        _ => format!("{frames} frames are"),
    }
}
