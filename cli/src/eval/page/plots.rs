//! The report's plots, as SVG that takes its colours from the page. What they show is said beside them, in `sections`.

use std::ops::Range;

use anyhow::{Result, anyhow};
use plotters::coord::ranged1d::SegmentValue;
use plotters::prelude::*;

use crate::evaluation::{CorruptionLoss, CoveragePoint, ReliabilityBin};

/// The page's style sheet exchanges these for its own, light or dark.
const INK: RGBColor = RGBColor(0x10, 0x10, 0x10);
const RULE: RGBColor = RGBColor(0xd0, 0xd0, 0xd0);
/// Model A and model B: Okabe and Ito's blue and vermilion, which people who see colours differently can tell apart.
const A: RGBColor = RGBColor(0x00, 0x72, 0xb2);
const B: RGBColor = RGBColor(0xd5, 0x5e, 0x00);

const WIDTH: u32 = 480;
const HEIGHT: u32 = 360;
const TEXT: u32 = 15;
const MARGIN: u32 = 12;
/// Height of the numbers below a plot and of what they count.
const X_LABELS: u32 = 44;
/// Height of a bar of the robustness plot, and what lies between two.
const BAR: u32 = 22;
const GAP: u32 = 4;
/// Room for half of the last label.
const RIGHT: u32 = 26;

/// Accuracy in each bin of confidence beside the line on which both are the same, and below how many faces the bin has.
pub fn reliability(bins: &[ReliabilityBin]) -> Result<String> {
    drawn(HEIGHT + 90, |area| {
        let (upper, lower) = area.split_vertically(HEIGHT);
        let mut chart = ChartBuilder::on(&upper)
            .margin(MARGIN)
            .margin_right(RIGHT)
            .x_label_area_size(24)
            .y_label_area_size(64)
            .build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(RULE)
            .light_line_style(TRANSPARENT)
            .axis_style(RULE)
            .label_style(words())
            .x_labels(6)
            .y_labels(6)
            .x_label_formatter(&percent)
            .y_label_formatter(&percent)
            .y_desc("right")
            .draw()?;
        chart.draw_series(bins.iter().filter_map(|bin| {
            let corners = [(bin.low, 0.0), (bin.high, bin.accuracy?)];
            let mut bar = Rectangle::new(corners, A.filled());
            bar.set_margin(0, 0, 1, 1);
            Some(bar)
        }))?;
        chart.draw_series(LineSeries::new(
            [(0.0, 0.0), (1.0, 1.0)],
            INK.stroke_width(2),
        ))?;
        chart.draw_series(bins.iter().filter_map(|bin| {
            Some(Circle::new((bin.confidence?, bin.accuracy?), 4, B.filled()))
        }))?;

        let most = bins.iter().map(|bin| bin.faces).max().unwrap_or(0).max(1);
        let mut chart = ChartBuilder::on(&lower)
            .margin(MARGIN)
            .margin_top(0)
            .margin_right(RIGHT)
            .x_label_area_size(24)
            .y_label_area_size(64)
            .build_cartesian_2d(0.0..1.0, 0_u64..most)?;
        chart
            .configure_mesh()
            .disable_mesh()
            .axis_style(RULE)
            .label_style(words())
            .x_labels(1)
            .y_labels(2)
            .x_label_formatter(&|_| String::new())
            .x_desc("confidence")
            .y_desc("faces")
            .draw()?;
        chart.draw_series(bins.iter().map(|bin| {
            let mut bar = Rectangle::new([(bin.low, 0), (bin.high, bin.faces)], A.filled());
            bar.set_margin(0, 0, 1, 1);
            bar
        }))?;
        Ok(())
    })
}

/// Accuracy of the most confident readings against their share of all; model A's, and model B's where there is one.
pub fn coverage(curves: &[&[CoveragePoint]]) -> Result<String> {
    let lowest = curves
        .iter()
        .flat_map(|curve| curve.iter())
        .map(|point| point.accuracy)
        .fold(1.0, f64::min);
    // Down to the next tenth, so that a flat curve doesn't look steep.
    let least = ((lowest * 10.0).floor() / 10.0).clamp(0.0, 0.9);
    drawn(HEIGHT, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(MARGIN)
            .margin_right(RIGHT)
            .x_label_area_size(X_LABELS)
            .y_label_area_size(64)
            .build_cartesian_2d(0.0..1.0, least..1.0)?;
        chart
            .configure_mesh()
            .bold_line_style(RULE)
            .light_line_style(TRANSPARENT)
            .axis_style(RULE)
            .label_style(words())
            .x_labels(6)
            .y_labels(6)
            .x_label_formatter(&percent)
            .y_label_formatter(&percent)
            .x_desc("share of faces that are read")
            .y_desc("right")
            .draw()?;
        for (curve, color) in curves.iter().zip([A, B]) {
            let points = curve.iter().map(|point| (point.coverage, point.accuracy));
            chart.draw_series(LineSeries::new(points, color.stroke_width(3)))?;
        }
        Ok(())
    })
}

