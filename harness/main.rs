//! The `posttrack` binary; see `posttrack::cli`.

fn main() -> std::process::ExitCode {
    posttrack::cli::main()
}
