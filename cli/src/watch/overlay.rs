//! Lays drawings over a picture of luma and chroma. Pixels without a drawing stay as they are, to the last bit.

use moue::LumaRange;
use tiny_skia::Pixmap;

use super::picture::Picture;

/// From this height on, untagged videos have the colours of ITU-R BT.709, below it those of BT.601, for players and here.
const HIGH_DEFINITION: u32 = 720;

/// Full coverage.
const OPAQUE: f32 = 255.0;

/// From red, green and blue, each 0 to 255 and already multiplied by the coverage, to luma and chroma.
struct Matrix {
    /// Shares of red, green and blue in luma.
    shares: [f32; 3],
    /// Black, and the spans of luma and of chroma.
    black: f32,
    luma: f32,
    chroma: f32,
}

/// Chroma of grey.
const GREY: f32 = 128.0;

impl Matrix {
    fn of(picture: &Picture) -> Self {
        let shares = if picture.layout.size.height < HIGH_DEFINITION {
            [0.299, 0.587, 0.114]
        } else {
            [0.2126, 0.7152, 0.0722]
        };
        let (black, luma, chroma) = match picture.layout.range {
            LumaRange::Full => (0.0, 255.0, 255.0),
            LumaRange::Video => (16.0, 219.0, 224.0),
        };
        Self {
            shares,
            black,
            luma,
            chroma,
        }
    }

    fn gray(&self, rgb: [f32; 3]) -> f32 {
        rgb.iter()
            .zip(self.shares)
            .map(|(c, share)| c * share)
            .sum()
    }

    fn luma(&self, rgb: [f32; 3], coverage: f32) -> f32 {
        self.black * coverage / OPAQUE + self.gray(rgb) * self.luma / 255.0
    }

    /// The difference of blue (2) or red (0) to luma.
    fn chroma(&self, rgb: [f32; 3], coverage: f32, channel: usize) -> f32 {
        let difference = (rgb[channel] - self.gray(rgb)) / (2.0 * (1.0 - self.shares[channel]));
        GREY * coverage / OPAQUE + difference * self.chroma / 255.0
    }
}

/// Lays an overlay of the picture's own size over it.
pub fn lay(overlay: &Pixmap, picture: &mut Picture) {
    let matrix = Matrix::of(picture);
    let (width, height) = (overlay.width() as usize, overlay.height() as usize);
    let (chroma_width, chroma_height) = picture.layout.chroma_size();
    let (luma, [blue, red]) = picture.planes_mut();
    let pixels = overlay.pixels();
    for (target, pixel) in luma.iter_mut().zip(pixels) {
        if pixel.alpha() > 0 {
            let rgb = [pixel.red(), pixel.green(), pixel.blue()].map(f32::from);
            let coverage = f32::from(pixel.alpha());
            *target = blend(*target, matrix.luma(rgb, coverage), coverage);
        }
    }
    if chroma_width == 0 {
        return;
    }
    // Pixels that share a sample of chroma.
    let (across, down) = (width.div_ceil(chroma_width), height.div_ceil(chroma_height));
    for y in 0..chroma_height {
        for x in 0..chroma_width {
            let (mut rgb, mut coverage, mut count) = ([0.0; 3], 0.0, 0.0);
            for row in (y * down..height).take(down) {
                for column in (x * across..width).take(across) {
                    let pixel = pixels[row * width + column];
                    coverage += f32::from(pixel.alpha());
                    for (sum, value) in
                        rgb.iter_mut()
                            .zip([pixel.red(), pixel.green(), pixel.blue()])
                    {
                        *sum += f32::from(value);
                    }
                    count += 1.0;
                }
            }
            if coverage > 0.0 {
                let (rgb, coverage) = (rgb.map(|sum| sum / count), coverage / count);
                let index = y * chroma_width + x;
                blue[index] = blend(blue[index], matrix.chroma(rgb, coverage, 2), coverage);
                red[index] = blend(red[index], matrix.chroma(rgb, coverage, 0), coverage);
            }
        }
    }
}

fn blend(below: u8, above: f32, coverage: f32) -> u8 {
    (f32::from(below) * (1.0 - coverage / OPAQUE) + above).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::picture::{Chroma, Layout};
    use moue::Size;
    use tiny_skia::{Color, PremultipliedColorU8};

    fn picture(width: u32, height: u32, chroma: Chroma, range: LumaRange) -> Picture {
        let layout = Layout {
            size: Size::new(width, height),
            chroma,
            range,
        };
        Picture {
            layout,
            bytes: (0..layout.bytes()).map(|index| index as u8).collect(),
            timestamp: 0,
        }
    }

    /// Values by hand from ITU-R BT.601: red is 0.299 of luma.
    #[test]
    fn red_over_all_is_red_in_luma_and_chroma() {
        for (range, expected) in [
            (LumaRange::Video, [81, 90, 240]),
            (LumaRange::Full, [76, 85, 255]),
        ] {
            for chroma in [Chroma::Quarter, Chroma::Half, Chroma::Full, Chroma::Mono] {
                let mut picture = picture(5, 3, chroma, range);
                let mut overlay = Pixmap::new(5, 3).unwrap();
                overlay.fill(Color::from_rgba8(255, 0, 0, 255));
                lay(&overlay, &mut picture);
                let (luma, [blue, red]) = picture.planes_mut();
                for (plane, expected) in [&*luma, blue, red].into_iter().zip(expected) {
                    assert!(
                        plane.iter().all(|&value| value == expected),
                        "{chroma:?} {range:?}: {plane:?}, not {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_not_drawn_on_stays() {
        for chroma in [Chroma::Quarter, Chroma::Half, Chroma::Full, Chroma::Mono] {
            let mut drawn = picture(6, 4, chroma, LumaRange::Video);
            let mut overlay = Pixmap::new(6, 4).unwrap();
            lay(&overlay, &mut drawn);
            let before = picture(6, 4, chroma, LumaRange::Video).bytes;
            assert_eq!(drawn.bytes, before);
            overlay.pixels_mut()[0] = PremultipliedColorU8::from_rgba(255, 255, 255, 255).unwrap();
            lay(&overlay, &mut drawn);
            assert_eq!(drawn.bytes[0], 235);
            assert_eq!(drawn.bytes[1..24], before[1..24]);
        }
    }
}
