//! What stands on a report's page, from top to bottom. Text is escaped by `maud`; nothing is loaded from outside, and no script runs.

use std::io::Cursor;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::{GrayImage, ImageFormat};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use moue::Expression;

use super::{MAKER, plots};
use crate::eval::words::{left_out, p_value};
use crate::evaluation::{
    Comparison, DataFacts, Evaluation, Figure, Figures, MISTAKE_SIDE, Mistake, ModelFacts,
    Robustness,
};

/// The page may show what it holds and no more: a browser that would load anything else is told not to.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

const STYLE: &str = include_str!("style.css");

/// The whole page.
///
/// # Errors
///
/// None that is known: plots and pictures are drawn in memory.
pub fn page(evaluation: &Evaluation) -> Result<String> {
    let data = &evaluation.data;
    let title = format!(
        "{} on {}",
        evaluation.model.name,
        data.split.as_deref().unwrap_or(&data.path)
    );
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="generator" content=(MAKER);
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (heading(evaluation, &title))
                (figures(&evaluation.figures))
                @if let Some(comparison) = &evaluation.comparison { (compared(evaluation, comparison)) }
                (per_class(&evaluation.figures))
                (confusion(&evaluation.classes, &evaluation.figures))
                (drawings(evaluation)?)
                (mistakes(&evaluation.mistakes)?)
                (facts(evaluation))
            }
        }
    };
    Ok(markup.into_string())
}

fn heading(evaluation: &Evaluation, title: &str) -> Markup {
    let classes: Vec<&str> = evaluation
        .classes
        .iter()
        .map(|class| class.name())
        .collect();
    html! {
        h1 { (title) }
        p.faint {
            (evaluation.faces) " faces, " (classes.len()) " expressions (" (classes.join(", ")) "), "
            @if evaluation.data.votes.is_some() { "truth: the majority of ten votes (FER+)" } @else { "truth: the data's own labels" }
        }
        @if let Some(planned) = evaluation.stopped_of {
            p.partial { "Partial: the run was stopped before all of " (planned) " were looked at. The figures are of the faces that were." }
        }
    }
}

/// Each figure with its interval and what it means.
fn figures(figures: &Figures) -> Markup {
    let cards = [
        (
            "Accuracy",
            figures.accuracy,
            "of all faces are read as labelled",
        ),
        (
            "Accuracy, unseen",
            figures.accuracy_clean,
            "the same without faces whose pixels also stand in the training rows",
        ),
        (
            "Balanced accuracy",
            figures.balanced_accuracy,
            "mean over the expressions: rare ones count as much as common ones",
        ),
        (
            "Macro F1",
            figures.macro_f1,
            "mean over the expressions of precision and recall in one",
        ),
        (
            "Calibration error",
            figures.ece,
            "mean gap between how sure the model is and how often it is right; less is better",
        ),
        (
            "Certain",
            figures.coverage,
            "of the faces get a verdict rather than “unsure”",
        ),
        (
            "Accuracy when certain",
            figures.accuracy_when_certain,
            "of these verdicts are right",
        ),
        (
            "Accuracy at 80 %",
            figures.accuracy_at_80,
            "right among the four fifths of faces with the surest readings",
        ),
    ];
    html! {
        h2 { "Figures" }
        div.figures {
            @for (name, figure, meaning) in cards {
                div.figure {
                    span { (name) }
                    b { (percent(figure.value)) }
                    @if let Some(words) = interval(figure) { span.faint { (words) } }
                    small { (meaning) }
                }
            }
        }
        p.faint { "Ranges are 95 % intervals: where the figure would lie in 95 of 100 samples of as many faces (bootstrap). Differences are in percentage points." }
    }
}

fn per_class(figures: &Figures) -> Markup {
    html! {
        h2 { "Each expression" }
        p.faint { "Precision: of the faces read so, how many are. Recall: of the faces that are so, how many are read so. F1: their harmonic mean." }
        div.wide { table {
            thead { tr { th { "" } th { "precision" } th { "recall" } th { "F1" } th { "faces" } } }
            tbody { @for class in &figures.per_class {
                tr {
                    td { (class.expression.name()) }
                    td { (percent(class.precision)) } td { (percent(class.recall)) } td { (percent(class.f1)) } td { (class.support) }
                }
            } }
        } }
    }
}

