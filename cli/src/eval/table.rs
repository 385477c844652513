//! An evaluation as text for a terminal.

use std::fmt::Write;

use moue::Expression;

use super::words::p_value;
use crate::evaluation::{Comparison, Evaluation, Figure, Figures, Robustness};

/// Width of the column of names.
const NAMES: usize = 37;

/// The whole evaluation, in sections with an empty line between them.
pub fn text(evaluation: &Evaluation) -> String {
    let mut sections = vec![
        heading(evaluation),
        figures(evaluation),
        per_class(&evaluation.figures),
        confusion(&evaluation.classes, &evaluation.figures),
    ];
    sections.extend(evaluation.robustness.as_ref().map(robustness));
    if let Some(comparison) = &evaluation.comparison {
        sections.push(compared(evaluation, comparison));
        sections.extend(comparison.robustness.as_ref().map(|found| {
            format!(
                "  model B, {}\n{}",
                comparison.model.name,
                robustness(found)
            )
        }));
    }
    sections.join("\n\n")
}

fn heading(evaluation: &Evaluation) -> String {
    let data = &evaluation.data;
    let mut text = format!(
        "{}, {}, {} head, {} expressions: {} faces in {:.1} s",
        data.split.as_deref().unwrap_or(&data.path),
        evaluation.model.name,
        evaluation.head.name(),
        evaluation.classes.len(),
        evaluation.faces,
        evaluation.seconds
    );
    if let Some(planned) = evaluation.stopped_of {
        // Writing to a string can't fail.
        let _ = write!(
            text,
            "\nPARTIAL: stopped before all of {planned} were looked at"
        );
    }
    text
}

fn figures(evaluation: &Evaluation) -> String {
    let figures = &evaluation.figures;
    let rows = [
        ("accuracy", figures.accuracy),
        ("accuracy, faces unseen in training", figures.accuracy_clean),
        ("balanced accuracy", figures.balanced_accuracy),
        ("macro F1", figures.macro_f1),
        ("calibration error (15 bins)", figures.ece),
        ("coverage (share of certain verdicts)", figures.coverage),
        ("accuracy when certain", figures.accuracy_when_certain),
        ("accuracy at 80 % coverage", figures.accuracy_at_80),
    ];
    let mut text = format!("  {:<NAMES$} {:>8}  95 % interval", "", "");
    for (name, figure) in rows {
        let _ = write!(text, "\n  {name:<NAMES$} {}", with_interval(figure));
    }
    text
}

fn per_class(figures: &Figures) -> String {
    let mut text = format!(
        "  {:<10} {:>9} {:>9} {:>9} {:>7}",
        "", "precision", "recall", "F1", "faces"
    );
    for class in &figures.per_class {
        let _ = write!(
            text,
            "\n  {:<10} {:>9} {:>9} {:>9} {:>7}",
            class.expression,
            percent(class.precision),
            percent(class.recall),
            percent(class.f1),
            class.support
        );
    }
    text
}

fn confusion(classes: &[Expression], figures: &Figures) -> String {
    let mut text = format!("  {:<11}", "true \\ read");
    for class in classes {
        let _ = write!(text, " {class:>8}");
    }
    for (class, row) in classes.iter().zip(&figures.confusion) {
        let _ = write!(text, "\n  {class:<11}");
        for count in row {
            let _ = write!(text, " {count:>8}");
        }
    }
    text
}

fn robustness(robustness: &Robustness) -> String {
    let mut text = format!(
        "  {:<NAMES$} {:>8} {:>13}  95 % interval of the loss",
        "corrupted", "accuracy", "loss"
    );
    let mut row = |name: &str, accuracy: String, loss: Figure| {
        let loss = in_points(loss);
        let _ = write!(text, "\n  {name:<NAMES$} {accuracy:>8} {loss}");
    };
    for corruption in &robustness.corruptions {
        row(
            corruption.what,
            percent(corruption.accuracy.value),
            corruption.loss,
        );
    }
    row("mean", String::new(), robustness.mean_loss);
    text
}

fn compared(evaluation: &Evaluation, comparison: &Comparison) -> String {
    let mut text = format!(
        "  A {}, B {}\n  {:<NAMES$} {:>8} {:>8} {:>13}  95 % interval of the difference",
        evaluation.model.name, comparison.model.name, "", "A", "B", "B - A"
    );
    let (a, b, difference) = (
        &evaluation.figures,
        &comparison.figures,
        &comparison.difference,
    );
    for (name, a, b, difference) in [
        ("accuracy", a.accuracy, b.accuracy, difference.accuracy),
        (
            "balanced accuracy",
            a.balanced_accuracy,
            b.balanced_accuracy,
            difference.balanced_accuracy,
        ),
        ("macro F1", a.macro_f1, b.macro_f1, difference.macro_f1),
        ("calibration error (15 bins)", a.ece, b.ece, difference.ece),
    ] {
        let _ = write!(
            text,
            "\n  {name:<NAMES$} {:>8} {:>8} {}",
            percent(a.value),
            percent(b.value),
            in_points(difference)
        );
    }
    for (name, count) in [
        ("faces that both read right", comparison.both_right),
        ("only A right", comparison.only_a_right),
        ("only B right", comparison.only_b_right),
        ("both wrong", comparison.both_wrong),
    ] {
        let _ = write!(text, "\n  {name:<NAMES$} {count:>8}");
    }
    let _ = write!(
        text,
        "\n  {:<NAMES$} {:>8}",
        "p (McNemar's exact test)",
        p_value(comparison.p_value)
    );
    text
}

fn percent(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |value| format!("{:.2} %", 100.0 * value))
}

fn with_interval(figure: Figure) -> String {
    in_hundredths(figure, " %")
}

/// A difference between shares, in percentage points.
fn in_points(figure: Figure) -> String {
    in_hundredths(figure, " points")
}

fn in_hundredths(figure: Figure, unit: &str) -> String {
    let Some(value) = figure.value else {
        return format!("{:>8}", "-");
    };
    let width = 6 + unit.len();
    let mut text = format!("{:>width$}", format!("{:.2}{unit}", 100.0 * value));
    if let Some(interval) = figure.interval {
        let _ = write!(
            text,
            "  {:.2} to {:.2}{unit}",
            100.0 * interval.low,
            100.0 * interval.high
        );
    }
    text
}
