//! The fast path for camera frames on Android: `dev.moue.ffi.NativeSubmit`, through JNI and without JNA. And the log of the platform.
//!
//! It does what [`LiveSession::submit`] does, for the session behind a number of `registry`; docs/android.md says how much faster. To do without
//! it, delete all of this file but `JNI_OnLoad`, `registry`, [`LiveSession::submit_handle`], `NativeSubmit.kt` with `FastPathTest` and the
//! benchmark, and the places that name its symbol (`git grep NativeSubmit`); `AnalysisLoop.submit` then calls the generated `submit`.
//!
//! All `unsafe` of this crate is here: names that the Java machine looks up, and the bytes of a direct buffer.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::slice;

use jni::objects::{JByteBuffer, JClass};
use jni::strings::{JNIStr, JNIString};
use jni::sys::{JNI_VERSION_1_6, JavaVM, jboolean, jint, jlong};
use jni::{Env, EnvUnowned, jni_str};

use crate::error::NativeError;
use crate::frame::{Crop, FrameLayout, LumaRange, PixelFormat};
use crate::live::Submitted;
use crate::registry::SESSIONS;

/// What the log of an Android device names us.
#[cfg(target_os = "android")]
const LOG_TAG: &str = "Moue";

/// Called by `System.loadLibrary`: sends the log to the platform's. JNA alone doesn't call it.
// SAFETY: the Java machine looks this name up in our library alone.
#[unsafe(no_mangle)]
pub extern "system" fn JNI_OnLoad(_: *mut JavaVM, _: *mut c_void) -> jint {
    #[cfg(target_os = "android")]
    android_logger::init_once(
        android_logger::Config::default()
            .with_tag(LOG_TAG)
            .with_max_level(log::LevelFilter::Info),
    );
    JNI_VERSION_1_6
}

/// `NativeSubmit.submit`: what became of the frame, as the place of a [`Submitted`] in its order; or a `NativeException` is thrown.
///
/// The bytes from `position` on, `length` of them, are the frame's buffer. Strides of 0 and below, a `luma_range` of -1 and a crop of width 0
/// stand for what is left out.
// SAFETY: the Java machine looks this name up in our library alone.
#[unsafe(no_mangle)]
pub extern "system" fn Java_dev_moue_ffi_NativeSubmit_submit0<'local>(
    mut env: EnvUnowned<'local>,
    _: JClass<'local>,
    session: jlong,
    pixels: JByteBuffer<'local>,
    position: jint,
    length: jint,
    format: jint,
    width: jint,
    height: jint,
    row_stride: jint,
    pixel_stride: jint,
    rotation_degrees: jint,
    mirrored: jboolean,
    luma_range: jint,
    crop_x: jint,
    crop_y: jint,
    crop_width: jint,
    crop_height: jint,
    timestamp_ns: jlong,
) -> jint {
    let submit = |env: &mut Env<'local>| {
        let layout = FrameLayout {
            format: pixel_format(format)?,
            width: not_negative("width", width)?,
            height: not_negative("height", height)?,
            row_stride: stride(row_stride),
            pixel_stride: stride(pixel_stride),
            offset: 0,
            rotation_degrees: not_negative("rotation", rotation_degrees)?,
            mirrored,
            luma_range: match luma_range {
                0 => Some(LumaRange::Full),
                1 => Some(LumaRange::Video),
                _ => None,
            },
            crop: match crop_width {
                0 => None,
                _ => Some(Crop {
                    x: not_negative("crop's left edge", crop_x)?,
                    y: not_negative("crop's top edge", crop_y)?,
                    width: not_negative("crop's width", crop_width)?,
                    height: not_negative("crop's height", crop_height)?,
                }),
            },
        };
        let session = SESSIONS.get(session.into()).ok_or_else(|| {
            NativeError::Closed(format!(
                "there is no session {session}: it is closed, or the number isn't from submitHandle(); open a session"
            ))
        })?;
        let (position, length) = (
            not_negative("buffer's position", position)?,
            not_negative("buffer's length", length)?,
        );
        session.submit(
            direct_bytes(env, &pixels, position as usize, length as usize)?,
            layout,
            timestamp_ns,
        )
    };
    let outcome = env.with_env(|env| {
        let submitted = submit(env);
        Ok::<_, jni::errors::Error>(match submitted {
            Ok(submitted) => ordinal(submitted),
            Err(error) => {
                throw(env, &error);
                ordinal(Submitted::Closed)
            }
        })
    });
    outcome.resolve::<jni::errors::ThrowRuntimeExAndDefault>()
}

