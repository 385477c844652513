//! What a finished evaluation says, as plain data: everything that a table, a JSON object or a report shows. How it is measured is in
//! `eval`, how figures are computed in `metrics`.

use moue::{Expression, Head};
use serde::Serialize;

/// One run of `moue eval`.
///
/// Shares are 0 to 1, and `None` (`null`) where there is nothing to share. Lists by class are in the order of [`Self::classes`].
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The command line that made it, quoted for a shell.
    pub command: String,
    /// The model that was judged.
    pub model: ModelFacts,
    /// What it was judged on.
    pub data: DataFacts,
    /// The head that spoke.
    pub head: Head,
    /// The expressions that competed, in [`Expression::ALL`]'s order.
    pub classes: Vec<Expression>,
    /// How many faces were judged.
    pub faces: usize,
    /// Where the run was stopped: how many faces or photos there were in all.
    pub stopped_of: Option<usize>,
    /// The figures.
    pub figures: Figures,
    /// What harm corruptions do, where they were asked for.
    pub robustness: Option<Robustness>,
    /// The other model on the same faces, where one was named.
    pub comparison: Option<Comparison>,
    /// Wrong readings, the most confident first; at most [`MOST_MISTAKES`].
    pub mistakes: Vec<Mistake>,
    /// How long the faces took, in seconds.
    pub seconds: f64,
}

/// The most mistakes that are kept.
pub const MOST_MISTAKES: usize = 24;

/// A model file's own words and numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelFacts {
    /// The file as it was named, or `built-in`.
    pub name: String,
    /// `moue.version` of its metadata.
    pub version: Option<String>,
    /// `moue.license` of its metadata.
    pub license: Option<String>,
    /// `moue.card` of its metadata.
    pub card: Option<String>,
    /// What runs it: `int8` or `tract`.
    pub backend: &'static str,
    /// Side of the square that it looks at, in pixels.
    pub side: u32,
    /// Numbers in its weights and biases, where they are known.
    pub parameters: Option<usize>,
    /// Products that one run adds up in its convolutions, where they are known.
    pub multiply_adds: Option<u64>,
    /// Length of the file, in bytes.
    pub bytes: usize,
}

/// The faces and where their truth comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DataFacts {
    /// The file or folder, as it was named.
    pub path: String,
    /// The split of a CSV file, as in its column `Usage`; a folder has none.
    pub split: Option<String>,
    /// The file of votes that gave the truth, where one did.
    pub votes: Option<String>,
    /// Faces that were not judged.
    pub left_out: LeftOut,
}

/// How many faces were not judged, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// No majority of the voters for one of the seven expressions.
    pub without_majority: usize,
    /// Their expression doesn't compete.
    pub outside_set: usize,
    /// Photos in folders that were left out by name.
    pub by_name: usize,
    /// Photos in which no face was found.
    pub without_face: usize,
    /// Photos that can't be read.
    pub unreadable: usize,
}

/// A figure with its 95 % interval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Figure {
    /// The figure over all faces.
    pub value: Option<f64>,
    /// Between which values it lies in 95 of 100 bootstrap samples.
    pub interval: Option<Interval>,
}

/// A 95 % interval, as `[low, high]` in JSON.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The 2.5th percentile.
    pub low: f64,
    /// The 97.5th percentile.
    pub high: f64,
}

impl Serialize for Interval {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [self.low, self.high].serialize(serializer)
    }
}

