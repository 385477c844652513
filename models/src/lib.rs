//! The networks that Moue ships, as bytes.
