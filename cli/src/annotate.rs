//! Draws faces on a picture, or on nothing to be laid over one: a box, five points and a label each. What the label says and which colour it
//! has, the caller decides.

use std::io::{Cursor, Write};
use std::path::Path;

use ab_glyph::{Font, FontRef, PxScale, ScaleFont};
use anyhow::{Context, Result, ensure};
use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, RgbImage};
use moue::{Point, Rect, Size};
use tiny_skia::{
    Color, FillRule, LineJoin, Paint, PathBuilder, Pixmap, PremultipliedColorU8, Stroke, Transform,
};

use crate::output::write_atomically;

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// One face, ready to be drawn.
#[derive(Debug, Clone)]
pub struct Drawing {
    /// The face's box, in pixels of the picture.
    pub bounds: Rect,
    /// Its points, in pixels of the picture.
    pub points: Vec<Point>,
    /// What stands beside the box, in one line.
    pub label: String,
    /// The colour of the box and of the label's background.
    pub color: Rgb,
}

/// Shares of the picture's short side: sizes that look the same on a thumbnail and on a 50-megapixel photo.
mod share {
    pub const STROKE: f32 = 1.0 / 220.0;
    pub const LARGEST_TEXT: f32 = 1.0 / 18.0;
    pub const SMALLEST_TEXT: f32 = 1.0 / 40.0;
}

/// The text's height as a share of the face's width, between the limits above: small faces in a group keep their labels apart.
const TEXT_PER_FACE: f32 = 0.16;

/// Below this height in pixels the font can't be read.
const LEAST_TEXT: f32 = 11.0;

/// Width of the thinnest line in pixels: two rows or columns that are wholly covered.
const LEAST_STROKE: f32 = 2.0;

/// Quality of JPEG files, 1 to 100: no block shows beside the lines.
const JPEG_QUALITY: u8 = 92;

/// The picture with the faces drawn on it.
///
/// # Errors
///
/// Where the picture has no pixel.
pub fn draw(picture: &RgbImage, faces: &[Drawing]) -> Result<RgbImage> {
    let mut canvas = Canvas::new(picture)?;
    canvas.faces(faces)?;
    Ok(canvas.into_picture())
}

/// The drawings alone, over nothing: to be laid over a picture of this size.
///
/// # Errors
///
/// Where the size has no pixel.
pub fn overlay(size: Size, faces: &[Drawing]) -> Result<Pixmap> {
    let mut canvas = Canvas {
        pixmap: Pixmap::new(size.width, size.height)
            .context("the picture is too large to draw on, or has no pixel")?,
        short_side: size.short_side() as f32,
    };
    canvas.faces(faces)?;
    Ok(canvas.pixmap)
}

/// Writes a picture in the format that the file's name ends in, whole or not at all.
///
/// # Errors
///
/// Where the ending is of no known format, the picture is too large for it, or the folder can't be written to.
pub fn save(picture: &RgbImage, path: &Path) -> Result<()> {
    let format = ImageFormat::from_path(path)
        .with_context(|| format!("{} has no ending that tells a format", path.display()))?;
    let mut bytes = Cursor::new(Vec::new());
    let encoded = match format {
        ImageFormat::Jpeg => {
            picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY))
        }
        _ => picture.write_to(&mut bytes, format),
    };
    encoded.with_context(|| format!("{} can't be written", path.display()))?;
    write_atomically(path, |writer| Ok(writer.write_all(bytes.get_ref())?))
}

/// Black or white, whichever reads better on the colour (its luma by ITU-R BT.601).
pub fn text_color([red, green, blue]: Rgb) -> Rgb {
    const MIDDLE: u32 = 128;
    let luma = (299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue)) / 1000;
    if luma < MIDDLE { [255; 3] } else { [0; 3] }
}

struct Canvas {
    pixmap: Pixmap,
    short_side: f32,
}

impl Canvas {
    fn new(picture: &RgbImage) -> Result<Self> {
        let (width, height) = picture.dimensions();
        ensure!(
            width > 0 && height > 0,
            "a picture without pixels can't be drawn on"
        );
        let mut pixmap =
            Pixmap::new(width, height).context("the picture is too large to draw on")?;
        for (target, source) in pixmap.pixels_mut().iter_mut().zip(picture.pixels()) {
            *target = opaque(source.0);
        }
        Ok(Self {
            pixmap,
            short_side: width.min(height) as f32,
        })
    }

    fn into_picture(self) -> RgbImage {
        let (width, height) = (self.pixmap.width(), self.pixmap.height());
        let mut picture = RgbImage::new(width, height);
        for (target, source) in picture.pixels_mut().zip(self.pixmap.pixels()) {
            target.0 = [source.red(), source.green(), source.blue()];
        }
        picture
    }

