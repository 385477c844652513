//! The command line: what can be asked for, and in which words. What is done about it is in the module of each command.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::description::DescriptionArguments;
use crate::replay::ReplayArguments;
use crate::watch::WatchArguments;

/// Reads facial expressions in photos, on this machine.
#[derive(Debug, Parser)]
#[command(name = "moue", version, about, arg_required_else_help = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find the faces in photos and read their expressions
    Analyze(AnalyzeArguments),
    /// Follow the faces of a video and read their expressions
    Watch(WatchArguments),
    /// Show the results of a video again, from the trace of a watch
    Replay(ReplayArguments),
    /// Measure expression models on labelled faces
    Eval(EvalArguments),
    /// Show what a model file is and which backend runs it
    Model(ModelArguments),
    /// Time every stage from a frame to an expression
    Bench(BenchArguments),
    /// Check an app or a library that Moue is in: APK, AAR, XCFramework
    Doctor(DoctorArguments),
}

/// The arguments of `moue analyze`.
#[derive(Debug, Args)]
pub struct AnalyzeArguments {
    /// Photos, and folders that are searched for photos (JPEG, PNG, WebP, BMP, TIFF, GIF)
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Print one JSON object a line, a photo each
    #[arg(long)]
    pub json: bool,

    /// Draw the faces: a picture file for one photo, a folder for several
    #[arg(long, value_name = "OUT")]
    pub annotate: Option<PathBuf>,

    #[command(flatten)]
    pub finding: FindingArguments,

    #[command(flatten)]
    pub reading: ReadingArguments,
}

/// The arguments that say which faces are found.
#[derive(Debug, Args)]
pub struct FindingArguments {
    /// The smallest face to report, as a share of the picture's short side, 0.02 to 1 [default: 0.1]
    #[arg(long, value_name = "SHARE")]
    pub smallest_face: Option<f32>,

    /// Report at most so many faces of a picture, the largest ones [default: 32]
    #[arg(long, value_name = "COUNT")]
    pub most_faces: Option<usize>,
}

/// The arguments that say how expressions are read, the same in every command.
#[derive(Debug, Args)]
pub struct ReadingArguments {
    /// Which head of the network speaks [default: consensus; in eval fer2013, unless votes are given]
    #[arg(long, value_enum)]
    pub head: Option<HeadName>,

    /// How many expressions to tell apart: all 7, 6 without disgust, or 5 (angry, happy, neutral, sad, surprise)
    #[arg(long, value_enum, default_value_t = ExpressionCount::Seven, value_name = "7|6|5", hide_possible_values = true)]
    pub expressions: ExpressionCount,

    /// An expression model of your own (ONNX) instead of the built-in one
    #[arg(long, value_name = "M.onnx")]
    pub model: Option<PathBuf>,

    /// What runs the networks [default: int8 where it can, else tract]
    #[arg(long, value_enum)]
    pub backend: Option<BackendName>,

    #[command(flatten)]
    pub description: DescriptionArguments,
}

/// The arguments of `moue eval`.
#[derive(Debug, Args)]
pub struct EvalArguments {
    /// FER-2013 in its public CSV format (gzip too), or a folder of photos in folders named after expressions, such as happy/1.jpg
    #[arg(value_name = "fer2013.csv|FOLDER")]
    pub data: PathBuf,

    /// Which split of a CSV file to measure on
    #[arg(long, value_enum, ignore_case = true)]
    pub split: Option<SplitName>,

    /// FER+ votes in their public format (fer2013new.csv), the truth for the consensus head
    #[arg(long, value_name = "fer2013new.csv")]
    pub votes: Option<PathBuf>,

    /// How faces are got from a folder's photos
    #[arg(long, value_enum)]
    pub faces: Option<FacesName>,

    /// Leave out the photos in folders of this name, such as contempt (may be given several times)
    #[arg(long, value_name = "NAME")]
    pub leave_out: Vec<String>,

    /// Two models on the same faces: files, or the word built-in; figures are A's, differences B's minus A's
    #[arg(long, num_args = 2, value_names = ["A.onnx", "B.onnx"], conflicts_with = "model")]
    pub compare: Option<Vec<PathBuf>>,

    /// Measure on spoiled faces too: small, blurred, dark, compressed, turned, covered, noisy
    #[arg(long)]
    pub corrupt: bool,

    /// Write the results as one HTML page into this folder: DIR/index.html
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,

    /// Print one JSON object instead of the table
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub reading: ReadingArguments,
}

/// The arguments of `moue bench`.
#[derive(Debug, Args)]
pub struct BenchArguments {
    /// A photo with a face [default: a built-in frame of 640 x 480 pixels with one face]
    #[arg(value_name = "PHOTO")]
    pub photo: Option<PathBuf>,

    /// How often each stage is timed, 1 to 100000; a tenth as many rounds before that aren't counted
    #[arg(long, default_value_t = 100, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub rounds: u32,

    /// What runs the networks [default: both, one after the other]
    #[arg(long, value_enum)]
    pub backend: Option<BackendName>,

    /// Print one JSON object instead of the table
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `moue model`.
#[derive(Debug, Args)]
pub struct ModelArguments {
    /// A model file (ONNX)
    #[arg(value_name = "M.onnx")]
    pub file: PathBuf,
}

/// The arguments of `moue doctor`.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    /// An app (APK), the Android library (AAR), or the Apple library (XCFramework: the folder, or zipped)
    #[arg(value_name = "PACKAGE")]
    pub package: PathBuf,

    /// Take a check's problems for notes, such as camera or internet (may be given several times)
    #[arg(long, value_name = "CHECK")]
    pub allow: Vec<String>,

    /// Print one JSON object instead of the table
    #[arg(long)]
    pub json: bool,
}

/// How faces are got from photos.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FacesName {
    /// The largest face is found and cut out as in moue analyze
    Find,
    /// Each photo is a face that has been cut out
    Crop,
}

/// The network's two heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum HeadName {
    /// The majority of ten people's votes (FER+), closer to what people see
    Consensus,
    /// FER-2013's own labels, for comparison with papers
    Fer2013,
}

/// Sets of expressions to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExpressionCount {
    /// All seven.
    #[value(name = "7")]
    Seven,
    /// Without disgust.
    #[value(name = "6")]
    Six,
    /// Angry, happy, neutral, sad, surprise.
    #[value(name = "5")]
    Five,
}

/// What runs a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BackendName {
    /// Moue's own engine, for models in its quantised format
    Int8,
    /// tract, for any other ONNX file
    Tract,
}

/// The splits of FER-2013, named as in its `Usage` column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SplitName {
    /// 28,709 faces.
    #[value(name = "Training")]
    Training,
    /// 3,589 faces, for choosing between models.
    #[value(name = "PublicTest")]
    PublicTest,
    /// 3,589 faces, for a released model's final figure.
    #[value(name = "PrivateTest")]
    PrivateTest,
}
