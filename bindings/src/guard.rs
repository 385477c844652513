//! Panics stop here: below this nothing unwinds into another language.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::NativeError;

/// Runs `work`; a panic in it becomes [`NativeError::Internal`], after `on_panic` has closed what can't be trusted any more.
///
/// What `work` changes must be closed by `on_panic`, or be whole at every point where it could panic.
pub fn guarded<T>(
    on_panic: impl FnOnce(),
    work: impl FnOnce() -> Result<T, NativeError>,
) -> Result<T, NativeError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        on_panic();
        let what = words(&*payload);
        log::error!("a fault inside Moue: {what}");
        Err(NativeError::Internal(format!(
            "a fault inside Moue: {what}; please report it with the version, and make a new object to go on"
        )))
    })
}

fn words(payload: &(dyn Any + Send)) -> &str {
    let owned = payload.downcast_ref::<String>().map(String::as_str);
    owned
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("it left no message")
}

/// Where tests may ask for a panic; nothing in what ships.
pub fn may_panic_in_tests() {
    #[cfg(any(test, feature = "provoke-panic"))]
    crate::provoke::here();
}
