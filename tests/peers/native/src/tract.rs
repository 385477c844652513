//! tract-onnx: any ONNX file with one input `[1, 1, H, W]`, optimised for that size, run on f32 luma.

use std::sync::Arc;

use tract_onnx::prelude::*;

use crate::{bytes, failed};

/// A network in tract, its input and the outputs of its latest run.
pub struct Tract {
    plan: Arc<TypedSimplePlan>,
    height: usize,
    width: usize,
    outputs: TVec<TValue>,
}

/// Loads an ONNX file for pictures of a size.
///
/// # Safety
///
/// `data` points to `length` bytes.
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peers_tract_load(
    data: *const u8,
    length: usize,
    height: usize,
    width: usize,
) -> *mut Tract {
    // SAFETY: the caller's promise.
    let data = unsafe { bytes(data, length) };
    failed(
        load(data, height, width).map(|tract| Box::into_raw(Box::new(tract))),
        std::ptr::null_mut(),
    )
}

fn load(data: &[u8], height: usize, width: usize) -> TractResult<Tract> {
    let plan = tract_onnx::onnx()
        .model_for_read(&mut &*data)?
        .with_input_fact(0, f32::fact([1, 1, height, width]).into())?
        .into_optimized()?
        .into_runnable()?;
    Ok(Tract {
        plan,
        height,
        width,
        outputs: tvec!(),
    })
}

/// Runs on `height * width` numbers, luma divided by 255; 0, or -1 when it fails.
///
/// # Safety
///
/// `tract` is a live handle, `luma` points to as many numbers as its picture has pixels.
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peers_tract_run(tract: *mut Tract, luma: *const f32) -> i32 {
    // SAFETY: the caller's promise.
    let tract = unsafe { &mut *tract };
    // SAFETY: the caller's promise.
    let luma = unsafe { std::slice::from_raw_parts(luma, tract.height * tract.width) };
    failed(run(tract, luma).map(|()| 0), -1)
}

fn run(tract: &mut Tract, luma: &[f32]) -> TractResult<()> {
    let input = Tensor::from_shape(&[1, 1, tract.height, tract.width], luma)?;
    tract.outputs = tract.plan.run(tvec!(input.into()))?;
    Ok(())
}

/// Copies output `index` of the latest run, as tract lays it out, to `values` and returns how many numbers it has, at most `capacity`.
///
/// # Safety
///
/// `tract` is a live handle that has run; `values` points to room for `capacity` numbers.
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peers_tract_output(
    tract: *const Tract,
    index: usize,
    values: *mut f32,
    capacity: usize,
) -> usize {
    // SAFETY: the caller's promise.
    let (tract, values) = unsafe { (&*tract, std::slice::from_raw_parts_mut(values, capacity)) };
    let copied = tract.outputs[index]
        .to_plain_array_view::<f32>()
        .map(|output| {
            let pairs = values.iter_mut().zip(output.iter());
            pairs.map(|(value, number)| *value = *number).count()
        });
    failed(copied, 0)
}

/// Gives a handle back.
///
/// # Safety
///
/// `tract` is a live handle, which dies here.
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peers_tract_free(tract: *mut Tract) {
    // SAFETY: the caller's promise; it came from a box.
    drop(unsafe { Box::from_raw(tract) });
}
