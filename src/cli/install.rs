//! `tabhub install` and `tabhub uninstall`: tabhub's part of the browsers' and the AI hosts' own files.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::ValueEnum;

use super::{Common, out};
use crate::config::{Settings, surroundings};
use crate::daemon::{http_token, spawn};
use crate::install::browsers::{self, Browser, OF_THE_PERSON, Target};
use crate::install::change::{Change, Outcome};
use crate::install::entry::Server;
use crate::install::hosts::Host;
use crate::install::{InstallError, Places};

/// Stands for all that are found.
const ALL: &str = "all";

/// `tabhub install`
#[derive(Debug, clap::Args)]
#[command(
    about = "Tell your AI hosts and browsers of tabhub, in their own files",
    long_about = "Writes tabhub's entry into your AI hosts' own files, and the manifest of native messaging into your browsers' \
        folders. All else in those files stays as it is, comments included; a file that cannot be read is left alone. Without \
        --host and --browser it shows what it finds on this machine, and writes nothing. `tabhub uninstall` takes it out again.\n\n\
        Hosts start tabhub themselves (stdio). With --http they speak with the hub that runs, which then has to be there: \
        their entry holds its address and token.\n\n\
        With native messaging the extension finds the hub without a pairing code, and where WebSockets are forbidden. A \
        browser that is a snap or a flatpak cannot start programs outside, and goes on by WebSocket. Firefox has no extension \
        of tabhub's yet: its manifest is there for the day it has. Restart the browser, or press the extension's reload button, \
        to have it used at once.",
    after_help = "Examples:\n  tabhub install                              what is there?\n  \
        tabhub install --host all --dry-run         what would be written?\n  tabhub install --host cursor,codex\n  \
        tabhub install --host claude-code --http\n  tabhub install --browser chrome,brave"
)]
pub struct InstallArgs {
    #[command(flatten)]
    what: What,
    /// Hosts speak HTTP with the hub that runs instead of starting a program
    #[arg(long, requires = "host")]
    http: bool,
}

/// `tabhub uninstall`
#[derive(Debug, clap::Args)]
#[command(
    about = "Take tabhub out of your AI hosts' and browsers' files again",
    long_about = "Takes tabhub's entry out of your AI hosts' own files, and its manifest out of your browsers' folders. A file \
        that nobody has touched since `tabhub install` is as it was before, to the byte; in others only the entry goes. What \
        others have written under that name stays.",
    after_help = "Examples:\n  tabhub uninstall --host all --browser all\n  tabhub uninstall --host cursor --dry-run"
)]
pub struct UninstallArgs {
    #[command(flatten)]
    what: What,
}

/// What both are about.
#[derive(Debug, clap::Args)]
struct What {
    #[command(flatten)]
    common: Common,
    /// AI hosts: claude-code, cursor, vscode, codex, claude-desktop, windsurf, zed, gemini-cli, qwen-code, opencode,
    /// copilot-cli, kiro, lm-studio; all (or no value) = those that are found
    #[arg(long, value_name = "HOSTS", value_delimiter = ',', num_args = 0..=1, default_missing_value = ALL)]
    host: Vec<String>,
    /// Browsers: chrome, chromium, edge, brave, firefox; up = the one that `tabhub up` opens; all (or no value) = those
    /// that are found, without up
    #[arg(long, value_name = "BROWSERS", value_delimiter = ',', num_args = 0..=1, default_missing_value = ALL)]
    browser: Vec<String>,
    /// A browser that is started with --user-data-dir: that folder
    #[arg(long, value_name = "DIR")]
    user_data_dir: Option<PathBuf>,
    /// Show what would be written, as a diff, and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// What was asked for, and where.
struct Task<'a> {
    settings: Settings,
    places: Places,
    hosts: Vec<Host>,
    targets: Vec<Target>,
    what: &'a What,
    has_failed: bool,
    /// What must not be shown.
    token: Option<String>,
}

