//! The clip that is watched, wherever it comes from: YUV4MPEG2 as it is, everything else by way of ffmpeg. A thread reads it, one picture
//! ahead of who watches, so that nothing here makes Ctrl-C wait.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::process::{ChildStdout, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};

use super::ffmpeg::{self, Run, Stamp};
use super::origin::Origin;
use super::picture::{Layout, Picture};
use super::y4m::{self, MAGIC, Rate};
use crate::interrupt;

/// How long nothing is heard of Ctrl-C at most.
const PATIENCE: Duration = Duration::from_millis(50);

/// Pixels made square, a kind that YUV4MPEG2 has, and each picture's time said.
const FILTERS: &str =
    "scale=w=iw*sar:h=ih,setsar=1,format=yuv420p|yuv422p|yuv444p|gray,showinfo=checksum=0";

/// What is known of a clip once its beginning has been read.
#[derive(Debug, Clone)]
pub struct Facts {
    /// How its pictures lie in memory.
    pub layout: Layout,
    /// How long it is, where that can be told.
    pub duration: Option<Duration>,
    /// How its colours are to be understood, as options of ffmpeg: name and value.
    pub colors: Vec<(&'static str, String)>,
}

/// What comes next.
#[derive(Debug)]
pub enum Step {
    /// A picture.
    Picture(Picture),
    /// Nothing; there may be something to say about the clip all the same.
    End(Option<String>),
    /// Ctrl-C.
    Interrupted,
}

/// A clip that is being read.
#[derive(Debug)]
pub struct Clip {
    events: Receiver<Event>,
    used: Sender<Vec<u8>>,
    /// ffmpeg, if it runs.
    run: SharedRun,
}

type SharedRun = Arc<Mutex<Option<Run>>>;

#[derive(Debug)]
enum Event {
    Opened(Facts),
    Picture(Picture),
    Ended(Result<Option<String>>),
}

impl Clip {
    /// Begins to read.
    pub fn open(origin: Origin) -> Self {
        // No room between the two sides: at most one picture on each.
        let (sender, events) = sync_channel(0);
        let (used, buffers) = channel();
        let run = SharedRun::default();
        let job = Job {
            events: sender,
            buffers,
            run: Arc::clone(&run),
        };
        // Not waited for at the end: it may be waiting for a pipe that nobody writes to.
        thread::spawn(move || {
            let ended = job.run(origin);
            // Nobody listens after Ctrl-C.
            let _ = job.events.send(Event::Ended(ended));
        });
        Self { events, used, run }
    }

    /// Waits for the clip's beginning; `None` after Ctrl-C.
    ///
    /// # Errors
    ///
    /// Where it can't be opened, or has no picture.
    pub fn facts(&self) -> Result<Option<Facts>> {
        match self.event() {
            None => Ok(None),
            Some(Event::Opened(facts)) => Ok(Some(facts)),
            Some(Event::Ended(ended)) => {
                ended?;
                bail!("it has no picture")
            }
            Some(Event::Picture(_)) => unreachable!("a picture comes after the facts"),
        }
    }

    /// Waits for the next picture.
    ///
    /// # Errors
    ///
    /// Where the clip is cut off or damaged, or ffmpeg fails.
    pub fn next(&self) -> Result<Step> {
        Ok(match self.event() {
            None => Step::Interrupted,
            Some(Event::Picture(picture)) => Step::Picture(picture),
            Some(Event::Ended(ended)) => Step::End(ended?),
            Some(Event::Opened(_)) => unreachable!("a clip is opened once"),
        })
    }

    /// Gives a picture's memory back for another one.
    pub fn give_back(&self, picture: Picture) {
        // The reader may have come to its end.
        let _ = self.used.send(picture.bytes);
    }

    fn event(&self) -> Option<Event> {
        loop {
            if interrupt::asked() {
                return None;
            }
            match self.events.recv_timeout(PATIENCE) {
                Ok(event) => return Some(event),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Some(Event::Ended(Err(anyhow!(
                        "the clip's reader gave up on it"
                    ))));
                }
            }
        }
    }
}

impl Drop for Clip {
    fn drop(&mut self) {
        self.run
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }
}

/// Where a picture's time comes from.
enum Times {
    Rate(Rate),
    Stamps(Stamps),
}

