//! One picture of a clip: planes of 8-bit luma and chroma, and the frame that `moue` reads from them. Where they come from is `clip`'s
//! business, what is drawn on them `overlay`'s.

use anyhow::{Result, ensure};
use moue::frame::{MAX_FRAME_PIXELS, MAX_FRAME_SIDE};
use moue::{Frame, LumaRange, Size};

/// How many samples of colour there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chroma {
    /// None.
    Mono,
    /// 4:2:0: one for four pixels.
    Quarter,
    /// 4:2:2: one for two pixels of a row.
    Half,
    /// 4:4:4: one a pixel.
    Full,
}

/// How the pictures of a clip lie in memory: a plane of luma, then two of chroma, without padding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layout {
    /// In pixels.
    pub size: Size,
    /// Samples of colour.
    pub chroma: Chroma,
    /// Which luma is black and white.
    pub range: LumaRange,
}

impl Layout {
    /// Checks the size, before any memory is taken for a picture.
    ///
    /// # Errors
    ///
    /// Where a side is zero, or the picture is larger than a frame may be.
    pub fn checked(self) -> Result<Self> {
        let Size { width, height } = self.size;
        ensure!(
            self.size.pixels() > 0
                && self.size.long_side() <= MAX_FRAME_SIDE
                && self.size.pixels() <= MAX_FRAME_PIXELS,
            "its pictures are {width} x {height} pixels: 1 to {MAX_FRAME_SIDE} a side and at most {MAX_FRAME_PIXELS} in all are allowed; \
             scale the clip first"
        );
        Ok(self)
    }

    /// Width and height of a chroma plane, in samples.
    pub fn chroma_size(&self) -> (usize, usize) {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        match self.chroma {
            Chroma::Mono => (0, 0),
            Chroma::Quarter => (width.div_ceil(2), height.div_ceil(2)),
            Chroma::Half => (width.div_ceil(2), height),
            Chroma::Full => (width, height),
        }
    }

    /// Bytes of a picture.
    pub fn bytes(&self) -> usize {
        let (width, height) = self.chroma_size();
        self.luma_bytes() + 2 * width * height
    }

    fn luma_bytes(&self) -> usize {
        self.size.width as usize * self.size.height as usize
    }
}

/// A picture with its time.
#[derive(Debug)]
pub struct Picture {
    /// How its bytes lie.
    pub layout: Layout,
    /// All planes.
    pub bytes: Vec<u8>,
    /// Nanoseconds from the clip's beginning.
    pub timestamp: u64,
}

impl Picture {
    /// What `moue` looks at. `mirrored`: the clip shows the scene as a mirror does.
    ///
    /// # Errors
    ///
    /// Those of [`Frame::luma`].
    pub fn frame(&self, mirrored: bool) -> Result<Frame<'_>, moue::Error> {
        let luma = &self.bytes[..self.layout.luma_bytes()];
        Ok(Frame::luma(luma, self.layout.size)?
            .range(self.layout.range)
            .mirrored(mirrored))
    }

    /// Luma, then the two planes of chroma, which are empty where there is none.
    pub fn planes_mut(&mut self) -> (&mut [u8], [&mut [u8]; 2]) {
        let (width, height) = self.layout.chroma_size();
        let (luma, chroma) = self.bytes.split_at_mut(self.layout.luma_bytes());
        let (blue, red) = chroma.split_at_mut(width * height);
        (luma, [blue, red])
    }

    /// Exchanges left and right.
    pub fn flip(&mut self) {
        let width = self.layout.size.width as usize;
        let (chroma_width, _) = self.layout.chroma_size();
        let (luma, chroma) = self.planes_mut();
        luma.chunks_exact_mut(width).for_each(<[u8]>::reverse);
        for plane in chroma {
            if chroma_width > 0 {
                plane
                    .chunks_exact_mut(chroma_width)
                    .for_each(<[u8]>::reverse);
            }
        }
    }
}
