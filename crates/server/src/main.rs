//! The `gatelodge` program.
fn main() {}