/// The times that ffmpeg tells.
struct Stamps {
    stamps: Receiver<Stamp>,
    /// Steps for pictures that have no time of their own.
    rate: Option<Rate>,
    last: Option<i64>,
    /// What makes the first time one that isn't negative.
    shift: i64,
}

impl Stamps {
    fn next(&mut self) -> Result<u64> {
        // Said before the picture was written, so it is there already or comes at once; the other end is gone once ffmpeg is.
        let stamp = self
            .stamps
            .recv()
            .map_err(|_| anyhow!("ffmpeg didn't tell the time of the picture"))?;
        let time = match (stamp, self.last, self.rate) {
            (Some(time), ..) => time,
            (None, None, _) => 0,
            (None, Some(last), Some(rate)) => last.saturating_add_unsigned(rate.timestamp(1)),
            (None, Some(_), None) => bail!("ffmpeg can't tell the time of the picture"),
        };
        if self.last.is_none() {
            self.shift = time.min(0);
        }
        self.last = Some(time);
        Ok(u64::try_from(time.saturating_sub(self.shift)).unwrap_or(0))
    }
}

/// What the reader's thread works with.
struct Job {
    events: SyncSender<Event>,
    buffers: Receiver<Vec<u8>>,
    run: SharedRun,
}

impl Job {
    fn run(&self, origin: Origin) -> Result<Option<String>> {
        match origin {
            Origin::Device(path) => self.decode(Source::Device(path)),
            Origin::File(path) => {
                let mut file = File::open(&path).context("it can't be opened")?;
                let bytes = file.metadata().map_or(0, |found| found.len());
                match beginning(&mut file)? {
                    Beginning::Y4m(beginning) => {
                        self.raw(Cursor::new(beginning).chain(file), Some(bytes))
                    }
                    Beginning::Other(_) => self.decode(Source::File(path)),
                }
            }
            Origin::Stdin => match beginning(&mut io::stdin())? {
                Beginning::Y4m(beginning) => {
                    self.raw(Cursor::new(beginning).chain(io::stdin()), None)
                }
                Beginning::Other(beginning) => self.decode(Source::Stdin(beginning)),
            },
        }
    }

    fn raw(&self, input: impl Read, file_bytes: Option<u64>) -> Result<Option<String>> {
        let reader = y4m::Reader::new(input)?;
        let rate = reader.rate()?;
        let duration =
            file_bytes.map(|bytes| Duration::from_nanos(rate.timestamp(reader.count(bytes))));
        let facts = |layout| Facts {
            layout,
            duration,
            colors: Vec::new(),
        };
        self.pictures(reader, facts, Times::Rate(rate))?;
        Ok(None)
    }

    /// Reads by way of ffmpeg.
    fn decode(&self, source: Source) -> Result<Option<String>> {
        let (sender, stamps) = channel();
        let (stdout, feeder) = self.start(source, sender)?;
        let read = self.decoded(stdout, stamps);
        let run = self
            .run
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        // Whoever watched is gone, and ffmpeg with it.
        let Some(mut run) = run else { return Ok(None) };
        let ended = run.wait();
        if let Some(feeder) = feeder
            && feeder.is_finished()
        {
            // It has had its say: ffmpeg closes its pipe early by right.
            let _ = feeder.join();
        }
        match (read, ended) {
            // What ffmpeg says of itself is why the pictures are as they are.
            (Ok(0), Err(failed)) => Err(failed),
            (Ok(frames), Err(failed)) => Err(failed.context(format!("after frame {frames}"))),
            (Err(read), Err(failed)) => Err(anyhow!("{read:#}; {failed:#}")),
            (Err(read), Ok(Some(complaints))) => Err(anyhow!("{read:#}; ffmpeg: {complaints}")),
            (Err(read), Ok(None)) => Err(read),
            (Ok(0), Ok(complaints)) => bail!(
                "ffmpeg found no picture in it{}",
                complaints.map_or(String::new(), |complaints| format!(": {complaints}"))
            ),
            (Ok(_), Ok(complaints)) => {
                Ok(complaints.map(|complaints| format!("ffmpeg complained: {complaints}")))
            }
        }
    }

