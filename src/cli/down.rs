//! `tabhub down`: what `tabhub up` opened is closed, and no hub runs.

use std::process::ExitCode;

use super::up::process::{self, Closed};
use super::{block_on, load, out, stop};
use crate::config::Overrides;
use crate::daemon::stop::Stopped;

/// `tabhub down`
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Closes the browser that `tabhub up` opened (and no other), and stops the hub. It succeeds when nothing \
        runs. The profile stays: the next `tabhub up` finds its logins."
)]
pub struct DownArgs {}

/// Runs it.
///
/// # Errors
/// When the browser or the hub does not end.
pub fn run(_: &DownArgs) -> anyhow::Result<ExitCode> {
    let settings = load(Overrides::default())?;
    match process::close(&settings.paths)? {
        Closed::NoneRan => out::say("No browser of `tabhub up` runs."),
        Closed::Ended(pid) => out::say(format!("The browser (process {pid}) is closed.")),
    }
    block_on(async {
        match stop::end_hub(&settings, "it was told to stop by `tabhub down`").await? {
            Stopped::NoneRan => out::say("No hub runs."),
            Stopped::Ended { pid } => out::say(format!("The hub (process {pid}) has ended.")),
        }
        Ok(ExitCode::SUCCESS)
    })
}
