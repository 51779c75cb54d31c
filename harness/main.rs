//! The `posttrack` binary; see `posttrack::cli`.

fn main() {}
