//! Ctrl-C and SIGTERM: the first ends a run in order, the second at once.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::{Failure, tell};
use crate::report::Exit;

/// Becomes true at the first signal; at the second the process exits.
pub fn stop() -> Result<watch::Receiver<bool>, Failure> {
    let listen = |kind| {
        signal(kind).map_err(|error| {
            Failure::environment(format!("signals cannot be listened to: {error}"))
        })
    };
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        either(&mut interrupt, &mut terminate).await;
        tell("posttrack: stopping; no further case begins (once more to exit at once)");
        // Nobody listens any more when the run has just ended; then there is nothing to stop.
        let _ = sender.send(true);
        either(&mut interrupt, &mut terminate).await;
        std::process::exit(Exit::NotRun.code().into());
    });
    Ok(receiver)
}

async fn either(one: &mut Signal, other: &mut Signal) {
    tokio::select! {
        _ = one.recv() => {}
        _ = other.recv() => {}
    }
}
