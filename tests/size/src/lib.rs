//! What Moue adds to an app: a shared library with a C interface as thin as can be. `cargo xtask test --suite size` weighs it, and
//! `tests/peers/startup.py` starts it in a fresh process. It doesn't ship; the bindings do.

#[cfg(feature = "analyzer")]
mod analyzer;
mod engine;