/// What each corruption costs in accuracy, with the intervals of the losses; model B's bars below model A's, where there is one.
pub fn robustness(models: &[&[CorruptionLoss]]) -> Result<String> {
    let names: Vec<String> = models[0]
        .iter()
        .map(|loss| loss.name.replace('_', " "))
        .collect();
    let ends = models
        .iter()
        .flat_map(|losses| losses.iter())
        .flat_map(|loss| {
            let interval = loss.loss.interval;
            [
                loss.loss.value,
                interval.map(|interval| interval.low),
                interval.map(|interval| interval.high),
            ]
        });
    let axis = loss_axis(ends.flatten());
    let row_height = 2 * GAP + (BAR + GAP) * models.len() as u32;
    let height = 2 * MARGIN + X_LABELS + row_height * names.len() as u32;
    drawn(height, |area| {
        let rows = (0..names.len() as i32 - 1).into_segmented();
        let mut chart = ChartBuilder::on(area)
            .margin(MARGIN)
            .margin_right(RIGHT)
            .x_label_area_size(X_LABELS)
            .y_label_area_size(112)
            .build_cartesian_2d(axis, rows)?;
        // The first corruption stands at the top.
        let row = |index: usize| (names.len() - 1 - index) as i32;
        let name = |value: &SegmentValue<i32>| match value {
            SegmentValue::CenterOf(place) => names
                .get((names.len() as i32 - 1 - place) as usize)
                .cloned()
                .unwrap_or_default(),
            _ => String::new(),
        };
        chart
            .configure_mesh()
            .disable_y_mesh()
            .bold_line_style(RULE)
            .light_line_style(TRANSPARENT)
            .axis_style(RULE)
            .label_style(words())
            .x_labels(6)
            .y_labels(names.len())
            .x_label_formatter(&|value| format!("{:.0}", 100.0 * value))
            .y_label_formatter(&name)
            .x_desc("points of accuracy lost")
            .draw()?;
        for (model, (losses, color)) in models.iter().zip([A, B]).enumerate() {
            let above = GAP + model as u32 * (BAR + GAP);
            let below = row_height - BAR - above;
            for (index, loss) in losses.iter().enumerate() {
                let Some(value) = loss.loss.value else {
                    continue;
                };
                let (low, high) = (
                    SegmentValue::Exact(row(index)),
                    SegmentValue::Exact(row(index) + 1),
                );
                let mut bar =
                    Rectangle::new([(0.0, low.clone()), (value, high.clone())], color.filled());
                bar.set_margin(above, below, 0, 0);
                chart.draw_series([bar])?;
                if let Some(interval) = loss.loss.interval {
                    let half = BAR / 2 - 1;
                    let mut whisker =
                        Rectangle::new([(interval.low, low), (interval.high, high)], INK.filled());
                    whisker.set_margin(above + half, below + half, 0, 0);
                    chart.draw_series([whisker])?;
                }
            }
        }
        Ok(())
    })
}

/// From zero or the most that is gained to the most that is lost, with a little room.
fn loss_axis(ends: impl Iterator<Item = f64>) -> Range<f64> {
    let (low, high) = ends.fold((0.0_f64, 0.01_f64), |(low, high), end| {
        (low.min(end), high.max(end))
    });
    let room = 0.05 * (high - low);
    let low = if low < 0.0 { low - room } else { 0.0 };
    low..high + room
}

fn words() -> TextStyle<'static> {
    ("sans-serif", TEXT).into_font().color(&INK)
}

fn percent(value: &f64) -> String {
    format!("{:.0} %", 100.0 * value)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Drawing = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// An SVG element as wide as its place on the page.
fn drawn(height: u32, draw: impl FnOnce(&Area<'_>) -> Drawing) -> Result<String> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        draw(&area)
            .and_then(|()| area.present())
            .map_err(|error| anyhow!("a plot can't be drawn: {error}"))?;
    }
    Ok(svg)
}
