//! From a frame's coordinates to those of the view that shows it, as the four numbers of a platform's own matrix.

use crate::error::NativeError;
use crate::face::{Point, Rect};
use crate::guard::guarded;

/// How a picture is scaled into a view. Both keep its shape and centre it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum ViewScale {
    /// The whole picture is seen, with empty bars where the shapes differ (Android `fitCenter`, iOS `resizeAspect`).
    Fit,
    /// The whole view is covered; the picture's overhang is cut off (Android `fillCenter`, iOS `resizeAspectFill`).
    Fill,
}

/// A view's place of a frame's point `x`, `y`: `scale_x * x + left`, `scale_y * y + top`. `scale_x` is negative in a mirrored view.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Record)]
pub struct ViewTransform {
    /// Units of the view for a pixel of the frame, from left to right.
    pub scale_x: f32,
    /// Units of the view for a pixel of the frame, from the top down; never negative.
    pub scale_y: f32,
    /// Where the frame's left edge lies in the view (its right edge in a mirrored view: the edge with `x` 0 all the same).
    pub left: f32,
    /// Where the frame's top edge lies in the view.
    pub top: f32,
}

/// The transform for a view of `view_width` times `view_height`, in its own units, that shows the part `shown` of the upright frame: a
/// rectangle from 0, 0 with the frame's size where all of it is shown.
///
/// # Errors
///
/// [`NativeError::BadInput`] where one of the sizes is not above 0.
#[uniffi::export]
pub fn view_transform(
    shown: Rect,
    view_width: f32,
    view_height: f32,
    scale: ViewScale,
    mirrored: bool,
) -> Result<ViewTransform, NativeError> {
    guarded(
        || (),
        || {
            let sides = [shown.width, shown.height, view_width, view_height];
            if !sides.into_iter().all(|side| side > 0.0 && side.is_finite()) {
                return Err(NativeError::BadInput(format!(
                    "a picture of {} x {} can't be shown in a view of {view_width} x {view_height}: all sides must be above 0; wait for the view's layout and the first frame",
                    shown.width, shown.height
                )));
            }
            let scale = match scale {
                ViewScale::Fit => moue::ViewScale::Fit,
                ViewScale::Fill => moue::ViewScale::Fill,
            };
            let transform = moue::ViewTransform::new(shown.into(), view_width, view_height, scale)
                .mirrored(mirrored);
            // A rectangle's sides are scaled, never moved: exact, where the difference of two places would not be.
            let unit = transform.rect_to_view(moue::Rect::new(0.0, 0.0, 1.0, 1.0));
            let origin = transform.point_to_view(moue::Point::new(0.0, 0.0));
            Ok(ViewTransform {
                scale_x: if mirrored { -unit.width } else { unit.width },
                scale_y: unit.height,
                left: origin.x,
                top: origin.y,
            })
        },
    )
}

/// Where the view shows a rectangle of the frame.
///
/// # Errors
///
/// None today.
#[uniffi::export]
pub fn rect_to_view(transform: ViewTransform, rect: Rect) -> Result<Rect, NativeError> {
    let ViewTransform {
        scale_x,
        scale_y,
        left,
        top,
    } = transform;
    let width = scale_x.abs() * rect.width;
    let corner = scale_x * rect.x + left;
    Ok(Rect {
        x: if scale_x < 0.0 {
            corner - width
        } else {
            corner
        },
        y: scale_y * rect.y + top,
        width,
        height: scale_y * rect.height,
    })
}

/// Where the view shows a point of the frame.
///
/// # Errors
///
/// None today.
#[uniffi::export]
pub fn point_to_view(transform: ViewTransform, point: Point) -> Result<Point, NativeError> {
    let ViewTransform {
        scale_x,
        scale_y,
        left,
        top,
    } = transform;
    Ok(Point {
        x: scale_x * point.x + left,
        y: scale_y * point.y + top,
    })
}

impl From<Rect> for moue::Rect {
    fn from(rect: Rect) -> Self {
        let Rect {
            x,
            y,
            width,
            height,
        } = rect;
        Self::new(x, y, width, height)
    }
}