fn confusion(classes: &[Expression], figures: &Figures) -> Markup {
    html! {
        h2 { "Confusion" }
        p.faint { "A row for each true expression, a column for what was read; below each count its share of the row." }
        div.wide { table.confusion {
            thead { tr { th { "" } @for class in classes { th { (class.name()) } } } }
            tbody { @for (place, (class, row)) in classes.iter().zip(&figures.confusion).enumerate() {
                @let all = row.iter().sum::<u64>().max(1) as f64;
                tr {
                    th { (class.name()) }
                    @for (column, &count) in row.iter().enumerate() {
                        @let share = count as f64 / all;
                        td.right[place == column] style=(format!("--share:{share:.3}")) {
                            (count) small { (format!("{:.0} %", 100.0 * share)) }
                        }
                    }
                }
            } }
        } }
    }
}

fn drawings(evaluation: &Evaluation) -> Result<Markup> {
    let figures = &evaluation.figures;
    let other = evaluation.comparison.as_ref();
    let mut curves = vec![figures.coverage_curve.as_slice()];
    curves.extend(other.map(|other| other.figures.coverage_curve.as_slice()));
    let mut losses: Vec<&Robustness> = evaluation.robustness.iter().collect();
    losses.extend(other.and_then(|other| other.robustness.as_ref()));
    let bars: Vec<_> = losses
        .iter()
        .map(|found| found.corruptions.as_slice())
        .collect();
    let is_pair = other.is_some();
    Ok(html! {
        div.plots {
            section {
                h2 { "Calibration" }
                figure {
                    (PreEscaped(plots::reliability(&figures.reliability)?))
                    figcaption { "How often readings of a confidence are right (bars), against that confidence (line; dots at each bin's mean). Bars below the line: too sure. Underneath, how many faces each bin has." }
                }
            }
            section {
                h2 { "Accuracy against coverage" }
                figure {
                    (PreEscaped(plots::coverage(&curves)?))
                    figcaption { (legend(is_pair)) "How many are right when only the surest readings are kept, from the surest few to all." }
                }
            }
            @if !bars.is_empty() {
                section {
                    h2 { "Robustness" }
                    figure {
                        (PreEscaped(plots::robustness(&bars)?))
                        figcaption { (legend(is_pair)) "Points of accuracy lost when each face is spoiled first; thin bars are 95 % intervals." }
                    }
                }
                section {
                    h2 { "Spoiled faces" }
                    @for (found, name) in losses.iter().zip(["A", "B"]) {
                        @if is_pair { p { "Model " (name) } }
                        (corruptions(found))
                    }
                }
            }
        }
    })
}

fn legend(is_pair: bool) -> Markup {
    html! { @if is_pair { span.a { "A" } " and " span.b { "B" } ". " } }
}

fn corruptions(robustness: &Robustness) -> Markup {
    html! { div.wide { table {
        thead { tr { th { "" } th { "accuracy" } th { "change" } } }
        tbody {
            @for corruption in &robustness.corruptions {
                tr { td { (corruption.what) } td { (percent(corruption.accuracy.value)) } td { (points(corruption.loss.value.map(|loss| -loss))) } }
            }
            tr { td { "mean" } td { "" } td { (points(robustness.mean_loss.value.map(|loss| -loss))) } }
        }
    } } }
}

fn compared(evaluation: &Evaluation, comparison: &Comparison) -> Markup {
    let (a, b) = (&evaluation.figures, &comparison.figures);
    let difference = &comparison.difference;
    let rows = [
        ("accuracy", a.accuracy, b.accuracy, difference.accuracy),
        (
            "balanced accuracy",
            a.balanced_accuracy,
            b.balanced_accuracy,
            difference.balanced_accuracy,
        ),
        ("macro F1", a.macro_f1, b.macro_f1, difference.macro_f1),
        ("calibration error", a.ece, b.ece, difference.ece),
    ];
    html! {
        h2 { "Compared" }
        p { span.a { "A" } " " (evaluation.model.name) ", " span.b { "B" } " " (comparison.model.name) }
        div.wide { table {
            thead { tr { th { "" } th { "A" } th { "B" } th { "B − A" } th { "95 % interval" } } }
            tbody { @for (name, a, b, difference) in rows {
                tr {
                    td { (name) }
                    td { (percent(a.value)) } td { (percent(b.value)) } td { (points(difference.value)) }
                    td { (points_interval(difference).unwrap_or_default()) }
                }
            } }
        } }
        p {
            "Both right on " (comparison.both_right) " faces, both wrong on " (comparison.both_wrong) "; only A right on " (comparison.only_a_right) ", only B on " (comparison.only_b_right) ". "
            "McNemar's exact test: p = " (p_value(comparison.p_value)) ". "
            span.faint { "If both models were equally good, faces on which only one is right would split at least as unevenly in that share of trials: below 0.05 is usually called a difference." }
        }
    }
}

