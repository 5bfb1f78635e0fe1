//! `tabhub stop`: no hub, whether one ran or not.

use std::process::ExitCode;

use tokio::time::Instant;

use super::{block_on, load, out};
use crate::config::{Overrides, Settings, limits};
use crate::daemon::stop::{self, Stopped};

/// `tabhub stop`
#[derive(Debug, clap::Args)]
#[command(
    about = "Stop the hub; succeeds when none runs",
    long_about = "Stops the hub: calls that are under way may finish, then it ends. It succeeds when none runs. Hosts that \
        stay open start a hub again with their next call. A browser that `tabhub up` opened stays open: see `tabhub down`."
)]
pub struct StopArgs {}

/// Runs it.
///
/// # Errors
/// When the hub does not end in time.
pub fn run(_: &StopArgs) -> anyhow::Result<ExitCode> {
    let settings = load(Overrides::default())?;
    block_on(async {
        match end_hub(&settings, "it was told to stop by `tabhub stop`").await? {
            Stopped::NoneRan => out::say("No hub runs."),
            Stopped::Ended { pid } => out::say(format!("The hub (process {pid}) has ended.")),
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Ends the hub, if one runs. It gets its time to drain, and then as long as starting one may take.
pub async fn end_hub(settings: &Settings, reason: &str) -> anyhow::Result<Stopped> {
    let deadline = Instant::now() + limits::DRAIN + settings.start_timeout;
    Ok(stop::stop(&settings.paths, reason, deadline).await?)
}
