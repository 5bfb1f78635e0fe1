//! `tabhub start`: a hub that is ready, whoever started it.

use std::process::ExitCode;

use tokio::time::Instant;

use super::{Common, block_on, out};
use crate::config::Settings;
use crate::daemon::{Finder, HubFile, spawn};
use crate::protocol::hello::ControlHello;
use crate::protocol::{Frame, Hello, VERSION};

/// `tabhub start`
#[derive(Debug, clap::Args)]
#[command(
    about = "Start the hub, unless it runs; returns when it is ready",
    long_about = "Starts the hub in the background, unless it runs, and returns when it is ready. Hosts do this by \
        themselves. The hub writes its log to hub.log in the state folder.",
    after_help = "Example:\n  TABHUB_PORT=0 tabhub start"
)]
pub struct StartArgs {
    #[command(flatten)]
    common: Common,
}

/// Runs it.
///
/// # Errors
/// When there is no hub to be had.
pub fn run(args: &StartArgs) -> anyhow::Result<ExitCode> {
    let settings = args.common.load()?;
    block_on(async {
        say_ready(&ensure(&settings).await?);
        Ok(ExitCode::SUCCESS)
    })
}

/// Makes sure that a hub is ready, and tells which.
pub async fn ensure(settings: &Settings) -> anyhow::Result<HubFile> {
    let finder = Finder { settings: settings.clone(), exe: spawn::own_exe()? };
    let hello = |protocol| Frame::Hello(None, Hello::Control(ControlHello { protocol, version: VERSION.to_owned() }));
    let deadline = Instant::now() + settings.start_timeout;
    let connected = finder.connect_or_start(&hello, deadline, &mut |_, _| {}).await?;
    connected.socket.close().await;
    Ok(connected.hub)
}

/// Tells a person which hub is ready.
pub fn say_ready(hub: &HubFile) {
    out::say(format!("The hub is ready: process {}, port {} (tabhub {}).", hub.pid, hub.port, hub.version));
}
