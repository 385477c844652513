//! `moue eval`: an expression model against FER-2013. Reading the files is `dataset`'s work, the figures are `metrics`'.

use std::fmt::Write;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use moue::resample::LumaView;
use moue::{
    Expression, ExpressionReader, ExpressionSet, Head, Quality, Reading, Similarity, Size,
    Thresholds, Verdict,
};
use rayon::prelude::*;

use crate::args::{EvalArguments, HeadName, SplitName};
use crate::choices::{backend, members, read_model, refused};
use crate::dataset::{self, Face, Majority, Split};
use crate::failure::{Ended, UsageError};
use crate::metrics::{Judged, Metrics, accuracy};
use crate::output::{self, print};

impl From<SplitName> for Split {
    fn from(name: SplitName) -> Self {
        match name {
            SplitName::Training => Self::Training,
            SplitName::PublicTest => Self::PublicTest,
            SplitName::PrivateTest => Self::PrivateTest,
        }
    }
}

/// Measures the model that the arguments name and prints its figures.
///
/// # Errors
///
/// Where a file can't be read, the model can't be used, or no face is left to judge by.
pub fn run(arguments: &EvalArguments) -> Result<Ended> {
    let head = chosen_head(arguments)?;
    let set: ExpressionSet = arguments.reading.expressions.into();
    let model = arguments
        .reading
        .model
        .as_deref()
        .map(read_model)
        .transpose()?;
    // A model that can't be used is told before minutes of reading.
    let reader = || new_reader(model.as_deref(), arguments);
    check_crop(&reader()?)?;

    let faces = dataset::read_faces(&arguments.faces)?;
    let votes = arguments
        .votes
        .as_deref()
        .map(|path| dataset::read_votes(path, &faces))
        .transpose()?;
    let selection = Selection::new(&faces, votes.as_deref(), arguments.split.into(), set);
    ensure!(
        !selection.cases.is_empty(),
        "{}: no face of {} is left to judge by ({} rows in all)",
        arguments.faces.display(),
        Split::from(arguments.split),
        faces.len()
    );

    let start = Instant::now();
    let readings = read_all(&selection.cases, &reader, head, set)?;
    let evaluation = Evaluation::new(&selection, &readings, head, set, start.elapsed());
    if let Some(note) = selection.note() {
        output::note(note);
    }
    print(if arguments.json {
        evaluation.json()
    } else {
        evaluation.table()
    })?;
    Ok(Ended::Well)
}

fn chosen_head(arguments: &EvalArguments) -> Result<Head> {
    match (arguments.reading.head, &arguments.votes) {
        (None | Some(HeadName::Fer2013), None) => Ok(Head::Fer2013),
        (None | Some(HeadName::Consensus), Some(_)) => Ok(Head::Consensus),
        (Some(HeadName::Consensus), None) => {
            bail!(UsageError("the consensus head is judged by the FER+ votes: name their file with --votes fer2013new.csv".to_owned()))
        }
        (Some(HeadName::Fer2013), Some(_)) => {
            bail!(UsageError("the fer2013 head is judged by FER-2013's own labels: leave --votes out, or choose --head consensus".to_owned()))
        }
    }
}

fn new_reader(model: Option<&[u8]>, arguments: &EvalArguments) -> Result<ExpressionReader> {
    let backend = backend(arguments.reading.backend);
    let reader = match model {
        Some(model) => ExpressionReader::from_onnx(model, backend),
        None => ExpressionReader::embedded(backend),
    };
    reader.map_err(refused)
}

fn check_crop(reader: &ExpressionReader) -> Result<()> {
    let side = reader.side();
    ensure!(
        u64::from(side).pow(2) == dataset::FACE_BYTES as u64,
        "the model looks at crops of {side} x {side} pixels: FER-2013's faces have 48 x 48, and only a model of that size can be measured on them"
    );
    Ok(())
}

/// A face with its true expression.
struct Case<'a> {
    face: &'a Face,
    truth: Expression,
    /// Whether a row of `Training` has the same pixels; `None` where that can't be told.
    seen: Option<bool>,
}

/// The faces that are judged, and how many were left out.
struct Selection<'a> {
    split: Split,
    cases: Vec<Case<'a>>,
    without_majority: usize,
    outside_set: usize,
}

impl<'a> Selection<'a> {
    fn new(
        faces: &'a [Face],
        votes: Option<&[Majority]>,
        split: Split,
        set: ExpressionSet,
    ) -> Self {
        // Every face of Training stands in Training: a clean figure has no meaning there.
        let seen = if split == Split::Training {
            None
        } else {
            dataset::seen_in_training(faces)
        };
        let mut selection = Self {
            split,
            cases: Vec::new(),
            without_majority: 0,
            outside_set: 0,
        };
        for (index, face) in faces
            .iter()
            .enumerate()
            .filter(|(_, face)| face.split == split)
        {
            let truth = match votes.map(|votes| votes[index]) {
                None => face.label,
                Some(Majority::Expression(expression)) => expression,
                Some(Majority::None) => {
                    selection.without_majority += 1;
                    continue;
                }
            };
            if set.contains(truth) {
                selection.cases.push(Case {
                    face,
                    truth,
                    seen: seen.as_ref().map(|seen| seen[index]),
                });
            } else {
                selection.outside_set += 1;
            }
        }
        selection
    }

