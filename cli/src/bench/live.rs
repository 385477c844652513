//! Live video: a session on clips in memory, as fast as it can, and at the pace of a camera. The clips' faces move to and fro for one second,
//! and again.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use image::GrayImage;
use image::imageops::{self, FilterType};
use moue::{Frame, FrameResult, LiveOptions, LiveSession, Next, Size, Submitted};
use serde::Serialize;

use super::times::Times;
use crate::choices::refused;
use crate::interrupt;

/// Frames a second, of the clips and of the camera.
const RATE: u32 = 30;

/// The most frames that the camera shows, half a minute: they take as long as they last.
const MOST_PACED: u32 = 30 * RATE;

/// A camera's frame of today, for `submit`.
const LARGE: (u32, u32) = (1920, 1080);

/// The face of the built-in frame with what is around it: left, top, width, height.
const FACE: (u32, u32, u32, u32) = (150, 30, 270, 300);

/// Middles of the five faces, and how large they are drawn.
const PLACES: [(i64, i64); 5] = [(110, 120), (320, 120), (530, 120), (200, 350), (430, 350)];
const PLACED: (u32, u32) = (180, 200);

/// For a frame of the camera.
const PATIENCE: Duration = Duration::from_millis(100);

/// For longer than any frame takes.
const LONG: Duration = Duration::from_secs(60);

/// What a session does on one core.
#[derive(Debug, Serialize)]
pub struct Live {
    /// Clips of 640 x 480 pixels in steady state.
    pub clips: Vec<Clip>,
    /// `submit` of a contiguous, upright frame of 1920 x 1080 luma bytes, which nobody takes.
    pub submit: Times,
    /// From the call of `submit` on the camera's thread, 30 a second, to the result on another.
    pub latency: Times,
    /// Frames that the camera showed and the session dropped meanwhile.
    pub dropped: u64,
}

/// One clip's figures, from `submit` to the result on the same thread, searches for newcomers included.
#[derive(Debug, Serialize)]
pub struct Clip {
    /// Faces in it.
    pub faces: usize,
    /// By the median of the clip's seconds.
    pub results_per_second: f64,
    /// How long a frame takes.
    pub frame: Times,
}

/// Measures; `None` where Ctrl-C came first. `picture` is the built-in frame.
///
/// # Errors
///
/// Where a session can't be had or does not find the faces.
pub fn measure(picture: &GrayImage, rounds: u32) -> Result<Option<Live>> {
    let mut clips = Vec::new();
    for (pictures, faces) in [(one_face(picture), 1), (five_faces(picture), PLACES.len())] {
        let Some(clip) = run(&pictures, faces, rounds)? else {
            return Ok(None);
        };
        clips.push(clip);
    }
    let submit = submit(picture, rounds)?;
    let paced = paced(&one_face(picture), rounds.min(MOST_PACED))?;
    Ok(paced.map(|(latency, dropped)| Live {
        clips,
        submit,
        latency,
        dropped,
    }))
}

fn session() -> Result<LiveSession> {
    LiveSession::new(LiveOptions::default()).map_err(refused)
}

fn run(pictures: &[GrayImage], faces: usize, rounds: u32) -> Result<Option<Clip>> {
    let frames: Vec<Frame<'_>> = pictures.iter().map(frame).collect::<Result<_>>()?;
    let session = session()?;
    let mut result = FrameResult::default();
    let (mut times, mut seconds) = (Vec::new(), Vec::new());
    let mut timestamp = 0;
    // The first second, with the networks' plans and empty caches, isn't counted.
    for second in 0..=rounds.div_ceil(RATE) {
        let start = Instant::now();
        for frame in &frames {
            if interrupt::asked() {
                return Ok(None);
            }
            timestamp += 1_000_000_000 / u64::from(RATE);
            let start = Instant::now();
            session.submit(frame, timestamp)?;
            let next = session.next(LONG, &mut result)?;
            if second > 0 {
                times.push(start.elapsed());
            }
            anyhow::ensure!(
                next == Next::Result,
                "a session has not answered in a minute"
            );
        }
        if second > 0 {
            seconds.push(start.elapsed());
            let found = result.faces.len();
            anyhow::ensure!(
                found == faces,
                "{found} of the clip's {faces} faces are found"
            );
        }
    }
    Ok(Some(Clip {
        faces,
        results_per_second: f64::from(RATE) * 1e3 / Times::of("second", &seconds).p50_ms,
        frame: Times::of("frame", &times),
    }))
}

fn submit(picture: &GrayImage, rounds: u32) -> Result<Times> {
    let large = imageops::resize(picture, LARGE.0, LARGE.1, FilterType::Triangle);
    let frame = frame(&large)?;
    let session = session()?;
    // The first makes the buffer.
    session.submit(&frame, 1)?;
    let times = (0..u64::from(rounds)).map(|round| {
        let start = Instant::now();
        session.submit(&frame, round + 2)?;
        Ok(start.elapsed())
    });
    Ok(Times::of("submit", &times.collect::<Result<Vec<_>>>()?))
}

