//! Keeps the root of the tree alive: a supervisor that died is started anew over the same child table.
//!
//! The table is owned here, above the supervisor, so that its fall loses no child. Past the limit the root gives up
//! and the process ends with a reason; its clients start the next one.

use std::time::Instant;

use actix::{Actor, Context, Handler};
use tokio::sync::oneshot;

use super::health::CheckHealth;
use super::policy::{Decision, RestartLog, RestartPolicy};
use super::slot::Slot;
use super::watch::{Care, Ended, spawn_watched};

/// Runs `make()` in `slot` and restarts it when it panics or is stuck; `restarted` hears of each restart.
///
/// Resolves with the reason once it stopped by itself or was given up.
pub async fn keep_root<A>(
    slot: Slot<A>,
    care: Care,
    policy: RestartPolicy,
    make: impl Fn() -> A,
    restarted: impl Fn(),
) -> RootEnd
where
    A: Actor<Context = Context<A>> + Handler<CheckHealth>,
{
    let mut log = RestartLog::default();
    loop {
        let (tx, rx) = oneshot::channel();
        slot.fill(spawn_watched(make(), care.clone(), move |ended| {
            let _ = tx.send(ended);
        }));
        let why = match rx.await.unwrap_or(Ended::Aborted) {
            Ended::Stopped | Ended::Aborted => return RootEnd::Stopped,
            Ended::Panicked(panic) => panic,
            Ended::Stuck => "it did not answer".to_owned(),
        };
        match log.record(&policy, Instant::now()) {
            Decision::GiveUp(deaths) => return RootEnd::GaveUp { deaths, last: why },
            Decision::Restart(pause) => {
                log::error!("the supervisor died ({why}); it is started anew over its children");
                restarted();
                tokio::time::sleep(pause).await;
            }
        }
    }
}

/// How the root ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootEnd {
    /// It stopped by itself.
    Stopped,
    /// It died too often.
    GaveUp {
        /// How often within the period.
        deaths: usize,
        /// What it died of the last time.
        last: String,
    },
}
