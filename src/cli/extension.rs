//! `tabhub extension`: the extension for the person's own browser.

use std::path::PathBuf;
use std::process::ExitCode;

use super::{Common, out};
use crate::config::Settings;
use crate::daemon::extension_dir::{self, Pairing, Unpacked};
use crate::daemon::{hub_json, pairing_secret};

/// The port that the extension tries by itself.
const USUAL_PORT: u16 = 9008;

/// `tabhub extension`
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Unpacks the extension into a folder for your own browser, pairs it with this user's hub, and shows how to \
        load it. The folder is kept up to date by every later hub; run this again to see the steps and the pairing code.",
    after_help = "Example:\n  tabhub extension --dir ~/tabhub-extension"
)]
pub struct ExtensionArgs {
    #[command(flatten)]
    common: Common,
    /// The folder [default: in the state folder]
    #[arg(long)]
    dir: Option<PathBuf>,
}

/// Runs it.
///
/// # Errors
/// When the folder cannot be written.
pub fn run(args: &ExtensionArgs) -> anyhow::Result<ExitCode> {
    let settings = args.common.load()?;
    let paths = &settings.paths;
    let dir = std::path::absolute(args.dir.clone().unwrap_or_else(|| paths.own_extension()))?;
    let secret = pairing_secret::load_or_create(&paths.pairing_secret())?;
    let unpacked = extension_dir::unpack(&dir)?;
    let port = port(&settings);
    extension_dir::pair(&dir, &Pairing { port, secret: secret.clone() })?;
    extension_dir::remember(paths, &dir)?;
    let state = match unpacked {
        Unpacked::Changed => "The extension is unpacked to",
        Unpacked::Same => "The extension is up to date in",
    };
    out::say(format!(
        "{state} {dir}

Load it into your browser (Chrome, Chromium, Edge, Brave):
  1. Open chrome://extensions
  2. Turn on \"Developer mode\" (top right)
  3. Press \"Load unpacked\" and choose {dir}

It is paired with your hub already. If the popup asks for it:
  pairing code  {secret}
  port          {port}

If it was loaded before, press its reload button in chrome://extensions to take a new version.",
        dir = dir.display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// Where the hub is, was, or will be. A hub that moves rewrites it.
fn port(settings: &Settings) -> u16 {
    let last = hub_json::read(&settings.paths.hub_json()).ok().map(|hub| hub.port);
    match (settings.port, last) {
        (0, last) => last.unwrap_or(USUAL_PORT),
        (port, _) => port,
    }
}