/// Everything that is measured on one model's readings.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures {
    /// Share of faces whose likeliest expression is the true one.
    pub accuracy: Figure,
    /// The same without faces whose pixels also stand in the Training rows of the same file; `None` where there are no such rows.
    pub accuracy_clean: Figure,
    /// Mean recall of the classes that occur in the truth.
    pub balanced_accuracy: Figure,
    /// Mean F1 of the classes that occur in the truth or among the readings.
    pub macro_f1: Figure,
    /// Expected calibration error over [`Self::reliability`].
    pub ece: Figure,
    /// Share of faces whose verdict is certain.
    pub coverage: Figure,
    /// Accuracy of those.
    pub accuracy_when_certain: Figure,
    /// Accuracy of the 80 % of faces with the most confident readings.
    pub accuracy_at_80: Figure,
    /// Each class by itself.
    pub per_class: Vec<ClassFigures>,
    /// Counts: a row for each true class, a column for each class read.
    pub confusion: Vec<Vec<u64>>,
    /// Confidence against accuracy, in bins of equal width over 0 to 1; empty ones too.
    pub reliability: Vec<ReliabilityBin>,
    /// Accuracy against coverage, from few and most confident faces to all.
    pub coverage_curve: Vec<CoveragePoint>,
}

/// One class's figures.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ClassFigures {
    /// The class.
    #[serde(serialize_with = "expression_name")]
    pub expression: Expression,
    /// Share of the faces read as this class that are of it.
    pub precision: Option<f64>,
    /// Share of the faces of this class that are read as it.
    pub recall: Option<f64>,
    /// Harmonic mean of the two, 2 TP / (2 TP + FP + FN).
    pub f1: Option<f64>,
    /// Faces of this class.
    pub support: u64,
}

fn expression_name<S: serde::Serializer>(
    expression: &Expression,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(expression.name())
}

/// The readings whose confidence lies above `low` and no higher than `high`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// Lower edge.
    pub low: f64,
    /// Upper edge.
    pub high: f64,
    /// How many readings.
    pub faces: u64,
    /// Their mean confidence.
    pub confidence: Option<f64>,
    /// Share of them that is right.
    pub accuracy: Option<f64>,
}

/// The most confident readings, and how many of them are right.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CoveragePoint {
    /// Share of all faces.
    pub coverage: f64,
    /// The lowest confidence among them.
    pub confidence: f64,
    /// Share of them that is right.
    pub accuracy: f64,
}

/// What corruptions of the picture do to accuracy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Robustness {
    /// Each corruption by itself.
    pub corruptions: Vec<CorruptionLoss>,
    /// The mean of their losses.
    pub mean_loss: Figure,
}

/// What one corruption does to accuracy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CorruptionLoss {
    /// A word for it.
    pub name: &'static str,
    /// What is done to the picture, in words.
    pub what: &'static str,
    /// Accuracy on the corrupted faces.
    pub accuracy: Figure,
    /// Accuracy on the same faces untouched, minus that.
    pub loss: Figure,
}

/// Two models on the same faces: A is the one whose figures the evaluation shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Model B.
    pub model: ModelFacts,
    /// Its figures.
    pub figures: Figures,
    /// What corruptions do to it, where they were asked for.
    pub robustness: Option<Robustness>,
    /// Faces that both read right.
    pub both_right: u64,
    /// Faces that only A reads right.
    pub only_a_right: u64,
    /// Faces that only B reads right.
    pub only_b_right: u64,
    /// Faces that both read wrong.
    pub both_wrong: u64,
    /// Two-sided p-value of McNemar's exact test: how likely flips as one-sided as these are, if A and B are equally good.
    pub p_value: f64,
    /// B's figure minus A's.
    pub difference: Difference,
}

/// B's figures minus A's, with intervals of paired bootstrap samples.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Difference {
    /// Of accuracy.
    pub accuracy: Figure,
    /// Of balanced accuracy.
    pub balanced_accuracy: Figure,
    /// Of macro F1.
    pub macro_f1: Figure,
    /// Of the expected calibration error.
    pub ece: Figure,
}

/// A wrong reading with its picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Mistake {
    /// Where the face comes from: the line of a CSV file, or a photo's path in its folder.
    pub source: String,
    /// [`MISTAKE_SIDE`] rows of as many grey values, as the model saw the face, resampled where the model looks at another size.
    pub pixels: Vec<u8>,
    /// The true expression.
    pub truth: Expression,
    /// The expression that was read.
    pub read: Expression,
    /// Its probability.
    pub confidence: f64,
}

/// Width and height of a mistake's picture, in pixels.
pub const MISTAKE_SIDE: u32 = 48;