    /// Boxes, points and labels.
    fn faces(&mut self, faces: &[Drawing]) -> Result<()> {
        let stroke = (self.short_side * share::STROKE).max(LEAST_STROKE);
        for face in faces {
            self.rectangle(face.bounds, stroke, face.color);
            for &point in &face.points {
                // A dark rim keeps the dots visible on bright skin.
                self.dot(point, stroke * 1.5, [0, 0, 0]);
                self.dot(point, stroke * 1.1, face.color);
            }
        }
        // Labels last: no box crosses a text.
        let mut taken = Vec::with_capacity(faces.len());
        for face in faces {
            self.label(face, stroke, &mut taken)?;
        }
        Ok(())
    }

    fn rectangle(&mut self, bounds: Rect, width: f32, color: Rgb) {
        let Some(rect) =
            tiny_skia::Rect::from_xywh(bounds.x, bounds.y, bounds.width, bounds.height)
        else {
            return;
        };
        let stroke = Stroke {
            width,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        self.pixmap.stroke_path(
            &PathBuilder::from_rect(rect),
            &paint(color),
            &stroke,
            Transform::identity(),
            None,
        );
    }

    fn dot(&mut self, center: Point, radius: f32, color: Rgb) {
        let Some(circle) = PathBuilder::from_circle(center.x, center.y, radius) else {
            return;
        };
        self.pixmap.fill_path(
            &circle,
            &paint(color),
            FillRule::Winding,
            Transform::identity(),
            None,
        );
    }

    /// A line of text on a filled background: above the box, or below where there is no room or another label stands (which `taken` holds),
    /// and always inside the picture.
    fn label(&mut self, face: &Drawing, stroke: f32, taken: &mut Vec<Rect>) -> Result<()> {
        let font = FontRef::try_from_slice(epaint_default_fonts::HACK_REGULAR)
            .context("the embedded font can't be read")?;
        let largest = (self.short_side * share::LARGEST_TEXT).max(LEAST_TEXT);
        let smallest = (self.short_side * share::SMALLEST_TEXT).max(LEAST_TEXT);
        let mut size = (face.bounds.width * TEXT_PER_FACE).clamp(smallest, largest);

        let padding = |size: f32| size * 0.25;
        let (canvas_width, canvas_height) =
            (self.pixmap.width() as f32, self.pixmap.height() as f32);
        let needed = text_width(&font, size, &face.label) + 2.0 * padding(size);
        // A label wider than the picture is no use half cut off.
        size *= (canvas_width / needed).min(1.0);

        let width = text_width(&font, size, &face.label) + 2.0 * padding(size);
        let height = font.as_scaled(PxScale::from(size)).height() + padding(size);
        let left = (face.bounds.x - stroke / 2.0)
            .min(canvas_width - width)
            .max(0.0);
        let lowest = (canvas_height - height).max(0.0);
        let above = face.bounds.y - stroke / 2.0 - height;
        let below = (face.bounds.bottom() + stroke / 2.0).min(lowest);
        // A row further up or down where faces are crowded.
        let places = [above, below, above - height, below + height, face.bounds.y];
        let is_free = |top: f32| {
            let place = Rect::new(left, top, width, height);
            taken.iter().all(|other| place.intersection(*other) <= 0.0)
        };
        let inside = |top: &f32| (0.0..=lowest).contains(top);
        let top = places
            .into_iter()
            .filter(inside)
            .find(|&top| is_free(top))
            .unwrap_or(if inside(&above) { above } else { below });
        taken.push(Rect::new(left, top, width, height));

        if let Some(background) = tiny_skia::Rect::from_xywh(left, top, width, height) {
            self.pixmap
                .fill_rect(background, &paint(face.color), Transform::identity(), None);
        }
        self.text(
            &font,
            size,
            Point::new(left + padding(size), top + padding(size) / 2.0),
            &face.label,
            text_color(face.color),
        );
        Ok(())
    }

    /// Draws a line of text whose top left corner is `corner`.
    fn text(&mut self, font: &FontRef<'_>, size: f32, corner: Point, text: &str, color: Rgb) {
        let scaled = font.as_scaled(PxScale::from(size));
        let baseline = corner.y + scaled.ascent();
        let mut x = corner.x;
        for character in text.chars() {
            let glyph = scaled.scaled_glyph(character);
            let (id, advance) = (glyph.id, scaled.h_advance(glyph.id));
            let placed =
                id.with_scale_and_position(PxScale::from(size), ab_glyph::point(x, baseline));
            if let Some(outline) = font.outline_glyph(placed) {
                let origin = outline.px_bounds().min;
                outline.draw(|dx, dy, coverage| {
                    self.blend(
                        origin.x as i64 + i64::from(dx),
                        origin.y as i64 + i64::from(dy),
                        coverage,
                        color,
                    )
                });
            }
            x += advance;
        }
    }

    fn blend(&mut self, x: i64, y: i64, coverage: f32, color: Rgb) {
        let (width, height) = (
            i64::from(self.pixmap.width()),
            i64::from(self.pixmap.height()),
        );
        if !(0..width).contains(&x) || !(0..height).contains(&y) {
            return;
        }
        let pixel = &mut self.pixmap.pixels_mut()[(y * width + x) as usize];
        let below = [pixel.red(), pixel.green(), pixel.blue()];
        let coverage = coverage.clamp(0.0, 1.0);
        let mix = |index: usize| {
            (f32::from(below[index]) * (1.0 - coverage) + f32::from(color[index]) * coverage)
                .round() as u8
        };
        *pixel = opaque([mix(0), mix(1), mix(2)]);
    }
}

fn text_width(font: &FontRef<'_>, size: f32, text: &str) -> f32 {
    let scaled = font.as_scaled(PxScale::from(size));
    text.chars()
        .map(|character| scaled.h_advance(scaled.glyph_id(character)))
        .sum()
}

fn opaque([red, green, blue]: Rgb) -> PremultipliedColorU8 {
    PremultipliedColorU8::from_rgba(red, green, blue, u8::MAX)
        .expect("an opaque colour is its own premultiplied form")
}

fn paint([red, green, blue]: Rgb) -> Paint<'static> {
    let mut paint = Paint {
        anti_alias: true,
        ..Paint::default()
    };
    paint.set_color(Color::from_rgba8(red, green, blue, u8::MAX));
    paint
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREY: image::Rgb<u8> = image::Rgb([90, 90, 90]);
    const GREEN: Rgb = [0, 230, 0];

