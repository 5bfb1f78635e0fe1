//! `tabhub restart`: this build's hub in place of the one that runs.

use std::process::ExitCode;

use super::{Common, block_on, start, stop};

/// `tabhub restart`
#[derive(Debug, clap::Args)]
#[command(
    about = "Stop the hub and start this build's",
    long_about = "Stops the hub, if one runs, and starts this build's. Hosts and browsers come back by themselves, with \
        their tabs."
)]
pub struct RestartArgs {
    #[command(flatten)]
    common: Common,
}

/// Runs it.
///
/// # Errors
/// When the old hub does not end, or the new one does not start.
pub fn run(args: &RestartArgs) -> anyhow::Result<ExitCode> {
    let settings = args.common.load()?;
    block_on(async {
        stop::end_hub(&settings, "it was told to stop by `tabhub restart`").await?;
        start::say_ready(&start::ensure(&settings).await?);
        Ok(ExitCode::SUCCESS)
    })
}
