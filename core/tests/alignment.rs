//! Similarity transforms against known ones, and what can't be fitted.

use moue::align::Template;
use moue::{Point, Similarity};
use proptest::prelude::*;

const FACE: [Point; 5] = [
    Point::new(30.0, 38.0),
    Point::new(70.0, 37.0),
    Point::new(50.0, 58.0),
    Point::new(34.0, 77.0),
    Point::new(66.0, 78.0),
];

fn any_similarity() -> impl Strategy<Value = Similarity> {
    (
        -std::f64::consts::PI..std::f64::consts::PI,
        0.05..20.0,
        -500.0..500.0,
        -500.0..500.0,
    )
        .prop_map(|(angle, scale, tx, ty)| Similarity {
            a: scale * libm::cos(angle),
            b: scale * libm::sin(angle),
            tx,
            ty,
        })
}

fn squared_error(transform: &Similarity, from: &[Point; 5], to: &[Point; 5]) -> f64 {
    from.iter()
        .zip(to)
        .map(|(from, to)| {
            let (x, y) = transform.apply_xy(from.x.into(), from.y.into());
            let (dx, dy) = (x - f64::from(to.x), y - f64::from(to.y));
            dx * dx + dy * dy
        })
        .sum()
}

proptest! {
    #[test]
    fn a_known_transform_is_found_again(known in any_similarity()) {
        let fitted = Similarity::fit(&FACE, &FACE.map(|point| known.apply(point))).unwrap();
        prop_assert!((fitted.a - known.a).abs() < 1e-4 && (fitted.b - known.b).abs() < 1e-4);
        prop_assert!((fitted.tx - known.tx).abs() < 1e-2 && (fitted.ty - known.ty).abs() < 1e-2);
    }

    #[test]
    fn no_transform_nearby_fits_better(known in any_similarity(), shifts: [(i8, i8); 5], nudge in 0..4_usize, step in prop_oneof![Just(-1e-3), Just(1e-3)]) {
        let mut to = FACE.map(|point| known.apply(point));
        for (point, (dx, dy)) in to.iter_mut().zip(shifts) {
            *point = Point::new(point.x + f32::from(dx) / 10.0, point.y + f32::from(dy) / 10.0);
        }
        let fitted = Similarity::fit(&FACE, &to);
        prop_assume!(fitted.is_some());
        let fitted = fitted.unwrap();
        let mut other = fitted;
        *[&mut other.a, &mut other.b, &mut other.tx, &mut other.ty][nudge] += step;
        prop_assert!(squared_error(&fitted, &FACE, &to) <= squared_error(&other, &FACE, &to));
    }

    #[test]
    fn the_inverse_undoes(transform in any_similarity(), x in -200.0..200_f32, y in -200.0..200_f32) {
        let back = transform.then(&transform.inverse().unwrap());
        let point = Point::new(x, y);
        prop_assert!(back.apply(point).distance(point) < 1e-3);
        prop_assert!((transform.inverse().unwrap().scale() * transform.scale() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn one_after_the_other_equals_both_at_once(first in any_similarity(), second in any_similarity(), x in -9.0..9.0, y in -9.0..9.0) {
        let (middle_x, middle_y) = first.apply_xy(x, y);
        let (in_turn, at_once) = (second.apply_xy(middle_x, middle_y), first.then(&second).apply_xy(x, y));
        prop_assert!((in_turn.0 - at_once.0).abs() < 1e-6 && (in_turn.1 - at_once.1).abs() < 1e-6);
    }
}

#[test]
fn a_mirrored_face_is_never_mirrored_back() {
    let mirrored = FACE.map(|point| Point::new(100.0 - point.x, point.y));
    if let Some(fitted) = Similarity::fit(&FACE, &mirrored) {
        assert!(squared_error(&fitted, &FACE, &mirrored) > 100.0);
    }
}

#[test]
fn degenerate_points_have_no_transform() {
    let one_place = [Point::new(4.0, 5.0); 5];
    assert_eq!(Similarity::fit(&one_place, &FACE), None);
    assert_eq!(Similarity::fit(&FACE, &one_place), None);
    for bad in [f32::NAN, f32::INFINITY] {
        let mut points = FACE;
        points[2].x = bad;
        assert_eq!(Similarity::fit(&points, &FACE), None);
        assert_eq!(Similarity::fit(&FACE, &points), None);
    }
    assert_eq!(Similarity::scaled(0.0, 1.0, 1.0).inverse(), None);
}

#[test]
fn a_template_reads_ten_numbers_and_nothing_else() {
    let template = Template::parse("0.3,0.38, 0.7,0.38, 0.5,0.58, 0.34,0.77, 0.66,0.77").unwrap();
    assert_eq!(template.in_crop(100)[2], Point::new(50.0, 58.0));
    for bad in [
        "",
        "0.3,0.38,0.7,0.38,0.5,0.58,0.34,0.77,0.66",
        "0.3,0.38,0.7,0.38,0.5,0.58,0.34,0.77,0.66,0.77,1",
        "0.3,0.38,0.7,0.38,0.5,nose,0.34,0.77,0.66,0.77",
        "0.3,0.38,0.7,0.38,0.5,NaN,0.34,0.77,0.66,0.77",
        "1,1,1,1,1,1,1,1,1,1",
    ] {
        assert_eq!(Template::parse(bad), None, "{bad:?}");
    }
}

#[test]
fn a_face_laid_on_its_template_is_cut_where_it_lies() {
    let template = Template {
        points: FACE.map(|point| Point::new(point.x / 100.0, point.y / 100.0)),
    };
    let face = FACE.map(|point| Point::new(3.0 * point.x + 40.0, 3.0 * point.y + 20.0));
    let to_picture = template.crop_to_picture(&face, 48).unwrap();
    assert!(
        to_picture
            .apply(Point::new(0.0, 0.0))
            .distance(Point::new(40.0, 20.0))
            < 1e-3
    );
    assert!(
        to_picture
            .apply(Point::new(48.0, 48.0))
            .distance(Point::new(340.0, 320.0))
            < 1e-3
    );
}
