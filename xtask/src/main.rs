//! Every step that cargo alone cannot do.
fn main() {}
