//! The door for photos: a frame in, faces with readings out.
//!
//! The stages themselves and their order are `stages`' work; following faces from frame to frame is `live`'s.

use crate::error::Error;
use crate::expression::Reading;
use crate::face::Face;
use crate::frame::Frame;
use crate::luma::WorkingPicture;
use crate::options::Options;
use crate::stages::Stages;

/// Reads the faces of photos and frames. Keeps its buffers: after the first frame of a size, nothing is allocated.
#[derive(Debug)]
pub struct Analyzer {
    stages: Stages,
    picture: WorkingPicture,
    faces: Vec<Face>,
}

impl Analyzer {
    /// Loads the networks.
    ///
    /// # Errors
    ///
    /// [`Error::OptionOutOfRange`] for an option outside its range; for networks of one's own those of a model file ([`Error::Model`],
    /// [`Error::ModelKind`], [`Error::ModelShape`], [`Error::MissingMetadata`], [`Error::InvalidMetadata`], [`Error::Labels`]).
    pub fn new(options: Options) -> Result<Self, Error> {
        let stages = Stages::new(options)?;
        Ok(Self {
            picture: WorkingPicture::new(),
            faces: Vec::with_capacity(stages.options.most_faces),
            stages,
        })
    }

    /// Finds and reads the faces of a frame, the largest first. No face is an empty slice, not an error.
    ///
    /// # Errors
    ///
    /// Those of a frame whose buffer doesn't fit its description ([`Error::FrameBufferTooShort`] and its kin).
    pub fn analyze(&mut self, frame: &Frame<'_>) -> Result<&[Face], Error> {
        let working_size = self.stages.options.working_size();
        self.picture.update(frame, working_size)?;
        self.faces.clear();
        self.stages.search(self.picture.view(), &[])?;
        for index in 0..self.stages.candidates().len() {
            let candidate = self.stages.candidates()[index];
            let Some((quality, scores)) = self.stages.read(&self.picture, &candidate.points)?
            else {
                continue;
            };
            self.faces.push(Face {
                bounds: self.picture.rect_to_frame(candidate.bounds),
                score: candidate.score,
                points: candidate
                    .points
                    .map(|point| self.picture.to_frame(point))
                    .into(),
                quality,
                reading: Reading::new(scores, &quality, &self.stages.options.thresholds),
            });
        }
        log::debug!(
            "{} faces in a working picture of {}",
            self.faces.len(),
            self.picture.size()
        );
        Ok(&self.faces)
    }
}