    fn face(bounds: Rect) -> Drawing {
        Drawing {
            bounds,
            points: vec![bounds.center()],
            label: "happy 97 %".to_owned(),
            color: GREEN,
        }
    }

    #[test]
    fn the_box_the_points_and_the_label_are_where_the_face_is() {
        let picture = RgbImage::from_pixel(400, 300, GREY);
        let drawn = draw(&picture, &[face(Rect::new(100.0, 100.0, 120.0, 150.0))]).expect("drawn");
        assert_eq!(drawn.get_pixel(100, 170).0, GREEN, "left edge");
        assert_eq!(drawn.get_pixel(160, 250).0, GREEN, "bottom edge");
        assert_eq!(drawn.get_pixel(160, 175).0, GREEN, "point");
        assert_eq!(*drawn.get_pixel(130, 130), GREY, "inside of the box");
        let label = (80..100)
            .flat_map(|y| (100..220).map(move |x| (x, y)))
            .filter(|&(x, y)| drawn.get_pixel(x, y).0 == [0, 0, 0]);
        assert!(label.count() > 20, "black letters above the box");
        assert_eq!(*drawn.get_pixel(300, 200), GREY, "elsewhere");
    }

    #[test]
    fn a_label_without_room_above_or_beside_stays_in_the_picture() {
        let picture = RgbImage::from_pixel(60, 40, GREY);
        for bounds in [
            Rect::new(-20.0, -30.0, 200.0, 200.0),
            Rect::new(50.0, 0.0, 30.0, 40.0),
        ] {
            let drawn = draw(&picture, &[face(bounds)]).expect("drawn");
            assert!(drawn.pixels().any(|pixel| pixel.0 == GREEN), "{bounds:?}");
        }
    }

    #[test]
    fn labels_of_faces_side_by_side_do_not_cover_each_other() {
        let picture = RgbImage::from_pixel(400, 300, GREY);
        let bounds = [100.0, 130.0].map(|x| Rect::new(x, 120.0, 28.0, 36.0));
        let letters = |faces: &[Drawing]| {
            let drawn = draw(&picture, faces).expect("drawn");
            drawn.pixels().filter(|pixel| pixel.0 == [0; 3]).count()
        };
        let apart: usize = bounds.iter().map(|&bounds| letters(&[face(bounds)])).sum();
        assert_eq!(letters(&bounds.map(face)), apart);
    }

    #[test]
    fn a_picture_without_faces_stays_as_it_is() {
        let picture = RgbImage::from_fn(33, 21, |x, y| image::Rgb([x as u8, y as u8, 7]));
        assert_eq!(draw(&picture, &[]).expect("drawn"), picture);
    }
}
