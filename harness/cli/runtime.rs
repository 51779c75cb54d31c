//! The asynchronous runtime of a command.

use std::future::Future;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::task::{JoinError, JoinSet};

use super::Failure;

/// How long tasks that nobody waits for may take to end.
const PATIENCE: Duration = Duration::from_secs(2);

/// Runs the command to its end. A panic in it is a failure with a message, never a hang.
pub fn block_on<T: Send + 'static>(
    command: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Result<T, Failure> {
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::environment(format!("no threads could be started: {error}")))?;
    let ended = runtime.block_on(runtime.spawn(command));
    runtime.shutdown_timeout(PATIENCE);
    ended.unwrap_or_else(|error| Err(panicked(error)))
}

/// What the one task of this set came to.
pub async fn ended<T: 'static>(task: &mut JoinSet<T>) -> Result<T, Failure> {
    match task.join_next().await {
        Some(ended) => ended.map_err(panicked),
        None => Err(Failure::environment(
            "posttrack itself failed: a task was lost",
        )),
    }
}

/// What a task that did not end properly says.
fn panicked(error: JoinError) -> Failure {
    let what = match error.try_into_panic() {
        Ok(payload) => payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or(payload.downcast_ref::<&str>().copied())
            .unwrap_or("no message")
            .to_owned(),
        Err(error) => error.to_string(),
    };
    Failure::environment(format!(
        "posttrack itself failed, which is a bug of posttrack and says nothing about the library: {what}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_environment_failure_with_its_message() {
        let failure = block_on::<()>(async { panic!("lane {} lost", 3) }).unwrap_err();
        assert_eq!(failure.exit.code(), 3);
        assert!(failure.message.ends_with("lane 3 lost"), "{failure}");
    }
}
