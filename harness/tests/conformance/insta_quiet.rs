//! insta prints every difference and panics; a test's failure says the same and more.

use std::cell::Cell;
use std::env;
use std::os::unix::process::CommandExt;
use std::panic;
use std::process::Command;

thread_local! {
    static ASKED: Cell<bool> = const { Cell::new(false) };
}

/// Keeps insta from printing, and what it panics with in [`ask`] from being printed. insta reads
/// what it may print from the environment only, so the process becomes itself with another one.
pub fn in_this_process() {
    if env::var_os("INSTA_OUTPUT").is_none() {
        let failed = env::current_exe().map(|own| {
            Command::new(own)
                .args(env::args_os().skip(1))
                .env("INSTA_OUTPUT", "none")
                // Else insta asks cargo.
                .env("INSTA_WORKSPACE_ROOT", env!("CARGO_MANIFEST_DIR"))
                .exec()
        });
        let (Ok(why) | Err(why)) = failed;
        eprintln!("posttrack: insta prints differences, too: {why}");
    }
    let told = panic::take_hook();
    panic::set_hook(Box::new(move |panicked| {
        if !ASKED.get() {
            told(panicked);
        }
    }));
}

/// Asks insta, and says what it panicked with.
pub fn ask<T>(question: impl FnOnce() -> T) -> Result<T, String> {
    ASKED.set(true);
    let answer = panic::catch_unwind(panic::AssertUnwindSafe(question));
    ASKED.set(false);
    answer.map_err(|payload| {
        let text = payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or(payload.downcast_ref::<&str>().copied());
        text.unwrap_or("it did not say why").to_owned()
    })
}
