//! The int8 engine.