    fn start(
        &self,
        source: Source,
        stamps: Sender<Stamp>,
    ) -> Result<(ChildStdout, Option<thread::JoinHandle<()>>)> {
        let mut command = ffmpeg::command();
        command.args(ffmpeg::LOCAL_ONLY).stdin(Stdio::null());
        let mut beginning = None;
        match source {
            Source::File(path) => command.arg("-i").arg(ffmpeg::file(&path)),
            Source::Device(path) => command.args(["-f", "v4l2", "-i"]).arg(path),
            Source::Stdin(bytes) => {
                beginning = Some(bytes);
                command.stdin(Stdio::piped()).args(["-i", "pipe:0"])
            }
        };
        // V: a video, and not the picture on the cover of a song. Passed through: no picture is repeated or left out to keep a rate.
        command
            .args(["-map", "0:V:0", "-vf", FILTERS])
            .args(["-fps_mode", "passthrough", "-f", "yuv4mpegpipe", "pipe:1"])
            .stdout(Stdio::piped());
        let mut run = Run::start(
            &mut command,
            Some(stamps),
            "all clips but YUV4MPEG2 (.y4m) are read by way of it",
        )?;
        let stdout = run.child().stdout.take().expect("it is piped");
        let stdin = run.child().stdin.take();
        *self.run.lock().unwrap_or_else(PoisonError::into_inner) = Some(run);
        let feeder = beginning.zip(stdin).map(|(beginning, mut stdin)| {
            thread::spawn(move || {
                // Where it fails, ffmpeg has ended, and says why.
                let _ = io::copy(&mut Cursor::new(beginning).chain(io::stdin()), &mut stdin);
            })
        });
        Ok((stdout, feeder))
    }

    /// Hands out the pictures that ffmpeg writes; gives back how many there were.
    fn decoded(&self, stdout: ChildStdout, stamps: Receiver<Stamp>) -> Result<u64> {
        let mut stdout = stdout;
        let mut first = [0];
        if stdout.read(&mut first).context("ffmpeg can't be heard")? == 0 {
            return Ok(0);
        }
        let reader = y4m::Reader::new(Cursor::new(first).chain(stdout))
            .context("what ffmpeg writes is no YUV4MPEG2")?;
        let rate = reader.rate().ok();
        let facts = |layout| {
            let run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
            let said = run.as_ref().map(Run::said);
            let (duration, colors) = said.map_or((None, Vec::new()), |said| {
                (said.duration, said.colors.clone())
            });
            Facts {
                layout,
                duration,
                colors,
            }
        };
        let stamps = Stamps {
            stamps,
            rate,
            last: None,
            shift: 0,
        };
        self.pictures(reader, facts, Times::Stamps(stamps))
    }

    /// Hands out pictures until there are no more or nobody wants them; gives back how many. What is known of the clip is asked for once the
    /// first one is there, and its time.
    fn pictures<R: Read>(
        &self,
        mut reader: y4m::Reader<R>,
        facts: impl FnOnce(Layout) -> Facts,
        mut times: Times,
    ) -> Result<u64> {
        let layout = reader.layout();
        let mut facts = Some(facts);
        loop {
            let mut bytes = self.buffers.try_recv().unwrap_or_default();
            if !reader.next(&mut bytes)? {
                return Ok(reader.read());
            }
            let timestamp = match &mut times {
                Times::Rate(rate) => rate.timestamp(reader.read() - 1),
                Times::Stamps(stamps) => stamps
                    .next()
                    .with_context(|| format!("frame {}", reader.read()))?,
            };
            let picture = Picture {
                layout,
                bytes,
                timestamp,
            };
            if let Some(facts) = facts.take()
                && self.events.send(Event::Opened(facts(layout))).is_err()
            {
                return Ok(reader.read());
            }
            if self.events.send(Event::Picture(picture)).is_err() {
                return Ok(reader.read());
            }
        }
    }
}

/// What ffmpeg reads from.
enum Source {
    File(PathBuf),
    Device(PathBuf),
    /// Standard input, of which this has been read already.
    Stdin(Vec<u8>),
}

/// The first bytes of a clip.
enum Beginning {
    Y4m(Vec<u8>),
    Other(Vec<u8>),
}

fn beginning(input: &mut impl Read) -> Result<Beginning> {
    let mut bytes = Vec::new();
    input
        .take(MAGIC.len() as u64)
        .read_to_end(&mut bytes)
        .context("it can't be read")?;
    ensure!(!bytes.is_empty(), "it is empty: a clip is expected");
    Ok(if bytes == MAGIC {
        Beginning::Y4m(bytes)
    } else {
        Beginning::Other(bytes)
    })
}
