//! Sizes, points and rectangles, and how they look in a view.
//!
//! Coordinates are pixels of the upright, unmirrored, full-size frame. The origin is the top left corner of the top left pixel, so pixel
//! centres lie at .5. Fitting transforms to points is `align`'s work.

use std::fmt;

/// Width and height in whole pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Size {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

impl Size {
    /// A size of `width` times `height` pixels.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// Number of pixels.
    pub const fn pixels(self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// The longer of the two sides.
    pub fn long_side(self) -> u32 {
        self.width.max(self.height)
    }

    /// The shorter of the two sides.
    pub fn short_side(self) -> u32 {
        self.width.min(self.height)
    }

    /// Width and height exchanged: the size after a quarter turn.
    pub const fn transposed(self) -> Self {
        Self::new(self.height, self.width)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// A place in a picture, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// From the left edge to the right.
    pub x: f32,
    /// From the top edge down.
    pub y: f32,
}

impl Point {
    /// The point at `x`, `y`.
    pub const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// The straight distance to `other`.
    pub fn distance(self, other: Self) -> f32 {
        let (dx, dy) = (self.x - other.x, self.y - other.y);
        (dx * dx + dy * dy).sqrt()
    }

    /// The same place as fractions of a picture of `size`: `0..=1` inside of it.
    pub fn to_fraction(self, size: Size) -> Self {
        Self::new(self.x / size.width as f32, self.y / size.height as f32)
    }
}

/// An upright rectangle, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// From the left edge to the right one; not negative.
    pub width: f32,
    /// From the top edge to the bottom one; not negative.
    pub height: f32,
}

impl Rect {
    /// The rectangle whose top left corner is `x`, `y`.
    pub const fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self {
            x,
            y,
            width,
            height,
        }
    }

    /// The rectangle that spans a whole picture.
    pub fn of(size: Size) -> Self {
        Self::new(0.0, 0.0, size.width as f32, size.height as f32)
    }

    /// Right edge.
    pub fn right(self) -> f32 {
        self.x + self.width
    }

    /// Bottom edge.
    pub fn bottom(self) -> f32 {
        self.y + self.height
    }

    /// The middle.
    pub fn center(self) -> Point {
        Point::new(self.x + 0.5 * self.width, self.y + 0.5 * self.height)
    }

    /// Area in square pixels.
    pub fn area(self) -> f32 {
        self.width * self.height
    }

    /// Whether the point lies inside or on the left or top edge.
    pub fn contains(self, point: Point) -> bool {
        (self.x..self.right()).contains(&point.x) && (self.y..self.bottom()).contains(&point.y)
    }

    /// Area of the part that both cover, in square pixels.
    pub fn intersection(self, other: Self) -> f32 {
        let width = self.right().min(other.right()) - self.x.max(other.x);
        let height = self.bottom().min(other.bottom()) - self.y.max(other.y);
        width.max(0.0) * height.max(0.0)
    }

    /// Intersection over union, `0..=1`; 0 where both are empty.
    pub fn iou(self, other: Self) -> f32 {
        let intersection = self.intersection(other);
        let union = self.area() + other.area() - intersection;
        if union > 0.0 {
            intersection / union
        } else {
            0.0
        }
    }

    /// The same rectangle as fractions of a picture of `size`: `0..=1` inside of it.
    pub fn to_fraction(self, size: Size) -> Self {
        let (width, height) = (size.width as f32, size.height as f32);
        Self::new(
            self.x / width,
            self.y / height,
            self.width / width,
            self.height / height,
        )
    }
}

/// How a picture is scaled into a view. Both keep its shape and centre it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewScale {
    /// The whole picture is seen, with empty bars where the shapes differ (Android `fitCenter`, iOS `resizeAspect`).
    Fit,
    /// The whole view is covered; the picture's overhang is cut off (Android `fillCenter`, iOS `resizeAspectFill`).
    Fill,
}

/// From a frame's coordinates to those of the view that shows it, and back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ViewTransform {
    scale: f32,
    left: f32,
    top: f32,
    view_width: f32,
    mirrored: bool,
}

impl ViewTransform {
    /// For a view of `view_width` times `view_height` (in the view's own units) that shows the part `shown` of the frame: [`Rect::of`] its
    /// size where all of it is shown.
    ///
    /// An empty `shown` gives coordinates that are not finite.
    pub fn new(shown: Rect, view_width: f32, view_height: f32, scale: ViewScale) -> Self {
        let (horizontal, vertical) = (view_width / shown.width, view_height / shown.height);
        let scale = match scale {
            ViewScale::Fit => horizontal.min(vertical),
            ViewScale::Fill => horizontal.max(vertical),
        };
        Self {
            scale,
            left: 0.5 * view_width - scale * (shown.x + 0.5 * shown.width),
            top: 0.5 * view_height - scale * (shown.y + 0.5 * shown.height),
            view_width,
            mirrored: false,
        }
    }

    /// Whether the view shows the picture as a mirror would, as selfie previews do.
    pub fn mirrored(self, mirrored: bool) -> Self {
        Self { mirrored, ..self }
    }

    /// Where the view shows a point of the frame.
    pub fn point_to_view(&self, point: Point) -> Point {
        let x = self.scale * point.x + self.left;
        Point::new(self.mirror(x), self.scale * point.y + self.top)
    }

    /// Where the view shows a rectangle of the frame.
    pub fn rect_to_view(&self, rect: Rect) -> Rect {
        let width = self.scale * rect.width;
        let corner = self.point_to_view(Point::new(rect.x, rect.y));
        let left = if self.mirrored {
            corner.x - width
        } else {
            corner.x
        };
        Rect::new(left, corner.y, width, self.scale * rect.height)
    }

    /// The point of the frame that the view shows at `point`, such as under a finger.
    pub fn point_from_view(&self, point: Point) -> Point {
        Point::new(
            (self.mirror(point.x) - self.left) / self.scale,
            (point.y - self.top) / self.scale,
        )
    }

    fn mirror(&self, x: f32) -> f32 {
        if self.mirrored {
            self.view_width - x
        } else {
            x
        }
    }
}
