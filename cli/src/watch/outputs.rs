//! The files that a watch writes: trace, annotated copy, timeline. Each is begun before the work, so that a place that can't be written to is
//! told at once, and put in its place at the end. However the watch ends, each file holds the frames that were looked at until then; one
//! that can't be finished isn't there.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use moue::live::{Observations, Rules, trace};
use moue::{Expression, FrameResult};

use super::clip::Facts;
use super::film::Film;
use super::history::History;
use super::origin::Origin;
use super::picture::Picture;
use super::timeline::Timeline;
use crate::failure::UsageError;
use crate::output::{Draft, note};

/// What is written where.
#[derive(Debug, Default)]
pub struct Wanted<'a> {
    /// The annotated copy.
    pub film: Option<&'a Path>,
    /// The timeline.
    pub timeline: Option<&'a Path>,
    /// The trace.
    pub trace: Option<&'a Path>,
}

/// How a timeline looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Svg,
    Page,
}

/// The files that are being written.
#[derive(Debug, Default)]
pub struct Outputs {
    film: Option<Film>,
    timeline: Option<(Draft, Look)>,
    trace: Option<Trace>,
}

#[derive(Debug)]
struct Trace {
    writer: BufWriter<std::fs::File>,
    draft: Draft,
}

impl Outputs {
    /// Begins the files.
    ///
    /// # Errors
    ///
    /// A [`UsageError`] for a place that would replace the clip or another file of these, or is no place for a file; else where one
    /// can't be written to.
    pub fn begin(wanted: &Wanted<'_>, origin: &Origin, rules: &Rules) -> Result<Self> {
        let named = [
            ("--annotate", wanted.film),
            ("--timeline", wanted.timeline),
            ("--trace", wanted.trace),
        ];
        check(&named, origin)?;
        let look = wanted.timeline.map(look).transpose()?;
        let draft = |(option, path): (&str, Option<&Path>)| {
            path.map(|path| Draft::beside(path).context(option.to_owned()))
                .transpose()
        };
        let [film, timeline, trace] = named.map(draft);
        Ok(Self {
            film: film?.map(Film::new),
            timeline: timeline?.zip(look),
            trace: trace?.map(|draft| Trace::begin(draft, rules)).transpose()?,
        })
    }

    /// Whether pictures are needed.
    pub fn wants_pictures(&self) -> bool {
        self.film.is_some()
    }

    /// Whether what was seen is needed.
    pub fn wants_observations(&self) -> bool {
        self.trace.is_some()
    }

    /// Adds the picture of a result to the annotated copy.
    ///
    /// # Errors
    ///
    /// Where it can't be encoded; the copy is given up then.
    pub fn add_picture(
        &mut self,
        picture: &mut Picture,
        result: &FrameResult,
        facts: &Facts,
    ) -> Result<()> {
        let Some(film) = &mut self.film else {
            return Ok(());
        };
        film.add(picture, result, facts).inspect_err(|_| {
            self.film = None;
        })
    }

    /// Adds what was seen in a frame to the trace.
    ///
    /// # Errors
    ///
    /// Where it can't be written; the trace is given up then.
    pub fn add_observations(&mut self, seen: &Observations) -> Result<()> {
        let Some(trace) = &mut self.trace else {
            return Ok(());
        };
        trace.add(seen).inspect_err(|_| {
            self.trace = None;
        })
    }

    /// Puts the files in their places; whether all of them are there. What is wrong with one is said, and the others still come.
    pub fn finish(self, name: &str, history: &History, expressions: &[Expression]) -> bool {
        let is_empty = history.frames() == 0;
        let film = self.film.map_or(Ok(()), |film| {
            film.finish().context("the annotated copy isn't there")
        });
        let timeline = self
            .timeline
            .filter(|_| !is_empty)
            .map_or(Ok(()), |(draft, look)| {
                let timeline = Timeline {
                    name,
                    history,
                    expressions,
                };
                let text = match look {
                    Look::Svg => timeline.svg(),
                    Look::Page => timeline.page(),
                };
                let written = draft.file().write_all(text.as_bytes());
                written
                    .with_context(|| format!("{} can't be written", draft.target().display()))?;
                draft.publish()
            });
        let trace = self
            .trace
            .filter(|_| !is_empty)
            .map_or(Ok(()), Trace::finish);
        let mut all = true;
        for ended in [film, timeline, trace] {
            if let Err(error) = ended {
                note(format_args!("{error:#}"));
                all = false;
            }
        }
        all
    }
}

impl Trace {
    fn begin(draft: Draft, rules: &Rules) -> Result<Self> {
        let file = draft.file().try_clone().context("--trace")?;
        let mut trace = Self {
            writer: BufWriter::new(file),
            draft,
        };
        trace.line(&trace::header(rules))?;
        Ok(trace)
    }

    fn add(&mut self, seen: &Observations) -> Result<()> {
        self.line(&trace::line(seen))
    }

    fn line(&mut self, line: &str) -> Result<()> {
        let written = writeln!(self.writer, "{line}");
        written.with_context(|| format!("{} can't be written", self.draft.target().display()))
    }

    fn finish(mut self) -> Result<()> {
        let flushed = self.writer.flush();
        flushed.with_context(|| format!("{} can't be written", self.draft.target().display()))?;
        self.draft.publish()
    }
}

fn look(path: &Path) -> Result<Look> {
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("svg") => Ok(Look::Svg),
        Some("html" | "htm") => Ok(Look::Page),
        _ => bail!(UsageError(format!(
            "--timeline {}: the ending tells the format, and allowed are .svg and .html",
            path.display()
        ))),
    }
}

/// No file may stand where the clip or another one of them does, or where no file can.
fn check(named: &[(&str, Option<&Path>)], origin: &Origin) -> Result<()> {
    let clip = match origin {
        Origin::File(path) => path.canonicalize().ok(),
        Origin::Stdin | Origin::Device(_) => None,
    };
    let mut taken: Vec<(&str, PathBuf)> = Vec::new();
    for &(option, path) in named {
        let Some(path) = path else { continue };
        let shown = path.display();
        let usage = |words: String| UsageError(format!("{option} {shown}: {words}"));
        if option == "--annotate" {
            ensure!(
                path.extension().is_some(),
                usage("the ending tells the format, such as .mp4, .mkv or .webm".to_owned())
            );
        }
        if let Ok(found) = path.metadata() {
            ensure!(
                found.is_file(),
                usage("that is a folder, a device or the like; name a file".to_owned())
            );
        }
        let place = place(path);
        ensure!(
            clip.as_ref() != Some(&place),
            usage("that is the clip, which would be replaced; name another file".to_owned())
        );
        if let Some((other, _)) = taken.iter().find(|(_, taken)| *taken == place) {
            bail!(usage(format!("{other} goes there; name another file")));
        }
        taken.push((option, place));
    }
    Ok(())
}

/// The path without links and dots, as far as it is there.
fn place(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).canonicalize();
        match (folder, path.file_name()) {
            (Ok(folder), Some(name)) => folder.join(name),
            _ => path.to_owned(),
        }
    })
}
