//! The door for photos.

use std::sync::{Arc, Mutex, PoisonError};

use crate::error::NativeError;
use crate::face::Face;
use crate::frame::FrameLayout;
use crate::guard::{guarded, may_panic_in_tests};
use crate::options::Options;

/// Finds and reads the faces of photos. Calls from several threads wait for each other.
#[derive(Debug, uniffi::Object)]
pub struct Analyzer {
    /// `None` once a call has panicked.
    analyzer: Mutex<Option<moue::Analyzer>>,
}

#[uniffi::export]
impl Analyzer {
    /// Loads the networks: some milliseconds, so not on the main thread.
    ///
    /// # Errors
    ///
    /// [`NativeError::BadInput`] for an option outside its range, [`NativeError::BadModel`] for a model that can't be used.
    #[uniffi::constructor]
    pub fn new(options: Options) -> Result<Arc<Self>, NativeError> {
        guarded(
            || (),
            || {
                let analyzer = moue::Analyzer::new(options.into())?;
                Ok(Arc::new(Self {
                    analyzer: Mutex::new(Some(analyzer)),
                }))
            },
        )
    }

    /// Finds and reads the faces of a frame, the largest first. No face is an empty list, not an error. `pixels` are read in place, and only
    /// until this returns.
    ///
    /// # Errors
    ///
    /// [`NativeError::BadInput`] where the buffer doesn't fit the layout, [`NativeError::Closed`] after an internal error.
    pub fn analyze(&self, pixels: &[u8], layout: FrameLayout) -> Result<Vec<Face>, NativeError> {
        let lock = || self.analyzer.lock().unwrap_or_else(PoisonError::into_inner);
        guarded(
            || *lock() = None,
            || {
                let mut analyzer = lock();
                let analyzer = analyzer.as_mut().ok_or_else(|| {
                    NativeError::Closed(
                        "the analyzer is closed after an earlier internal error; make a new one"
                            .to_owned(),
                    )
                })?;
                may_panic_in_tests();
                let faces = analyzer.analyze(&layout.frame(pixels)?)?;
                Ok(faces.iter().copied().map(Face::from).collect())
            },
        )
    }
}
