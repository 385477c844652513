//! Rectangles, fractions and view coordinates.

use moue::{Point, Rect, Size, ViewScale, ViewTransform};
use proptest::prelude::*;

fn any_whole_rect() -> impl Strategy<Value = Rect> {
    (0..20_u8, 0..20_u8, 1..20_u8, 1..20_u8)
        .prop_map(|(x, y, w, h)| Rect::new(x.into(), y.into(), w.into(), h.into()))
}

/// Unit squares in the 40x40 grid that a rectangle covers.
fn cells(rect: Rect) -> Vec<(u32, u32)> {
    let inside = |&(x, y): &(u32, u32)| rect.contains(Point::new(x as f32 + 0.5, y as f32 + 0.5));
    (0..40)
        .flat_map(|y| (0..40).map(move |x| (x, y)))
        .filter(inside)
        .collect()
}

proptest! {
    #[test]
    fn intersection_over_union_counts_common_cells(a in any_whole_rect(), b in any_whole_rect()) {
        let (in_a, in_b) = (cells(a), cells(b));
        let common = in_a.iter().filter(|cell| in_b.contains(cell)).count() as f32;
        let all = (in_a.len() + in_b.len()) as f32 - common;
        prop_assert!((a.iou(b) - common / all).abs() < 1e-6);
        prop_assert_eq!(a.iou(b), b.iou(a));
    }

    #[test]
    fn a_view_point_leads_back_to_its_frame_point(
        x in 0.0..640_f32, y in 0.0..480_f32, width in 50.0..2000_f32, height in 50.0..2000_f32, fill: bool, mirrored: bool,
    ) {
        let scale = if fill { ViewScale::Fill } else { ViewScale::Fit };
        let view = ViewTransform::new(Rect::of(Size::new(640, 480)), width, height, scale).mirrored(mirrored);
        let point = Point::new(x, y);
        prop_assert!(view.point_from_view(view.point_to_view(point)).distance(point) < 0.01);
    }
}

#[test]
fn empty_rectangles_overlap_with_nothing() {
    let empty = Rect::default();
    assert_eq!(empty.iou(empty), 0.0);
    assert_eq!(empty.iou(Rect::new(0.0, 0.0, 5.0, 5.0)), 0.0);
}

#[test]
fn fitting_leaves_bars_and_filling_cuts_off() {
    // 640x480 in a view of 400x600: fitted it is 400x300 in the middle, filled it is 800x600 with 200 cut off on each side.
    let frame = Rect::of(Size::new(640, 480));
    let fitted = ViewTransform::new(frame, 400.0, 600.0, ViewScale::Fit);
    assert_eq!(
        fitted.rect_to_view(frame),
        Rect::new(0.0, 150.0, 400.0, 300.0)
    );
    let filled = ViewTransform::new(frame, 400.0, 600.0, ViewScale::Fill);
    assert_eq!(
        filled.rect_to_view(frame),
        Rect::new(-200.0, 0.0, 800.0, 600.0)
    );
}

#[test]
fn a_mirrored_view_shows_the_left_on_the_right() {
    let frame = Rect::of(Size::new(640, 480));
    let view = ViewTransform::new(frame, 640.0, 480.0, ViewScale::Fit).mirrored(true);
    assert_eq!(
        view.point_to_view(Point::new(10.0, 20.0)),
        Point::new(630.0, 20.0)
    );
    assert_eq!(
        view.rect_to_view(Rect::new(10.0, 20.0, 100.0, 50.0)),
        Rect::new(530.0, 20.0, 100.0, 50.0)
    );
}

#[test]
fn a_view_of_a_part_puts_that_part_in_the_middle() {
    let view = ViewTransform::new(
        Rect::new(100.0, 200.0, 300.0, 300.0),
        600.0,
        600.0,
        ViewScale::Fit,
    );
    assert_eq!(
        view.point_to_view(Point::new(100.0, 200.0)),
        Point::new(0.0, 0.0)
    );
    assert_eq!(
        view.point_to_view(Point::new(250.0, 350.0)),
        Point::new(300.0, 300.0)
    );
}

#[test]
fn fractions_are_shares_of_the_picture() {
    let size = Size::new(640, 480);
    assert_eq!(
        Point::new(320.0, 120.0).to_fraction(size),
        Point::new(0.5, 0.25)
    );
    assert_eq!(
        Rect::new(64.0, 48.0, 320.0, 120.0).to_fraction(size),
        Rect::new(0.1, 0.1, 0.5, 0.25)
    );
}
