//! Everything that ships, from loading the networks to a frame's faces.

use std::slice;
use std::sync::Mutex;

use moue::{Analyzer, Frame, Options, Size};

/// Stays, as an app's analyzer would, so that its memory can be looked at from outside.
static ANALYZER: Mutex<Option<Analyzer>> = Mutex::new(None);

/// Loads the networks on the first call and returns how many faces a tightly packed luma frame has, or -1 when something fails.
///
/// # Safety
///
/// `luma` points to `width * height` bytes.
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn moue_size_faces(luma: *const u8, width: u32, height: u32) -> i32 {
    // SAFETY: the caller's promise.
    let luma = unsafe { slice::from_raw_parts(luma, width as usize * height as usize) };
    faces(luma, Size::new(width, height)).map_or(-1, |count| count as i32)
}

fn faces(luma: &[u8], size: Size) -> Option<usize> {
    let mut slot = ANALYZER.lock().ok()?;
    if slot.is_none() {
        *slot = Some(Analyzer::new(Options::default()).ok()?);
    }
    let frame = Frame::luma(luma, size).ok()?;
    Some(slot.as_mut()?.analyze(&frame).ok()?.len())
}
