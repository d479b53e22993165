//! relecture binary
fn main() {}
