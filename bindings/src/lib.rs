//! Moue for Kotlin and Swift: what a platform's wrapper calls, and nothing that thinks for itself.
//!
//! Options and frames come in as records of plain values, faces go out as such; `frame`, `options`, `face` and `result` turn them into the core's
//! types and back. [`Analyzer`] and [`LiveSession`] are the core's two doors. Everything returns a `Result`: what the core finds wrong, and
//! a panic anywhere below, arrive as one [`NativeError`] with a message to read. No call goes from here to the other language.
//!
//! This surface isn't an app's API: each language has a wrapper of its own above it. `README.md` tells who owns and frees what.

#![deny(unsafe_code)]

mod analyzer;
mod both_ways;
mod error;
mod face;
mod frame;
#[cfg(test)]
mod golden;
mod guard;
mod live;
mod model;
#[cfg(any(target_os = "android", feature = "host-jni"))]
mod native_submit;
mod options;
#[cfg(any(test, feature = "provoke-panic"))]
mod provoke;
mod registry;
mod result;
#[cfg(test)]
mod tests;
mod view;

pub use analyzer::Analyzer;
pub use error::NativeError;
pub use live::LiveSession;

uniffi::setup_scaffolding!("moue_ffi");