    fn note(&self) -> Option<String> {
        let mut parts = Vec::new();
        if self.without_majority > 0 {
            parts.push(format!(
                "{} faces without a majority for one of the seven expressions",
                self.without_majority
            ));
        }
        if self.outside_set > 0 {
            parts.push(format!(
                "{} faces of the expressions that don't compete",
                self.outside_set
            ));
        }
        (!parts.is_empty()).then(|| format!("left out: {}", parts.join(", ")))
    }
}

fn read_all(
    cases: &[Case<'_>],
    reader: &(impl Fn() -> Result<ExpressionReader> + Sync),
    head: Head,
    set: ExpressionSet,
) -> Result<Vec<Judged>> {
    let bar = ProgressBar::new(cases.len() as u64);
    bar.set_style(
        ProgressStyle::with_template("{bar:30} {pos}/{len} faces, {eta} left")
            .expect("the template is well-formed"),
    );
    let classes = members(set);
    // One share a thread, so that the model is loaded no more often than that.
    let share = cases.len().div_ceil(rayon::current_num_threads()).max(1);
    let shares: Result<Vec<Vec<Judged>>> = cases
        .par_chunks(share)
        .map(|share| {
            let mut reader = reader()?;
            let judged = share
                .iter()
                .map(|case| judge(&mut reader, case, head, set, &classes));
            judged.inspect(|_| bar.inc(1)).collect()
        })
        .collect();
    bar.finish_and_clear();
    Ok(shares?.concat())
}

fn judge(
    reader: &mut ExpressionReader,
    case: &Case<'_>,
    head: Head,
    set: ExpressionSet,
    classes: &[Expression],
) -> Result<Judged> {
    let crop = case.face.pixels.as_slice();
    let side = reader.side();
    // The crop is all there is: as if the face had been cut from a frame of that size, with its points where the template has them.
    let points = reader.template().in_crop(side);
    let quality = Quality::measure(
        LumaView::new(crop, Size::new(side, side))?,
        &Similarity::IDENTITY,
        &points,
        1,
    );
    let scores = reader.read(crop, head, set)?;
    let reading = Reading::new(scores, &quality, &Thresholds::default());
    Ok(Judged {
        truth: classes
            .iter()
            .position(|&class| class == case.truth)
            .expect("faces outside the set were left out"),
        scores: classes.iter().map(|&class| reading.scores[class]).collect(),
        certain: matches!(reading.verdict, Verdict::Certain(_)),
    })
}

/// Everything that is reported of one run.
struct Evaluation {
    split: Split,
    head: Head,
    classes: Vec<Expression>,
    faces: usize,
    accuracy_clean: Option<f64>,
    metrics: Metrics,
    duration: Duration,
}

impl Evaluation {
    fn new(
        selection: &Selection<'_>,
        readings: &[Judged],
        head: Head,
        set: ExpressionSet,
        duration: Duration,
    ) -> Self {
        let clean = readings
            .iter()
            .zip(&selection.cases)
            .filter(|(_, case)| case.seen == Some(false))
            .map(|(reading, _)| reading);
        let classes = members(set);
        Self {
            split: selection.split,
            head,
            faces: readings.len(),
            accuracy_clean: accuracy(clean),
            metrics: Metrics::of(readings, classes.len()),
            classes,
            duration,
        }
    }

    fn json(&self) -> String {
        #[derive(serde::Serialize)]
        struct Object<'a> {
            split: String,
            head: &'static str,
            faces: usize,
            accuracy: Option<f64>,
            accuracy_clean: Option<f64>,
            balanced_accuracy: Option<f64>,
            macro_f1: Option<f64>,
            ece: Option<f64>,
            coverage: Option<f64>,
            accuracy_when_certain: Option<f64>,
            confusion: &'a [Vec<u64>],
            seconds: f64,
        }
        let metrics = &self.metrics;
        let object = Object {
            split: self.split.to_string(),
            head: self.head.name(),
            faces: self.faces,
            accuracy: metrics.accuracy,
            accuracy_clean: self.accuracy_clean,
            balanced_accuracy: metrics.balanced_accuracy,
            macro_f1: metrics.macro_f1,
            ece: metrics.ece,
            coverage: metrics.coverage,
            accuracy_when_certain: metrics.accuracy_when_certain,
            confusion: &metrics.confusion,
            seconds: self.duration.as_secs_f64(),
        };
        serde_json::to_string(&object).expect("numbers, texts and lists have a JSON form")
    }

    fn table(&self) -> String {
        let metrics = &self.metrics;
        let mut text = format!(
            "{}, {} head: {} faces in {:.1} s\n",
            self.split,
            self.head.name(),
            self.faces,
            self.duration.as_secs_f64()
        );
        for (name, value) in [
            ("accuracy", metrics.accuracy),
            ("accuracy, faces unseen in training", self.accuracy_clean),
            ("balanced accuracy", metrics.balanced_accuracy),
            ("macro F1", metrics.macro_f1),
            ("calibration error (15 bins)", metrics.ece),
            ("coverage (share of certain verdicts)", metrics.coverage),
            ("accuracy when certain", metrics.accuracy_when_certain),
        ] {
            let value = value.map_or("-".to_owned(), |value| format!("{:.2} %", 100.0 * value));
            // Writing to a string can't fail.
            let _ = write!(text, "\n  {name:<37} {value:>8}");
        }
        let _ = write!(text, "\n\n  {:<10}", "true \\ read");
        for class in &self.classes {
            let _ = write!(text, " {class:>8}");
        }
        for (class, row) in self.classes.iter().zip(&metrics.confusion) {
            let _ = write!(text, "\n  {class:<11}");
            for count in row {
                let _ = write!(text, " {count:>8}");
            }
        }
        text
    }
}