/// The bytes of a direct buffer from `position` on, `length` of them.
///
/// They are Java's: they stay where they are while `buffer` does, and whoever owns them must not write to them meanwhile, nor free them (a
/// camera's `Image` must not be closed). `NativeSubmit` tells its callers so.
fn direct_bytes<'buffer>(
    env: &Env<'_>,
    buffer: &'buffer JByteBuffer<'_>,
    position: usize,
    length: usize,
) -> Result<&'buffer [u8], NativeError> {
    let on_heap = |_| {
        NativeError::BadInput(
            "the pixels lie in a buffer of the Java heap: pass a direct ByteBuffer, such as a plane of a camera image, or ByteBuffer.allocateDirect"
                .to_owned(),
        )
    };
    let address = env.get_direct_buffer_address(buffer).map_err(on_heap)?;
    let capacity = env.get_direct_buffer_capacity(buffer).map_err(on_heap)?;
    let end = position.checked_add(length);
    if end.is_none_or(|end| end > capacity) {
        return Err(NativeError::BadInput(format!(
            "the pixels are said to be {length} bytes from position {position} of a buffer of {capacity} bytes; pass the buffer's own position and remaining()"
        )));
    }
    // SAFETY: the buffer has `capacity` bytes at `address` (not null, checked above), `position + length` lies within them, and they stay
    // valid while the caller's reference to the buffer does, which outlives this borrow of it. That nobody writes to them is the caller's word.
    Ok(unsafe { slice::from_raw_parts(address.add(position), length) })
}

/// Throws the Kotlin exception for an error. Where even that fails, another exception is pending already.
fn throw(env: &mut Env<'_>, error: &NativeError) {
    let class: &JNIStr = match error {
        NativeError::BadInput(_) => jni_str!("dev/moue/ffi/NativeException$BadInput"),
        NativeError::BadModel(_) => jni_str!("dev/moue/ffi/NativeException$BadModel"),
        NativeError::Closed(_) => jni_str!("dev/moue/ffi/NativeException$Closed"),
        NativeError::Busy(_) => jni_str!("dev/moue/ffi/NativeException$Busy"),
        NativeError::Internal(_) => jni_str!("dev/moue/ffi/NativeException$Internal"),
    };
    let thrown = env.throw_new(class, JNIString::from(error.to_string()));
    if let Err(failure) = thrown
        && !env.exception_check()
    {
        log::error!("{error} (which could not be thrown: {failure})");
    }
}

fn pixel_format(ordinal: jint) -> Result<PixelFormat, NativeError> {
    Ok(match ordinal {
        0 => PixelFormat::Luma,
        1 => PixelFormat::P010,
        2 => PixelFormat::Rgb,
        3 => PixelFormat::Rgba,
        4 => PixelFormat::Bgra,
        _ => {
            return Err(NativeError::BadInput(format!(
                "pixel format {ordinal} isn't known: pass the ordinal of a PixelFormat, 0 to 4"
            )));
        }
    })
}

const fn ordinal(submitted: Submitted) -> jint {
    match submitted {
        Submitted::Waiting => 0,
        Submitted::Replaced => 1,
        Submitted::Paused => 2,
        Submitted::Closed => 3,
    }
}

fn stride(bytes: jint) -> Option<u32> {
    u32::try_from(bytes).ok().filter(|&bytes| bytes > 0)
}

fn not_negative(what: &str, value: jint) -> Result<u32, NativeError> {
    u32::try_from(value).map_err(|_| {
        NativeError::BadInput(format!(
            "the frame's {what} is {value}: it can't be negative"
        ))
    })
}
