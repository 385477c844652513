//! The annotated copy of a clip: faces drawn on its colour pictures, encoded by ffmpeg into a file beside its final place.

use std::io::{self, BufWriter, Write};
use std::process::{ChildStdin, Stdio};

use anyhow::{Context, Result, anyhow, bail};
use moue::{FrameResult, LiveFace};

use super::clip::Facts;
use super::ffmpeg::{self, Run};
use super::picture::Picture;
use super::{matroska, overlay};
use crate::annotate::{self, Drawing};
use crate::output::Draft;
use crate::report::{color, in_words};

/// x264's measure of quality, for the encoders that have one: thin lines stay sharp.
const QUALITY: &str = "18";

/// Most encoders want even sides.
const EVEN: &str = "pad=ceil(iw/2)*2:ceil(ih/2)*2";

/// An annotated copy that is being made.
#[derive(Debug)]
pub struct Film {
    /// Nothing before the first picture. Before the draft: ffmpeg ends first, then its file.
    encoder: Option<Encoder>,
    draft: Draft,
}

#[derive(Debug)]
struct Encoder {
    // Before ffmpeg itself: its end is waited for when that is dropped, and comes when this is closed.
    input: BufWriter<ChildStdin>,
    run: Run,
}

impl Film {
    /// Will be encoded into the draft, in the format that its name ends in.
    pub fn new(draft: Draft) -> Self {
        Self {
            encoder: None,
            draft,
        }
    }

    /// Draws faces on a picture and adds it.
    ///
    /// # Errors
    ///
    /// Where ffmpeg is missing or fails, such as on a full disk.
    pub fn add(
        &mut self,
        picture: &mut Picture,
        result: &FrameResult,
        facts: &Facts,
    ) -> Result<()> {
        if !result.faces.is_empty() {
            let drawings: Vec<Drawing> = result.faces.iter().map(drawing).collect();
            overlay::lay(&annotate::overlay(picture.layout.size, &drawings)?, picture);
        }
        let encoder = match &mut self.encoder {
            Some(encoder) => encoder,
            None => self.encoder.insert(Encoder::start(&self.draft, facts)?),
        };
        matroska::picture(&mut encoder.input, picture).map_err(|error| encoder.failed(error))
    }

    /// Ends the encoding and puts the file in its place. Without a picture there is no file.
    ///
    /// # Errors
    ///
    /// Where ffmpeg fails, or the file can't be put there.
    pub fn finish(self) -> Result<()> {
        let Some(mut encoder) = self.encoder else {
            return Ok(());
        };
        encoder
            .input
            .flush()
            .map_err(|error| encoder.failed(error))?;
        let Encoder { input, mut run } = encoder;
        drop(input);
        if let Some(complaints) = run.wait()? {
            // Older versions of ffmpeg end well on a full disk.
            bail!("ffmpeg: {complaints}");
        }
        self.draft.publish()
    }
}

impl Encoder {
    fn start(draft: &Draft, facts: &Facts) -> Result<Self> {
        let mut command = ffmpeg::command();
        command
            .args(ffmpeg::LOCAL_ONLY)
            .args(["-f", "matroska", "-i", "pipe:0", "-vf", EVEN])
            // Each picture at its own time, in steps that all encoders take.
            .args(["-fps_mode", "passthrough", "-enc_time_base", "1:60000"])
            .args(["-pix_fmt", "yuv420p", "-crf", QUALITY]);
        for (option, value) in &facts.colors {
            command.arg(option).arg(value);
        }
        command
            .arg("-y")
            .arg(ffmpeg::file(draft.path()))
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        let mut run = Run::start(&mut command, None, "annotated clips are encoded by it")?;
        let input = run.child().stdin.take().expect("it is piped");
        let mut input = BufWriter::new(input);
        matroska::begin(&mut input, &facts.layout).context("ffmpeg can't be written to")?;
        Ok(Self { input, run })
    }

    /// Why nothing can be written to ffmpeg: it has ended, and says why itself.
    fn failed(&mut self, error: io::Error) -> anyhow::Error {
        match self.run.wait() {
            Err(failed) => failed,
            Ok(Some(complaints)) => anyhow!("ffmpeg: {complaints}"),
            Ok(None) => anyhow!("ffmpeg ended before all pictures were there: {error}"),
        }
    }
}

fn drawing(face: &LiveFace) -> Drawing {
    Drawing {
        bounds: face.face.bounds,
        points: face.face.points.to_array().to_vec(),
        label: format!("{}  {}", face.track, in_words(&face.face)),
        color: color(face.face.reading.verdict),
    }
}
