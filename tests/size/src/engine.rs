//! The engine alone: a model of the app's own, run once.

use std::slice;

use moue_nn::Model;

/// Runs a model on a picture and returns its first number, or NaN when something fails.
///
/// # Safety
///
/// `model` points to `length` bytes, `luma` to `width * height` bytes.
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn moue_size_run(
    model: *const u8,
    length: usize,
    luma: *const u8,
    width: usize,
    height: usize,
) -> f32 {
    // SAFETY: the caller's promise.
    let (model, luma) = unsafe {
        (
            slice::from_raw_parts(model, length),
            slice::from_raw_parts(luma, width * height),
        )
    };
    run(model, luma, width, height).unwrap_or(f32::NAN)
}

fn run(model: &[u8], luma: &[u8], width: usize, height: usize) -> Option<f32> {
    let mut plan = Model::from_bytes(model).ok()?.plan(height, width).ok()?;
    plan.run(luma).ok()?;
    plan.output(0).data.first().copied()
}
