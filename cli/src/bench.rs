//! `moue bench`: how long each stage takes on this machine, on one thread, and how much memory. What a stage is and when the clock runs is
//! in `stages`; live video in `live`; what the machine says of itself in `machine`.

mod live;
mod machine;
mod stages;
mod times;

use std::fmt::Write;
use std::time::Instant;

use anyhow::{Context, Result};
use image::GrayImage;
use moue::{Analyzer, Backend, Frame, Options, Size, int8_kernels};
use serde::Serialize;

use crate::args::{BackendName, BenchArguments};
use crate::choices::{backend, refused};
use crate::failure::Ended;
use crate::interrupt;
use crate::output::print;
use crate::photo::Photo;
use live::Live;
use stages::Stages;
use times::{Times, milliseconds};

/// The top of `tests/photos/astronaut.jpg` (NASA's portrait of Eileen Collins, public domain) in grey, enlarged to 640 x 480: what a phone's
/// front camera sees.
const FRAME: &[u8] = include_bytes!("../assets/frame.jpg");

/// Of so many rounds one runs before, uncounted: buffers are made and caches filled.
const ROUNDS_PER_WARM_UP: u32 = 10;

/// All that is found out.
#[derive(Debug, Serialize)]
struct Bench {
    /// What the system calls the CPU; `None` where it doesn't say.
    cpu: Option<String>,
    /// The int8 engine's kernels.
    kernels: &'static str,
    /// The frame's width and height in pixels.
    width: u32,
    height: u32,
    rounds: u32,
    warm_up_rounds: u32,
    backends: Vec<Measured>,
}

/// One backend's figures.
#[derive(Debug, Serialize)]
struct Measured {
    backend: &'static str,
    /// From nothing to all three networks ready.
    load_ms: f64,
    /// From nothing to the first faces, load included: the first frame also plans the detector for its size.
    first_answer_ms: f64,
    /// Faces that were found in the frame.
    faces: usize,
    stages: Vec<Times>,
    /// One second divided by the median of a face's stages, `refine` to `expression`.
    faces_per_second: f64,
    /// One second divided by the median of a whole frame.
    frames_per_second: f64,
    /// On clips made of the built-in frame; `None` where a photo was given, and for tract, which is no backend for video.
    live: Option<Live>,
    /// Memory that the process holds after the last round, backends that were measured before included; `None` where the system doesn't say.
    resident_bytes: Option<u64>,
}

/// Measures and prints.
///
/// # Errors
///
/// Where the photo can't be read or shows no face, or a backend isn't there.
pub fn run(arguments: &BenchArguments) -> Result<Ended> {
    let photo = arguments
        .photo
        .as_ref()
        .map(|path| Photo::read(path).with_context(|| path.display().to_string()))
        .transpose()?;
    let built_in = built_in_frame()?;
    let frame = match &photo {
        Some(photo) => photo.frame()?,
        None => Frame::luma(
            built_in.as_raw(),
            Size::new(built_in.width(), built_in.height()),
        )?,
    };
    interrupt::listen()?;
    let warm_up_rounds = arguments.rounds.div_ceil(ROUNDS_PER_WARM_UP);
    let Size { width, height } = frame.upright_size();
    let mut bench = Bench {
        cpu: machine::cpu(),
        kernels: int8_kernels(),
        width,
        height,
        rounds: arguments.rounds,
        warm_up_rounds,
        backends: Vec::new(),
    };
    for name in backends(arguments.backend) {
        let Some(mut measured) = measure(name, &frame, warm_up_rounds, arguments.rounds)? else {
            return Ok(Ended::Interrupted);
        };
        if photo.is_none() && name == BackendName::Int8 {
            measured.live = live::measure(&built_in, arguments.rounds)?;
            if measured.live.is_none() {
                return Ok(Ended::Interrupted);
            }
        }
        bench.backends.push(measured);
    }
    if arguments.json {
        print(serde_json::to_string(&bench)?)?;
    } else {
        print(table(&bench))?;
    }
    Ok(Ended::Well)
}

fn built_in_frame() -> Result<GrayImage> {
    let picture = image::load_from_memory(FRAME).context("the built-in frame can't be read")?;
    Ok(picture.into_luma8())
}

/// The backends to measure: the one that was asked for, or all that this build has.
fn backends(asked: Option<BackendName>) -> Vec<BackendName> {
    match asked {
        Some(name) => vec![name],
        None if cfg!(feature = "tract") => vec![BackendName::Int8, BackendName::Tract],
        None => vec![BackendName::Int8],
    }
}

/// `None` where Ctrl-C came first.
fn measure(
    name: BackendName,
    frame: &Frame<'_>,
    warm_up_rounds: u32,
    rounds: u32,
) -> Result<Option<Measured>> {
    let chosen = backend(Some(name));
    let options = Options::default().backend(chosen);
    let start = Instant::now();
    let mut analyzer = Analyzer::new(options.clone()).map_err(refused)?;
    let load = start.elapsed();
    let faces = analyzer.analyze(frame)?.len();
    let first_answer = start.elapsed();

    let mut stages = Stages::new(analyzer, &options, chosen, frame)?;
    for round in 0..warm_up_rounds + rounds {
        if interrupt::asked() {
            return Ok(None);
        }
        if round == warm_up_rounds {
            stages.forget();
        }
        stages.round(frame)?;
    }
    let resident_bytes = machine::resident_bytes();
    let times = stages.times();
    let per_second = |name: &str| {
        let found = times.iter().find(|times| times.stage == name);
        1000.0 / found.expect("every stage has its times").p50_ms
    };
    Ok(Some(Measured {
        backend: match chosen {
            Backend::Tract => "tract",
            _ => "int8",
        },
        load_ms: milliseconds(load),
        first_answer_ms: milliseconds(first_answer),
        faces,
        faces_per_second: per_second(stages::FACE),
        frames_per_second: per_second(stages::FRAME),
        resident_bytes,
        stages: times,
        live: None,
    }))
}

fn table(bench: &Bench) -> String {
    let mut text = format!(
        "{}, int8 kernels {}\n{} x {} pixels, one thread, {} rounds after {} to warm up; milliseconds",
        bench.cpu.as_deref().unwrap_or("a CPU of unknown name"),
        bench.kernels,
        bench.width,
        bench.height,
        bench.rounds,
        bench.warm_up_rounds
    );
    // Writing to a string can't fail.
    for measured in &bench.backends {
        let _ = write!(
            text,
            "\n\n{:12} {:>9} {:>9} {:>9} {:>9}",
            measured.backend, "min", "p50", "p90", "p99"
        );
        for times in &measured.stages {
            let _ = write!(
                text,
                "\n  {:10} {:9.3} {:9.3} {:9.3} {:9.3}",
                times.stage, times.min_ms, times.p50_ms, times.p90_ms, times.p99_ms
            );
        }
        let _ = write!(
            text,
            "\n  {:.0} faces a second, {:.0} frames a second with {} found; load {:.1}, first answer {:.1}",
            measured.faces_per_second,
            measured.frames_per_second,
            match measured.faces {
                1 => "1 face".to_owned(),
                faces => format!("{faces} faces"),
            },
            measured.load_ms,
            measured.first_answer_ms
        );
        if let Some(bytes) = measured.resident_bytes {
            let _ = write!(
                text,
                "; {:.1} MiB resident",
                bytes as f64 / f64::from(1 << 20)
            );
        }
        if let Some(live) = &measured.live {
            text += &live::table(live);
        }
    }
    text
}
