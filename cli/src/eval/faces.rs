//! From a case of the data to the square that a model looks at: rows and crops as a whole, photos by finding and cutting their largest face.

use anyhow::{Context, Result};
use moue::align::{FACE_POINTS, Template};
use moue::quality::CROP_SIDE;
use moue::resample::{LumaView, Resampler};
use moue::{
    Analyzer, Options, Point, Quality, Similarity, Size, WorkingSize, luma::WorkingPicture,
};

use crate::args::FacesName;
use crate::dataset::{FACE_SIDE, Picture};
use crate::failure::guarded;
use crate::photo::Photo;

/// Gets faces out of pictures, keeping its buffers.
pub struct FaceSource {
    finder: Option<Analyzer>,
    picture: WorkingPicture,
    row: Vec<u8>,
    held: Held,
    /// Enlarges, reduces and cuts.
    pub resampler: Resampler,
}

/// What was opened last.
enum Held {
    /// The 48 x 48 pixels in `row`.
    Row,
    /// The whole working picture.
    Whole,
    /// The face with these points in the working picture.
    Face([Point; FACE_POINTS]),
}

/// Whether there is a face in a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// There is one to cut.
    Face,
    /// None was found.
    NoFace,
}

/// A face cut for one model.
pub struct Cut {
    /// The face, `side` rows of as many grey values.
    pub pixels: Vec<u8>,
    /// At most the model's own; less where the picture is smaller.
    pub side: u32,
    /// From the square that the model looks at to the picture.
    to_picture: Similarity,
    /// In the picture.
    points: [Point; FACE_POINTS],
    /// Pixels of the file in one of the picture.
    factor: u32,
}

impl FaceSource {
    /// Gets faces from photos in this way.
    ///
    /// # Errors
    ///
    /// None that is known: the built-in detector is loaded where faces are to be found.
    pub fn new(faces: FacesName) -> Result<Self> {
        let finder = match faces {
            FacesName::Find => Some(Analyzer::new(Options::default().most_faces(1))?),
            FacesName::Crop => None,
        };
        Ok(Self {
            finder,
            picture: WorkingPicture::new(),
            row: Vec::new(),
            held: Held::Row,
            resampler: Resampler::new(),
        })
    }

    /// Reads a picture, whose face can then be cut.
    ///
    /// # Errors
    ///
    /// Those of a photo that can't be read.
    pub fn open(&mut self, picture: &Picture) -> Result<Opened> {
        let path = match picture {
            Picture::Row { pixels, .. } => {
                self.row.clear();
                self.row.extend_from_slice(&pixels[..]);
                self.held = Held::Row;
                return Ok(Opened::Face);
            }
            Picture::Photo { path, .. } => path,
        };
        let photo = guarded("the decoder gave up on the picture", || Photo::read(path))?;
        let frame = photo.frame()?;
        self.picture.update(&frame, WorkingSize::Standard)?;
        self.held = match &mut self.finder {
            None => Held::Whole,
            Some(finder) => {
                let Some(face) = finder.analyze(&frame)?.first() else {
                    return Ok(Opened::NoFace);
                };
                let points = face.points.to_array();
                Held::Face(points.map(|point| self.picture.from_frame(point)))
            }
        };
        Ok(Opened::Face)
    }

    /// Cuts the face that was opened for a model that looks at squares of `side` pixels, with the points where `template` says.
    ///
    /// # Errors
    ///
    /// Those of resampling, such as for points that span no face.
    pub fn cut(&mut self, side: u32, template: &Template) -> Result<Cut> {
        let points = match self.held {
            Held::Row => {
                let row = LumaView::new(&self.row, Size::new(FACE_SIDE, FACE_SIDE))?;
                return Cut::whole(row, 1, side, template, &mut self.resampler);
            }
            Held::Whole => {
                let factor = self.picture.factor();
                let picture = self.picture.view();
                return Cut::whole(picture, factor, side, template, &mut self.resampler);
            }
            Held::Face(points) => points,
        };
        let to_picture = template
            .crop_to_picture(&points, side)
            .context("the points that were found span no face")?;
        let mut pixels = vec![0; Size::new(side, side).pixels() as usize];
        self.resampler
            .warp(self.picture.view(), &to_picture, side, &mut pixels)?;
        Ok(Cut {
            pixels,
            side,
            to_picture,
            points,
            factor: self.picture.factor(),
        })
    }
}

impl Cut {
    /// A picture that is a face as a whole, stretched to a square where it is none. Its points are taken to lie where the template has them.
    fn whole(
        picture: LumaView<'_>,
        factor: u32,
        model_side: u32,
        template: &Template,
        resampler: &mut Resampler,
    ) -> Result<Self> {
        let long_side = picture.size().long_side();
        let side = long_side.min(model_side);
        let size = Size::new(side, side);
        let mut pixels = vec![0; size.pixels() as usize];
        resampler.resize(picture, size, &mut pixels)?;
        let scale = f64::from(long_side) / f64::from(model_side);
        let to_picture = Similarity::scaled(scale, 0.0, 0.0);
        Ok(Self {
            pixels,
            side,
            points: template
                .in_crop(model_side)
                .map(|point| to_picture.apply(point)),
            to_picture,
            factor,
        })
    }

    /// What the picture's quality is, for a model that looks at squares of `model_side` pixels; measured at the size that its thresholds are for.
    ///
    /// # Errors
    ///
    /// None that is known.
    pub fn quality(&self, model_side: u32, resampler: &mut Resampler) -> Result<Quality> {
        let crop = resized(&self.pixels, self.side, CROP_SIDE, resampler)?;
        let shrunk = f64::from(model_side) / f64::from(CROP_SIDE);
        Ok(Quality::measure(
            LumaView::new(&crop, Size::new(CROP_SIDE, CROP_SIDE))?,
            &Similarity::scaled(shrunk * self.to_picture.scale(), 0.0, 0.0),
            &self.points,
            self.factor,
        ))
    }
}

/// A square picture at another size.
///
/// # Errors
///
/// None for a picture of `from` x `from` pixels.
pub fn resized(pixels: &[u8], from: u32, to: u32, resampler: &mut Resampler) -> Result<Vec<u8>> {
    let (from, to) = (Size::new(from, from), Size::new(to, to));
    let mut out = vec![0; to.pixels() as usize];
    resampler.resize(LumaView::new(pixels, from)?, to, &mut out)?;
    Ok(out)
}
