//! The resampling of the pixel side on its own, for comparison with other libraries: a PNM picture on standard input, a PGM on standard output.
//!
//!     resample working                         the working picture of a grey or RGB frame
//!     resample resize WIDTH HEIGHT             a grey picture resized
//!     resample warp SIDE A B TX TY             a square cut along x' = A x - B y + TX, y' = B x + A y + TY

use std::error::Error;
use std::io::{self, Cursor, Read};

use image::{DynamicImage, GrayImage, ImageFormat};
use moue::luma::WorkingPicture;
use moue::resample::{LumaView, Resampler};
use moue::{Frame, Similarity, Size, WorkingSize};

const USAGE: &str = "usage: resample working | resize WIDTH HEIGHT | warp SIDE A B TX TY";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut input = Vec::new();
    io::stdin().read_to_end(&mut input)?;
    let picture = image::load_from_memory_with_format(&input, ImageFormat::Pnm)?;

    let output = match arguments[..] {
        ["working"] => working(&picture)?,
        ["resize", width, height] => resize(
            &picture.into_luma8(),
            Size::new(width.parse()?, height.parse()?),
        )?,
        ["warp", side, a, b, tx, ty] => {
            let to_picture = Similarity {
                a: a.parse()?,
                b: b.parse()?,
                tx: tx.parse()?,
                ty: ty.parse()?,
            };
            warp(&picture.into_luma8(), &to_picture, side.parse()?)?
        }
        _ => return Err(USAGE.into()),
    };
    let mut encoded = Cursor::new(Vec::new());
    output.write_to(&mut encoded, ImageFormat::Pnm)?;
    io::Write::write_all(&mut io::stdout(), encoded.get_ref())?;
    Ok(())
}

fn working(picture: &DynamicImage) -> Result<GrayImage, Box<dyn Error>> {
    let size = Size::new(picture.width(), picture.height());
    let frame = match picture {
        DynamicImage::ImageLuma8(grey) => Frame::luma(grey.as_raw(), size)?,
        DynamicImage::ImageRgb8(color) => Frame::rgb(color.as_raw(), size)?,
        _ => return Err("only 8-bit grey and RGB are read".into()),
    };
    let mut working = WorkingPicture::new();
    working.update(&frame, WorkingSize::Standard)?;
    image_of(working.view().pixels().to_vec(), working.size())
}

fn resize(picture: &GrayImage, size: Size) -> Result<GrayImage, Box<dyn Error>> {
    let mut pixels = vec![0; size.pixels() as usize];
    Resampler::new().resize(view(picture)?, size, &mut pixels)?;
    image_of(pixels, size)
}

fn warp(
    picture: &GrayImage,
    to_picture: &Similarity,
    side: u32,
) -> Result<GrayImage, Box<dyn Error>> {
    let size = Size::new(side, side);
    let mut pixels = vec![0; size.pixels() as usize];
    Resampler::new().warp(view(picture)?, to_picture, side, &mut pixels)?;
    image_of(pixels, size)
}

fn view(picture: &GrayImage) -> Result<LumaView<'_>, moue::Error> {
    LumaView::new(
        picture.as_raw(),
        Size::new(picture.width(), picture.height()),
    )
}

fn image_of(pixels: Vec<u8>, size: Size) -> Result<GrayImage, Box<dyn Error>> {
    GrayImage::from_raw(size.width, size.height, pixels)
        .ok_or_else(|| "the picture lacks pixels".into())
}
