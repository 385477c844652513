//! `moue-nn`: its kernel sets, a model run on luma bytes, and the time of each operation.

use std::ffi::{CStr, CString, c_char};
use std::hint::black_box;
use std::time::Instant;

use moue_nn::{KernelSet, Limits, Model, Plan};

use crate::{bytes, failed};

/// Rounds of the peak loop that are timed at once: about a millisecond.
const PEAK_ROUNDS: usize = 100_000;

/// A plan, and the text that describes it.
pub struct Engine {
    plan: Plan,
    description: CString,
}

/// The names of the kernel sets that this CPU can run, the fastest first, separated by spaces. The text lives forever.
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub extern "C" fn peers_kernels() -> *const c_char {
    let names: Vec<&str> = KernelSet::all()
        .filter(KernelSet::is_supported)
        .map(|set| set.name())
        .collect();
    // Once a process, so that no caller has to free it.
    CString::new(names.join(" ")).unwrap_or_default().into_raw()
}

/// The multiply-adds a second that the CPU reaches with the set's own instruction on registers alone: the best of `tries`. Zero for a set that
/// has no such loop.
///
/// # Safety
///
/// `name` is text that ends in a zero byte.
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peers_peak(name: *const c_char, tries: usize) -> f64 {
    // SAFETY: the caller's promise.
    let name = unsafe { CStr::from_ptr(name) };
    failed(
        find(name).map(|set| {
            (0..tries)
                .map(|_| {
                    let start = Instant::now();
                    let products = black_box(set.peak(black_box(PEAK_ROUNDS)));
                    products as f64 / start.elapsed().as_secs_f64()
                })
                .fold(0.0, f64::max)
        }),
        -1.0,
    )
}

/// Loads an int8 model for pictures of a size. `kernels` names a set; empty text leaves the choice to the engine.
///
/// # Safety
///
/// `data` points to `length` bytes, `kernels` is text that ends in a zero byte.
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peers_engine_load(
    data: *const u8,
    length: usize,
    height: usize,
    width: usize,
    kernels: *const c_char,
) -> *mut Engine {
    // SAFETY: the caller's promise.
    let (data, kernels) = unsafe { (bytes(data, length), CStr::from_ptr(kernels)) };
    failed(
        load(data, height, width, kernels).map(|engine| Box::into_raw(Box::new(engine))),
        std::ptr::null_mut(),
    )
}

fn load(data: &[u8], height: usize, width: usize, kernels: &CStr) -> Result<Engine, String> {
    let set = if kernels.is_empty() {
        KernelSet::best()
    } else {
        find(kernels)?
    };
    let model = Model::from_bytes_with_kernels(data, &Limits::default(), set)
        .map_err(|error| error.to_string())?;
    let plan = model
        .plan(height, width)
        .map_err(|error| error.to_string())?;
    let lines: Vec<String> = plan
        .operations()
        .map(|operation| {
            format!(
                "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
                operation.node,
                operation.kind,
                operation.kernel,
                operation.stride,
                operation.inputs,
                operation.outputs,
                operation.height,
                operation.width,
                operation.multiply_adds
            )
        })
        .collect();
    Ok(Engine {
        plan,
        description: CString::new(lines.join("\n")).unwrap_or_default(),
    })
}

fn find(name: &CStr) -> Result<KernelSet, String> {
    let name = name.to_string_lossy();
    KernelSet::all()
        .find(|set| set.name() == name)
        .ok_or_else(|| {
            let known: Vec<&str> = KernelSet::all().map(|set| set.name()).collect();
            format!(
                "there are no kernels named {name}; there are {}",
                known.join(", ")
            )
        })
}

/// One line for each operation, its fields separated by tabs: node, kind, kernel, stride, channels in, channels out, height, width, multiply-adds.
///
/// # Safety
///
/// `engine` is a live handle.
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peers_engine_operations(engine: *const Engine) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { &*engine }.description.as_ptr()
}

/// Runs on a picture of the planned size; 0, or -1 when `length` isn't that size.
///
/// # Safety
///
/// `engine` is a live handle, `luma` points to `length` bytes.
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peers_engine_run(
    engine: *mut Engine,
    luma: *const u8,
    length: usize,
) -> i32 {
    // SAFETY: the caller's promise.
    let (engine, luma) = unsafe { (&mut *engine, bytes(luma, length)) };
    failed(engine.plan.run(luma).map(|()| 0), -1)
}

/// Copies output `index` of the latest run, its channels running fastest, to `values` and returns how many numbers it has, at most `capacity`.
///
/// # Safety
///
/// `engine` is a live handle whose model has that output; `values` points to room for `capacity` numbers.
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peers_engine_output(
    engine: *const Engine,
    index: usize,
    values: *mut f32,
    capacity: usize,
) -> usize {
    // SAFETY: the caller's promise.
    let (engine, values) = unsafe { (&*engine, std::slice::from_raw_parts_mut(values, capacity)) };
    let data = engine.plan.output(index).data;
    let count = data.len().min(capacity);
    values[..count].copy_from_slice(&data[..count]);
    count
}

/// Runs `rounds` times and writes the shortest time of each operation, in nanoseconds. Reading the clock, some 20 ns, is part of it.
///
/// # Safety
///
/// `engine` is a live handle, `luma` points to `length` bytes, `nanoseconds` to room for `operations` numbers.
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peers_engine_observe(
    engine: *mut Engine,
    luma: *const u8,
    length: usize,
    rounds: usize,
    nanoseconds: *mut f64,
    operations: usize,
) -> i32 {
    // SAFETY: the caller's promise.
    let (engine, luma, best) = unsafe {
        (
            &mut *engine,
            bytes(luma, length),
            std::slice::from_raw_parts_mut(nanoseconds, operations),
        )
    };
    best.fill(f64::INFINITY);
    for _ in 0..rounds {
        let mut last = Instant::now();
        let ran = engine.plan.run_observed(luma, |index| {
            let now = Instant::now();
            if let Some(best) = best.get_mut(index) {
                *best = best.min((now - last).as_nanos() as f64);
            }
            last = now;
        });
        if failed(ran.map(|()| 0), -1) != 0 {
            return -1;
        }
    }
    0
}

/// Gives a handle back.
///
/// # Safety
///
/// `engine` is a live handle, which dies here.
// SAFETY: no other library of the process has a symbol of this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peers_engine_free(engine: *mut Engine) {
    // SAFETY: the caller's promise; it came from a box.
    drop(unsafe { Box::from_raw(engine) });
}