fn mistakes(mistakes: &[Mistake]) -> Result<Markup> {
    let pictures = mistakes.iter().map(picture).collect::<Result<Vec<_>>>()?;
    Ok(html! {
        h2 { "The surest mistakes" }
        @if mistakes.is_empty() { p.faint { "There are none: every face was read as labelled." } }
        @else { p.faint { "The wrong readings of which the model was most sure, as it saw the faces. Labels can be wrong too." } }
        div.faces {
            @for (mistake, picture) in mistakes.iter().zip(&pictures) {
                figure {
                    img src=(picture) width=(MISTAKE_SIDE) height=(MISTAKE_SIDE) alt=(format!("a face labelled {}", mistake.truth));
                    figcaption {
                        b { (mistake.read.name()) } " " (format!("{:.0} %", 100.0 * mistake.confidence)) br;
                        "labelled " b { (mistake.truth.name()) } br;
                        (mistake.source)
                    }
                }
            }
        }
    })
}

/// A PNG file as an address that holds it.
fn picture(mistake: &Mistake) -> Result<String> {
    let picture = GrayImage::from_raw(MISTAKE_SIDE, MISTAKE_SIDE, mistake.pixels.clone())
        .context("a mistake's picture has another size than it should")?;
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(format!(
        "data:image/png;base64,{}",
        STANDARD.encode(bytes.into_inner())
    ))
}

fn facts(evaluation: &Evaluation) -> Markup {
    let is_pair = evaluation.comparison.is_some();
    html! {
        h2 { "Model" @if is_pair { " A" } }
        (model(&evaluation.model))
        @if let Some(comparison) = &evaluation.comparison {
            h2 { "Model B" }
            (model(&comparison.model))
        }
        h2 { "Data" }
        (data(&evaluation.data))
        h2 { "Command" }
        pre { (evaluation.command) }
        p.faint { "moue " (env!("CARGO_PKG_VERSION")) ", " (evaluation.head.name()) " head, " (format!("{:.1}", evaluation.seconds)) " seconds. An expression is what a face shows, not what a person feels." }
    }
}

fn model(facts: &ModelFacts) -> Markup {
    let rows = [
        ("file", Some(facts.name.clone())),
        ("version", facts.version.clone()),
        ("runs on", Some(facts.backend.to_owned())),
        ("looks at", Some(format!("{0} x {0} pixels", facts.side))),
        ("size", Some(format!("{} bytes", facts.bytes))),
        (
            "parameters",
            facts.parameters.map(|count| count.to_string()),
        ),
        (
            "multiply-adds",
            facts.multiply_adds.map(|count| count.to_string()),
        ),
        ("licence", facts.license.clone()),
        ("card", facts.card.clone()),
    ];
    html! { dl { @for (name, value) in rows { @if let Some(value) = value { dt { (name) } dd { (value) } } } } }
}

fn data(facts: &DataFacts) -> Markup {
    html! { dl {
        dt { "faces" } dd { (facts.path) }
        @if let Some(split) = &facts.split { dt { "split" } dd { (split) } }
        @if let Some(votes) = &facts.votes { dt { "votes" } dd { (votes) } }
        @if let Some(words) = left_out(&facts.left_out) { dt { "left out" } dd { (words) } }
    } }
}

/// `67.8 %`
fn percent(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), |value| format!("{:.1} %", 100.0 * value))
}

/// `66.2 to 69.4 %`
fn interval(figure: Figure) -> Option<String> {
    let interval = figure.interval?;
    Some(format!(
        "{:.1} to {:.1} %",
        100.0 * interval.low,
        100.0 * interval.high
    ))
}

/// A difference between shares, in percentage points, with its sign: `-1.3`.
fn points(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), signed)
}

/// Hundredths with a sign, which nothing has that rounds to 0.
fn signed(value: f64) -> String {
    let tenths = (1000.0 * value).round();
    if tenths == 0.0 {
        return "0.0".to_owned();
    }
    format!("{:+.1}", tenths / 10.0).replace('-', "−")
}

/// `-2.1 to +0.4`
fn points_interval(figure: Figure) -> Option<String> {
    let interval = figure.interval?;
    Some(format!(
        "{} to {}",
        signed(interval.low),
        signed(interval.high)
    ))
}
