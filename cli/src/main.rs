//! The moue command.
fn main() {}