/// The latency at the pace of a camera, and how many frames were dropped.
fn paced(pictures: &[GrayImage], count: u32) -> Result<Option<(Times, u64)>> {
    let frames: Vec<Frame<'_>> = pictures.iter().map(frame).collect::<Result<_>>()?;
    let session = session()?;
    let start = Instant::now();
    let now = || u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
    thread::scope(|scope| {
        let camera = scope.spawn(|| -> Result<()> {
            // As many again at first, up to a second's, aren't counted: plans are made for the first.
            for (index, frame) in (0..count + count.min(RATE)).zip(frames.iter().cycle()) {
                if interrupt::asked() {
                    break;
                }
                let due = start + Duration::from_secs(1) * index / RATE;
                thread::sleep(due.saturating_duration_since(Instant::now()));
                if session.submit(frame, now())? == Submitted::Closed {
                    break;
                }
            }
            Ok(())
        });
        let mut result = FrameResult::default();
        let mut times = Vec::new();
        // The last frame is taken however busy the machine is.
        let ended = loop {
            let is_over = camera.is_finished();
            match session.next(PATIENCE, &mut result) {
                Ok(Next::Result) => times.push(Duration::from_nanos(now() - result.timestamp)),
                Ok(_) if is_over => break Ok(result.counts.dropped),
                Ok(_) => {}
                Err(error) => break Err(error),
            }
        };
        // Ends the camera too where the analysis has failed.
        session.close();
        camera.join().expect("the camera does not panic")?;
        let dropped = ended?;
        if interrupt::asked() {
            return Ok(None);
        }
        let warm_up = (count.min(RATE) as usize).min(times.len() - 1);
        let times = &times[warm_up..];
        Ok(Some((Times::of("latency", times), dropped)))
    })
}

fn frame(picture: &GrayImage) -> Result<Frame<'_>> {
    Ok(Frame::luma(
        picture.as_raw(),
        Size::new(picture.width(), picture.height()),
    )?)
}

/// A second in which a camera sways.
fn one_face(picture: &GrayImage) -> Vec<GrayImage> {
    let (width, height) = picture.dimensions();
    swings(40.0)
        .zip(swings(12.0).cycle().skip(7))
        .map(|(x, y)| {
            GrayImage::from_fn(width, height, |column, row| {
                let at = |place: u32, shift: i64, length: u32| {
                    (i64::from(place) + shift).clamp(0, i64::from(length) - 1) as u32
                };
                *picture.get_pixel(at(column, x, width), at(row, y, height))
            })
        })
        .collect()
}

/// A second in which five people sway, each at a pace of their own.
fn five_faces(picture: &GrayImage) -> Vec<GrayImage> {
    let (left, top, width, height) = FACE;
    let face = imageops::crop_imm(picture, left, top, width, height).to_image();
    let face = imageops::resize(&face, PLACED.0, PLACED.1, FilterType::Triangle);
    let shifts: Vec<i64> = swings(10.0).collect();
    (0..shifts.len())
        .map(|index| {
            let mut drawn = GrayImage::from_pixel(640, 480, image::Luma([110]));
            for (person, (x, y)) in PLACES.into_iter().enumerate() {
                let shift = shifts[(index + 6 * person) % shifts.len()];
                let (left, top) = (x - i64::from(PLACED.0 / 2), y - i64::from(PLACED.1 / 2));
                imageops::overlay(&mut drawn, &face, left + shift, top);
            }
            drawn
        })
        .collect()
}

/// Once to and fro by so many pixels, a number for each frame of a second.
fn swings(most: f64) -> impl Iterator<Item = i64> + Clone {
    (0..RATE).map(move |index| {
        let angle = std::f64::consts::TAU * f64::from(index) / f64::from(RATE);
        (most * libm::sin(angle)).round() as i64
    })
}

/// What the table says of it.
pub fn table(live: &Live) -> String {
    let row = |name: &str, times: &Times| {
        format!(
            "\n  {name:10} {:9.3} {:9.3} {:9.3} {:9.3}",
            times.min_ms, times.p50_ms, times.p90_ms, times.p99_ms
        )
    };
    let name = |clip: &Clip| format!("live, {}", clip.faces);
    let mut text: String = live
        .clips
        .iter()
        .map(|clip| row(&name(clip), &clip.frame))
        .collect();
    text += &row("submit", &live.submit);
    text += &row("latency", &live.latency);
    let rates: Vec<String> = live
        .clips
        .iter()
        .map(|clip| format!("{:.0} with {}", clip.results_per_second, clip.faces))
        .collect();
    text += &format!(
        "\n  live results a second: {} in the picture; submit of {} x {} pixels; latency at {RATE} frames a second, {} dropped",
        rates.join(", "),
        LARGE.0,
        LARGE.1,
        live.dropped
    );
    text
}
