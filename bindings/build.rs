//! Tells the linker what Android asks of a library: segments for memory pages of 16 KB, which all devices of 2025 and later may have. The
//! NDK does so by itself from version 28 on.
#![forbid(unsafe_code)]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let system = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if system == "android" {
        println!("cargo::rustc-link-arg-cdylib=-z");
        println!("cargo::rustc-link-arg-cdylib=max-page-size=16384");
    }
}
