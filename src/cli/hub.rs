//! `tabhub hub`: the daemon. In the foreground for people; `--detach` and `--daemon` are how others start it.

use std::process::ExitCode;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

use super::{Common, logging, out};
use crate::config::Settings;
use crate::daemon::spawn::{self, ReadyLine, ReadyPipe};
use crate::daemon::{DaemonError, HubFile, open_files};
use crate::instance::own_hub::{self, Claim, Claimed, OwnHub};
use crate::protocol::{ErrorCode, HubError};

/// `tabhub hub`
#[derive(Debug, clap::Args)]
#[command(
    about = "Run the hub in the foreground; it logs to stderr",
    long_about = "Runs the hub in the foreground and logs to stderr, until it is stopped (Ctrl+C, `tabhub stop`). \
        Hosts start it by themselves; this is for looking at what it does, and for running it under a service manager.",
    after_help = "Example:\n  TABHUB_LOG=debug tabhub hub"
)]
pub struct HubArgs {
    #[command(flatten)]
    common: Common,
    /// Start the daemon and end at once
    #[arg(long, hide = true, conflicts_with = "daemon")]
    detach: bool,
    /// Be the daemon
    #[arg(long, hide = true)]
    daemon: bool,
}

/// Runs it.
///
/// # Errors
/// When the hub cannot start.
pub fn run(args: &HubArgs) -> anyhow::Result<ExitCode> {
    if args.detach {
        return detach(args);
    }
    if args.daemon {
        return Ok(daemon(args));
    }
    let settings = args.common.load()?;
    logging::to_stderr(&settings.log);
    match own_hub::claim(&settings)? {
        Claim::Mine(claimed) => serve(*claimed, |file| log::info!("ready: `tabhub status` shows hub {}", file.pid)),
        Claim::Taken(hub) => {
            let (pid, port) = hub.map_or((None, None), |hub| (Some(hub.pid), Some(hub.port)));
            let known = |number: Option<u32>| number.map_or_else(|| "?".to_owned(), |n| n.to_string());
            anyhow::bail!(
                "a hub runs already: process {}, port {}; `tabhub stop` ends it",
                known(pid),
                known(port.map(u32::from))
            )
        }
    }
}

fn detach(args: &HubArgs) -> anyhow::Result<ExitCode> {
    let port = args.common.port.map(|port| vec!["--port".to_owned(), port.to_string()]);
    let started = spawn::own_exe().and_then(|exe| spawn::launch(&exe, &port.unwrap_or_default()));
    if let Err(error) = started {
        // Nobody else will say it, and the starter reads one line.
        let error = HubError::new(ErrorCode::Internal, format!("The hub's process cannot be started: {error}."));
        out::say(serde_json::to_string(&ReadyLine::Error(error)).context("the ready line")?);
    }
    Ok(ExitCode::SUCCESS)
}

/// The daemon says one line to its starter, whatever happens.
fn daemon(args: &HubArgs) -> ExitCode {
    let prepared = args.common.load().map_err(|error| HubError::new(ErrorCode::InvalidParams, format!("{error:#}.")));
    match prepared.and_then(|settings| prepare(&settings).map_err(|error| HubError::from(&error))) {
        Ok((Claim::Mine(claimed), pipe)) => {
            let mut pipe = Some(pipe);
            let mut say = |line| pipe.take().map(|pipe: ReadyPipe| pipe.say(&line));
            let ended = serve(*claimed, |file| {
                say(ReadyLine::Ready { pid: file.pid, port: file.port });
            });
            ended.unwrap_or_else(|error| {
                log::error!("{error:#}");
                let told = error.downcast_ref::<DaemonError>().map(HubError::from);
                let told = told.unwrap_or_else(|| HubError::new(ErrorCode::Internal, format!("{error:#}.")));
                say(ReadyLine::Error(told));
                ExitCode::FAILURE
            })
        }
        Ok((Claim::Taken(hub), pipe)) => {
            let (pid, port) = hub.map_or((None, None), |hub| (Some(hub.pid), Some(hub.port)));
            pipe.say(&ReadyLine::Already { pid, port });
            ExitCode::SUCCESS
        }
        Err(error) => {
            ReadyPipe::attached().say(&ReadyLine::Error(error));
            ExitCode::FAILURE
        }
    }
}

fn prepare(settings: &Settings) -> Result<(Claim, ReadyPipe), DaemonError> {
    let claim = own_hub::claim(settings)?;
    let pipe = ReadyPipe::detach(settings.paths.state())?;
    if let Claim::Mine(_) = claim {
        logging::to_file(&settings.paths.hub_log(), &settings.log);
    }
    Ok((claim, pipe))
}

fn serve(claimed: Claimed, ready: impl FnOnce(&HubFile)) -> anyhow::Result<ExitCode> {
    open_files::allow_all();
    actix::System::new().block_on(async {
        let mut hub = claimed.start().await?;
        hub.end_when_jammed();
        ready(&hub.file);
        let ended = until_ended(&mut hub).await?;
        Ok(if ended.is_clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

/// Waits for the end. A first signal lets calls finish, a second one does not.
async fn until_ended(hub: &mut OwnHub) -> anyhow::Result<own_hub::Ended> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut is_stopping = false;
    loop {
        let name = tokio::select! {
            ended = hub.ended() => return Ok(ended),
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        if is_stopping {
            hub.stop_now(&format!("it got {name} while it stopped, and waited for nothing more"));
        } else {
            hub.stop(&format!("it got {name}"));
        }
        is_stopping = true;
    }
}
