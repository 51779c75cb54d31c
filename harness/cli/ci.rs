//! What is different where nobody looks on.

use super::settings::Update;
use super::tell;

/// Which snapshots `posttrack.toml` lets a run write. In CI nobody would look at them, and a
/// difference would pass; only the command line may ask for that there.
pub fn update_of_file(update: Option<Update>, quiet: bool) -> Option<Update> {
    let allowed = update.filter(|update| *update == Update::Never || !in_ci());
    if update != allowed && !quiet {
        tell(
            "posttrack: `update` in posttrack.toml does not count in CI; `--update` on the command line does",
        );
    }
    allowed
}

/// Whether GitHub reads what is printed.
pub fn is_github() -> bool {
    std::env::var("GITHUB_ACTIONS").as_deref() == Ok("true")
}

/// By the rule that insta goes by in `cargo test`.
fn in_ci() -> bool {
    match std::env::var("CI").as_deref() {
        Ok(value) => !["", "0", "false"].contains(&value),
        Err(std::env::VarError::NotPresent) => std::env::var_os("TF_BUILD").is_some(),
        Err(std::env::VarError::NotUnicode(_)) => true,
    }
}