/// Runs `install`.
///
/// # Errors
/// When something that was asked for could not be written.
pub fn install(args: &InstallArgs) -> anyhow::Result<ExitCode> {
    let mut task = Task::new(&args.what)?;
    if task.is_empty() {
        return task.explain();
    }
    let (exe, paths) = (stable_exe()?, task.settings.paths.clone());
    if !task.targets.is_empty() {
        let starter = browsers::starter(&exe, &paths);
        task.change("native host", starter, |change| change.apply());
    }
    for target in task.targets.clone() {
        let change = browsers::install(&target, &task.places, &paths);
        task.change(&name_of(&target), change, |change| change.apply());
    }
    if !task.hosts.is_empty() {
        let server = if args.http { task.http_server()? } else { stdio_server(&exe, &task.settings) };
        for host in task.hosts.clone() {
            let (change, places) = (host.install(&task.places, &server), task.places.clone());
            task.change(host.name(), change, |change| host.apply_install(change, &places, &paths));
        }
    }
    task.finish()
}

/// Runs `uninstall`.
///
/// # Errors
/// When something that was asked for could not be removed.
pub fn uninstall(args: &UninstallArgs) -> anyhow::Result<ExitCode> {
    let mut task = Task::new(&args.what)?;
    if task.is_empty() {
        bail!("say what is to be taken out: --host, --browser, or both; `--host all` is every host that is found");
    }
    let paths = task.settings.paths.clone();
    for target in task.targets.clone() {
        let change = browsers::uninstall(&target, &task.places, &paths);
        task.change(&name_of(&target), change, |change| change.apply());
    }
    if !task.targets.is_empty()
        && !args.what.dry_run
        && let Some(change) = browsers::remove_starter(&task.places, &paths)?
    {
        task.change("native host", Ok(change), |change| change.apply());
    }
    for host in task.hosts.clone() {
        let change = host.uninstall(&task.places, &paths);
        task.change(host.name(), change, |change| host.apply_uninstall(change, &paths));
    }
    task.finish()
}

impl<'a> Task<'a> {
    fn new(what: &'a What) -> anyhow::Result<Self> {
        let settings = what.common.load()?;
        let places =
            Places::of_user().context("this user has no home folder, in which hosts and browsers keep their files")?;
        let hosts = chosen(&what.host, Host::value_variants(), |host| host.is_found(&places))?;
        let found = |browser: Browser| browser != Browser::Up && browser.is_found(&places, &settings.paths);
        let browsers = chosen(&what.browser, Browser::value_variants(), found)?;
        let own = what.user_data_dir.as_ref().map(std::path::absolute).transpose()?;
        let targets = browsers.into_iter().map(Target::Browser).chain(own.map(Target::UserData)).collect();
        Ok(Self { settings, places, hosts, targets, what, has_failed: false, token: None })
    }

    /// Nothing was asked for by name.
    fn is_empty(&self) -> bool {
        self.what.host.is_empty() && self.what.browser.is_empty() && self.what.user_data_dir.is_none()
    }

    /// What is found on this machine, and what to do next.
    fn explain(&self) -> anyhow::Result<ExitCode> {
        out::say("AI hosts on this machine:");
        let hosts: Vec<_> = Host::value_variants().iter().filter(|host| host.is_found(&self.places)).collect();
        for host in &hosts {
            let state = match host.has_entry(&self.places) {
                Ok(true) => "has tabhub",
                Ok(false) => "has no tabhub",
                Err(InstallError::Foreign { .. }) => "has another `tabhub`",
                Err(_) => "cannot be read",
            };
            out::say(format!("  {:<15} {state:<21} {}", host.name(), host.file(&self.places).display()));
        }
        if hosts.is_empty() {
            out::say("  none that tabhub knows");
        }
        out::say("\nBrowsers on this machine, and native messaging:");
        let paths = &self.settings.paths;
        let browsers: Vec<_> =
            OF_THE_PERSON.into_iter().filter(|browser| browser.is_found(&self.places, paths)).collect();
        for browser in &browsers {
            let manifest = browser.manifest(&self.places, paths);
            let state = if manifest.exists() { "set up" } else { "not set up" };
            out::say(format!("  {:<15} {state:<21} {}", word(*browser), manifest.display()));
        }
        if browsers.is_empty() {
            out::say("  none that tabhub knows");
        }
        out::say(
            "\nNothing was written. Next:\n  tabhub install --host all --dry-run       show what would be written for the hosts\n  \
             tabhub install --host all                 write it\n  tabhub install --browser all              set up native messaging",
        );
        Ok(ExitCode::SUCCESS)
    }

