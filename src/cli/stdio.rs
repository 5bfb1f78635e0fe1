//! `tabhub stdio`: the MCP server that a host starts. It ends with its host, and leaves nothing behind.

use std::process::ExitCode;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use super::{ClientFlags, logging};
use crate::config::Settings;
use crate::daemon::{Finder, spawn};
use crate::instance::{Farewell, HubPlace, Link, LinkConfig};
use crate::mcp::{Handler, serve_stdio};
use crate::protocol::ClientId;

/// `tabhub stdio`
#[derive(Debug, Clone, Default, clap::Args)]
#[command(
    about = "The MCP server that a host starts (the same as no subcommand)",
    long_about = "The MCP server that a host starts: MCP on stdin and stdout, logs on stderr. It answers at once, and \
        meanwhile finds the hub or starts it; if the hub dies, it finds or starts the next one, and calls go on. It ends at \
        the end of its input.",
    after_help = "Example, for Claude Code:\n  claude mcp add tabhub -- tabhub stdio --name work"
)]
pub struct StdioArgs {
    #[command(flatten)]
    client: ClientFlags,
    /// Run the hub inside this process, unless one runs already
    #[arg(long)]
    direct: bool,
}

/// Runs it.
///
/// # Errors
/// When the settings are wrong, or what comes is not MCP.
pub fn run(args: &StdioArgs) -> anyhow::Result<ExitCode> {
    let settings = args.client.load()?;
    logging::to_stderr(&settings.log);
    let place = if args.direct { HubPlace::Within } else { HubPlace::Daemon };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(serve(settings, place));
    // A thread that still reads stdin must not keep this process.
    runtime.shutdown_background();
    served.map(|()| ExitCode::SUCCESS)
}

async fn serve(settings: Settings, place: HubPlace) -> anyhow::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let finder = Finder { settings: settings.clone(), exe: spawn::own_exe()? };
    let config = LinkConfig { finder, client_id: ClientId::mint(), grace_secs: None, farewell: Farewell::Done, place };
    let (link, _task) = Link::start(config);
    let handler = Handler::new(Arc::new(link.clone()), Arc::new(settings));
    let served = tokio::select! {
        served = serve_stdio(handler) => served,
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    };
    link.close().await;
    Ok(served?)
}
