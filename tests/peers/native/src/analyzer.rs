//! The whole of Moue: a luma frame in, faces with verdicts out.

use moue::{Analyzer, Expression, Face, Frame, Options, Size, Verdict};

use crate::{bytes, failed};

/// What is told of a face.
#[repr(C)]
pub struct FoundFace {
    /// Left edge of the box, in pixels of the frame.
    x: f32,
    /// Upper edge.
    y: f32,
    /// Width.
    width: f32,
    /// Height.
    height: f32,
    /// The expression's place among the seven, or -1 for "unsure".
    expression: i32,
}

impl From<&Face> for FoundFace {
    fn from(face: &Face) -> Self {
        Self {
            x: face.bounds.x,
            y: face.bounds.y,
            width: face.bounds.width,
            height: face.bounds.height,
            expression: match face.reading.verdict {
                Verdict::Certain(expression) => Expression::ALL
                    .iter()
                    .position(|&each| each == expression)
                    .map_or(-1, |place| place as i32),
                Verdict::Unsure(_) => -1,
            },
        }
    }
}

/// An analyzer with the networks that ship.
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub extern "C" fn peers_analyzer_load() -> *mut Analyzer {
    failed(
        Analyzer::new(Options::default()).map(|analyzer| Box::into_raw(Box::new(analyzer))),
        std::ptr::null_mut(),
    )
}

/// Analyses a tightly packed frame of luma bytes. Returns how many faces it has, and tells of the largest; -1 when it fails.
///
/// # Safety
///
/// `analyzer` is a live handle, `luma` points to `width * height` bytes, `face` to room for one.
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peers_analyzer_run(
    analyzer: *mut Analyzer,
    luma: *const u8,
    width: u32,
    height: u32,
    face: *mut FoundFace,
) -> i32 {
    let size = Size::new(width, height);
    // SAFETY: the caller's promise.
    let (analyzer, luma, found) = unsafe {
        (
            &mut *analyzer,
            bytes(luma, width as usize * height as usize),
            &mut *face,
        )
    };
    let faces = Frame::luma(luma, size).and_then(|frame| {
        let faces = analyzer.analyze(&frame)?;
        if let [largest, ..] = faces {
            *found = FoundFace::from(largest);
        }
        Ok(faces.len() as i32)
    });
    failed(faces, -1)
}

/// Gives a handle back.
///
/// # Safety
///
/// `analyzer` is a live handle, which dies here.
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peers_analyzer_free(analyzer: *mut Analyzer) {
    // SAFETY: the caller's promise; it came from a box.
    drop(unsafe { Box::from_raw(analyzer) });
}
