//! Live video: a session that is handed frame after frame.

use std::time::Duration;

use moue::{Frame, FrameResult, LiveOptions, LiveSession, Size};

use crate::analyzer::FoundFace;
use crate::{bytes, failed};

/// For longer than any frame takes.
const LONG: Duration = Duration::from_secs(60);

/// A session and the result that it writes to.
pub struct Session {
    live: LiveSession,
    result: FrameResult,
}

/// A session with the networks that ship.
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub extern "C" fn peers_session_load() -> *mut Session {
    let session = LiveSession::new(LiveOptions::default()).map(|live| {
        Box::into_raw(Box::new(Session {
            live,
            result: FrameResult::default(),
        }))
    });
    failed(session, std::ptr::null_mut())
}

/// Submits a tightly packed frame of luma bytes and waits for its result. Returns how many faces this very frame shows and tells of the first
/// `room` of them; -1 when it fails.
///
/// # Safety
///
/// `session` is a live handle, `luma` points to `width * height` bytes, `faces` to room for `room` of them.
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peers_session_run(
    session: *mut Session,
    luma: *const u8,
    width: u32,
    height: u32,
    timestamp: u64,
    faces: *mut FoundFace,
    room: usize,
) -> i32 {
    // SAFETY: the caller's promise.
    let (session, luma, faces) = unsafe {
        (
            &mut *session,
            bytes(luma, width as usize * height as usize),
            std::slice::from_raw_parts_mut(faces, room),
        )
    };
    let Session { live, result } = session;
    let mut run = || {
        live.submit(&Frame::luma(luma, Size::new(width, height))?, timestamp)?;
        live.next(LONG, result)?;
        let seen = result.faces.iter().filter(|face| face.unseen == 0);
        let count = seen.clone().count();
        for (place, face) in faces.iter_mut().zip(seen) {
            *place = FoundFace::from(&face.face);
        }
        Ok::<_, moue::Error>(count as i32)
    };
    failed(run(), -1)
}

/// Gives a handle back.
///
/// # Safety
///
/// `session` is a live handle, which dies here.
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peers_session_free(session: *mut Session) {
    // SAFETY: the caller's promise; it came from a box.
    drop(unsafe { Box::from_raw(session) });
}
