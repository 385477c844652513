//! An evaluation as one JSON object. The keys up to `seconds` are those of the first release and keep their places; new ones follow.

use serde::Serialize;

use crate::evaluation::{
    ClassFigures, Comparison, CoveragePoint, DataFacts, Difference, Evaluation, Figures, Interval,
    ModelFacts, ReliabilityBin, Robustness,
};

#[derive(Serialize)]
struct Object<'a> {
    split: Option<&'a str>,
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
    partial: bool,
    faces_planned: Option<usize>,
    expressions: Vec<&'static str>,
    #[serde(flatten)]
    more: MoreFigures<'a>,
    robustness: Option<&'a Robustness>,
    comparison: Option<ComparisonObject<'a>>,
    model: &'a ModelFacts,
    data: &'a DataFacts,
    command: &'a str,
}

/// What has no place among the first release's keys.
#[derive(Serialize)]
struct MoreFigures<'a> {
    accuracy_at_80_coverage: Option<f64>,
    intervals: Intervals,
    per_class: &'a [ClassFigures],
    reliability: &'a [ReliabilityBin],
    coverage_curve: &'a [CoveragePoint],
}

/// The 95 % interval of each figure, `[low, high]`.
#[derive(Serialize)]
struct Intervals {
    accuracy: Option<Interval>,
    accuracy_clean: Option<Interval>,
    balanced_accuracy: Option<Interval>,
    macro_f1: Option<Interval>,
    ece: Option<Interval>,
    coverage: Option<Interval>,
    accuracy_when_certain: Option<Interval>,
    accuracy_at_80_coverage: Option<Interval>,
}

#[derive(Serialize)]
struct ComparisonObject<'a> {
    model: &'a ModelFacts,
    both_right: u64,
    only_a_right: u64,
    only_b_right: u64,
    both_wrong: u64,
    p_value: f64,
    difference: &'a Difference,
    accuracy: Option<f64>,
    accuracy_clean: Option<f64>,
    balanced_accuracy: Option<f64>,
    macro_f1: Option<f64>,
    ece: Option<f64>,
    coverage: Option<f64>,
    accuracy_when_certain: Option<f64>,
    confusion: &'a [Vec<u64>],
    #[serde(flatten)]
    more: MoreFigures<'a>,
    robustness: Option<&'a Robustness>,
}

/// The object, on one line.
pub fn object(evaluation: &Evaluation) -> String {
    let figures = &evaluation.figures;
    let object = Object {
        split: evaluation.data.split.as_deref(),
        head: evaluation.head.name(),
        faces: evaluation.faces,
        accuracy: figures.accuracy.value,
        accuracy_clean: figures.accuracy_clean.value,
        balanced_accuracy: figures.balanced_accuracy.value,
        macro_f1: figures.macro_f1.value,
        ece: figures.ece.value,
        coverage: figures.coverage.value,
        accuracy_when_certain: figures.accuracy_when_certain.value,
        confusion: &figures.confusion,
        seconds: evaluation.seconds,
        partial: evaluation.stopped_of.is_some(),
        faces_planned: evaluation.stopped_of,
        expressions: evaluation
            .classes
            .iter()
            .map(|class| class.name())
            .collect(),
        more: more(figures),
        robustness: evaluation.robustness.as_ref(),
        comparison: evaluation.comparison.as_ref().map(comparison),
        model: &evaluation.model,
        data: &evaluation.data,
        command: &evaluation.command,
    };
    serde_json::to_string(&object).expect("numbers, texts and lists have a JSON form")
}

fn more(figures: &Figures) -> MoreFigures<'_> {
    MoreFigures {
        accuracy_at_80_coverage: figures.accuracy_at_80.value,
        intervals: Intervals {
            accuracy: figures.accuracy.interval,
            accuracy_clean: figures.accuracy_clean.interval,
            balanced_accuracy: figures.balanced_accuracy.interval,
            macro_f1: figures.macro_f1.interval,
            ece: figures.ece.interval,
            coverage: figures.coverage.interval,
            accuracy_when_certain: figures.accuracy_when_certain.interval,
            accuracy_at_80_coverage: figures.accuracy_at_80.interval,
        },
        per_class: &figures.per_class,
        reliability: &figures.reliability,
        coverage_curve: &figures.coverage_curve,
    }
}

fn comparison(comparison: &Comparison) -> ComparisonObject<'_> {
    let figures = &comparison.figures;
    ComparisonObject {
        model: &comparison.model,
        both_right: comparison.both_right,
        only_a_right: comparison.only_a_right,
        only_b_right: comparison.only_b_right,
        both_wrong: comparison.both_wrong,
        p_value: comparison.p_value,
        difference: &comparison.difference,
        accuracy: figures.accuracy.value,
        accuracy_clean: figures.accuracy_clean.value,
        balanced_accuracy: figures.balanced_accuracy.value,
        macro_f1: figures.macro_f1.value,
        ece: figures.ece.value,
        coverage: figures.coverage.value,
        accuracy_when_certain: figures.accuracy_when_certain.value,
        confusion: &figures.confusion,
        more: more(figures),
        robustness: comparison.robustness.as_ref(),
    }
}
