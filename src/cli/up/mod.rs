//! `tabhub up`: from nothing to a browser that every host can use, checked and with the next step on the screen.

mod browser;
mod check;
pub mod process;
mod recipes;

use std::path::PathBuf;
use std::process::{Child, ExitCode};
use std::time::Duration;

use anyhow::{Context as _, bail};
use indicatif::ProgressBar;
use tokio::time::Instant;

use self::browser::Window;
use super::{Common, block_on, out, start};
use crate::config::Settings;
use crate::daemon::extension_dir::{self, Pairing};
use crate::daemon::{HubFile, control, pairing_secret, spawn};
use crate::protocol::status::BrowserStatus;

/// How long a browser may take to start and connect: a first start on a slow machine makes a whole profile.
const CONNECT_PATIENCE: Duration = Duration::from_secs(60);
/// How often the hub is asked whether the browser is there.
const ASK_AGAIN: Duration = Duration::from_millis(50);
/// How long the hub may take to answer that.
const ANSWER: Duration = Duration::from_secs(3);

/// `tabhub up`
#[derive(Debug, clap::Args)]
#[command(
    about = "Start the hub, open a browser that is ready, check it, show what to paste into hosts",
    long_about = "Starts the hub, and opens a browser with the extension in it unless one is connected: with a profile of \
        its own in the state folder, so that logins stay. Then two clients drive it at the same time as a check, and what to \
        paste into each host is shown. Run it as often as you like.",
    after_help = "Examples:\n  tabhub up\n  tabhub up --headless --no-check\n  tabhub up --browser /usr/bin/brave-browser\n  \
        tabhub up --browser-arg=--proxy-server=localhost:3128\n\nTo use your own browser instead: tabhub extension"
)]
pub struct UpArgs {
    #[command(flatten)]
    common: Common,
    /// Show no window (also without a display)
    #[arg(long)]
    headless: bool,
    /// The browser to open [default: Chromium, Brave or Edge, whichever is found]
    #[arg(long, value_name = "PATH")]
    browser: Option<PathBuf>,
    /// One more argument for the browser; may be given several times
    #[arg(long, value_name = "ARG", allow_hyphen_values = true)]
    browser_arg: Vec<String>,
    /// Leave the check out
    #[arg(long)]
    no_check: bool,
}

/// Runs it.
///
/// # Errors
/// When no browser connects, or the check fails.
pub fn run(args: &UpArgs) -> anyhow::Result<ExitCode> {
    let settings = args.common.load()?;
    block_on(async {
        let hub = start::ensure(&settings).await?;
        start::say_ready(&hub);
        let browser = match connected(&settings).await? {
            Some(browser) => browser,
            None => open(args, &settings, &hub).await?,
        };
        out::say(format!("The browser is connected: {} {}.", browser.name, browser.version));
        if !args.no_check {
            self_check(&settings, hub.port).await?;
        }
        let exe = spawn::own_exe()?;
        out::say(format!("\nNow give it to your hosts:\n\n{}", recipes::text(&exe, &settings.paths)));
        out::say("Or let tabhub write it into their files: tabhub install --host all");
        out::say("To use your own browser, with your logins: tabhub extension\nTo close all this: tabhub down");
        Ok(ExitCode::SUCCESS)
    })
}

async fn connected(settings: &Settings) -> anyhow::Result<Option<BrowserStatus>> {
    let status = control::status(&settings.paths, ANSWER).await.context("asking the hub")?;
    // One whose tab all clients share is no place for two of them at once.
    Ok(status.browsers.into_iter().find(|browser| browser.connected && !browser.shared))
}

async fn open(args: &UpArgs, settings: &Settings, hub: &HubFile) -> anyhow::Result<BrowserStatus> {
    let paths = &settings.paths;
    let secret = pairing_secret::load_or_create(&paths.pairing_secret())?;
    extension_dir::unpack(&paths.up_extension())?;
    extension_dir::pair(&paths.up_extension(), &Pairing { port: hub.port, secret })?;
    extension_dir::remember(paths, &paths.up_extension())?;
    let mut child = None;
    if let Some(opened) = process::running(paths) {
        out::say(format!("Waiting for the browser that is open already (process {}).", opened.pid));
    } else {
        let program = browser::choose(args.browser.as_deref())?;
        let window = Window::wanted(args.headless);
        let how = if window == Window::Headless { ", without a window" } else { "" };
        out::say(format!("Opening {}{how}.", program.display()));
        let arguments = browser::arguments(paths, window, &args.browser_arg);
        let opened = process::open(paths, &program, &arguments);
        child = Some(opened.with_context(|| format!("starting {}", program.display()))?);
    }
    wait_until_connected(settings, child).await
}

async fn wait_until_connected(settings: &Settings, mut child: Option<Child>) -> anyhow::Result<BrowserStatus> {
    let deadline = Instant::now() + CONNECT_PATIENCE;
    let spinner = ProgressBar::new_spinner().with_message("Waiting for the extension to connect");
    spinner.enable_steady_tick(Duration::from_millis(100));
    loop {
        if let Some(browser) = connected(settings).await? {
            spinner.finish_and_clear();
            return Ok(browser);
        }
        let trouble = match child.as_mut().map(Child::try_wait).transpose()?.flatten() {
            Some(status) => Some(format!("the browser ended ({status}) before its extension connected")),
            None if Instant::now() >= deadline => {
                Some(format!("the extension did not connect within {} s", CONNECT_PATIENCE.as_secs()))
            }
            None => None,
        };
        if let Some(trouble) = trouble {
            spinner.finish_and_clear();
            let tail = process::log_tail(&settings.paths);
            let tail = if tail.is_empty() { String::new() } else { format!("\nThe browser's log ends so:\n{tail}") };
            bail!("{trouble}. Run `tabhub down`, then `tabhub up` again, perhaps with another --browser.{tail}");
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
}

async fn self_check(settings: &Settings, port: u16) -> anyhow::Result<()> {
    let sights = check::run(settings, port).await.context("the check failed")?;
    out::say("\nCheck: two clients drove it at the same time.");
    for sight in sights {
        out::say(format!("  {:<5} opened its page, pressed its button and saw: {}", sight.name, sight.after_click));
    }
    out::say("  Neither saw the other's tab.");
    Ok(())
}
