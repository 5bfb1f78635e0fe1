//! One attempt to come to a hub: the one that runs, a new one, or one within this process.

use std::sync::Arc;

use tokio::time::Instant;

use super::direct::{Direct, DirectHub};
use super::link::{HubPlace, Shared};
use super::state::News;
use crate::daemon::{Connected, DaemonError};

/// One attempt to come to a hub. The hub within is handed in and out, so that an attempt that is given up ends it.
pub(super) async fn obtain(
    shared: Arc<Shared>,
    direct: Option<DirectHub>,
) -> (Option<DirectHub>, Result<Connected, DaemonError>) {
    let mut direct = direct.filter(|hub| !hub.is_over());
    let outcome = attempt(&shared, &mut direct).await;
    (direct, outcome)
}

async fn attempt(shared: &Arc<Shared>, direct: &mut Option<DirectHub>) -> Result<Connected, DaemonError> {
    let finder = &shared.config.finder;
    let hello = |protocol| shared.hello(protocol);
    let mut on_step = |step, reason: &str| shared.hear(News::Step(step), reason);
    let deadline = Instant::now() + finder.settings.start_timeout;
    if shared.config.place == HubPlace::Within && direct.is_none() {
        if let Ok(connected) = finder.connect(&hello, &mut on_step).await {
            return Ok(connected);
        }
        *direct = start_within(shared).await?;
    }
    match finder.connect_or_start(&hello, deadline, &mut on_step).await {
        Err(error) if error.may_run_directly() && direct.is_none() => {
            log::warn!("{error}; the hub runs within this process");
            *direct = start_within(shared).await?;
            finder.connect_or_start(&hello, deadline, &mut on_step).await
        }
        outcome => outcome,
    }
}

async fn start_within(shared: &Shared) -> Result<Option<DirectHub>, DaemonError> {
    match DirectHub::start(&shared.config.finder.settings).await? {
        Direct::Within(hub) => Ok(Some(hub)),
        Direct::Elsewhere => Ok(None),
    }
}