    /// Shows a change, or makes it; a file that cannot be changed keeps no other from being changed.
    fn change(
        &mut self,
        name: &str,
        change: Result<Change, InstallError>,
        apply: impl FnOnce(&Change) -> Result<Outcome, InstallError>,
    ) {
        let done = change.and_then(|change| {
            let outcome = if self.what.dry_run { Ok(change.outcome()) } else { apply(&change) };
            outcome.map(|outcome| (change, outcome))
        });
        match done {
            Ok((change, outcome)) => {
                let words = match (outcome, self.what.dry_run) {
                    (Outcome::Same, _) => "nothing to do",
                    (Outcome::Created, false) => "written",
                    (Outcome::Changed, false) => "changed",
                    (Outcome::Removed, false) => "removed",
                    (Outcome::Created, true) => "would be written",
                    (Outcome::Changed, true) => "would be changed",
                    (Outcome::Removed, true) => "would be removed",
                };
                out::say(format!("{name}: {words} ({})", change.path.display()));
                if self.what.dry_run {
                    let diff = change.diff();
                    out::say(
                        self.token.as_ref().map_or(diff.clone(), |token| diff.replace(token, "<token>")).trim_end(),
                    );
                } else if self.token.is_some() && is_open(&change.path) {
                    out::say(format!(
                        "  It holds a token now, and others on this machine may read it: chmod 600 {}",
                        change.path.display()
                    ));
                }
            }
            Err(error) => {
                self.has_failed = true;
                out::say(format!("{name}: {error}"));
            }
        }
    }

    fn finish(&self) -> anyhow::Result<ExitCode> {
        if self.hosts.is_empty() && self.targets.is_empty() {
            out::say("Nothing was found on this machine. Name what you want: `tabhub install --help` has the names.");
        } else if self.what.dry_run {
            out::say("Nothing was written.");
        }
        if self.targets.iter().any(|target| matches!(target, Target::Browser(Browser::Firefox))) {
            out::say("Firefox has no extension of tabhub's yet: nothing uses its manifest so far.");
        }
        Ok(if self.has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn http_server(&mut self) -> anyhow::Result<Server> {
        let path = self.settings.paths.http_token();
        let token = match self.settings.http_auth {
            false => None,
            // A dry run makes none: what would be made is not known yet.
            true if self.what.dry_run => Some(http_token::known(&path).unwrap_or_else(|| "<token>".to_owned())),
            true => Some(http_token::load_or_create(&path)?),
        };
        let port = match self.settings.mcp_port {
            0 => crate::daemon::hub_json::read(&self.settings.paths.hub_json())
                .ok()
                .and_then(|hub| hub.mcp_port)
                .context("the port of HTTP is any free one: set TABHUB_MCP_PORT, since hosts need one that stays")?,
            port => port,
        };
        self.token.clone_from(&token);
        Ok(Server::Http { url: format!("http://127.0.0.1:{port}/mcp"), token })
    }
}

/// Those that were named; `all` stands for those that are found.
fn chosen<T: ValueEnum>(words: &[String], all: &[T], is_found: impl Fn(T) -> bool) -> anyhow::Result<Vec<T>> {
    let mut chosen: Vec<T> = Vec::new();
    for word in words {
        if word == ALL {
            chosen.extend(all.iter().filter(|one| is_found((*one).clone())).cloned());
            continue;
        }
        match T::from_str(word, false) {
            Ok(one) => chosen.push(one),
            Err(_) => {
                let names: Vec<_> = all.iter().filter_map(ValueEnum::to_possible_value).collect();
                let names: Vec<_> = names.iter().map(clap::builder::PossibleValue::get_name).collect();
                bail!("{word:?} is none of {}, {ALL}", names.join(", "));
            }
        }
    }
    Ok(chosen)
}

fn stdio_server(exe: &Path, settings: &Settings) -> Server {
    let home = settings.paths.home().map(|home| home.display().to_string());
    Server::Stdio { command: exe.display().to_string(), home }
}

/// The program by the path that stays when it is brought up to date: the one by which `PATH` leads to it, if it does.
fn stable_exe() -> anyhow::Result<PathBuf> {
    let own = spawn::own_exe()?;
    let by_name = surroundings::find_program(&["tabhub"]).filter(|path| path.is_absolute());
    Ok(by_name.filter(|path| std::fs::canonicalize(path).ok() == std::fs::canonicalize(&own).ok()).unwrap_or(own))
}

fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0)
}

fn word(browser: Browser) -> String {
    browser.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn name_of(target: &Target) -> String {
    match target {
        Target::Browser(browser) => word(*browser),
        Target::UserData(folder) => folder.display().to_string(),
    }
}
