//! The command line: one thin file a subcommand. Texts for people are here; decisions are in the folders below.

mod call;
mod down;
mod extension;
mod hub;
mod install;
mod logging;
mod native_host;
mod out;
mod restart;
mod start;
mod status;
mod stdio;
mod stop;
mod token;
mod up;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Overrides, Settings, ToolSet};

/// Nothing runs (`tabhub status`).
const EXIT_NONE_RUNS: u8 = 3;

const ABOUT: &str = "\
tabhub lets every AI host on this machine (Claude Code, Cursor, VS Code, Codex, ...) drive one real, logged-in browser \
at the same time, each in tabs of its own.

Without a subcommand it is the MCP server that a host starts: it speaks MCP on stdin and stdout, and finds or starts \
the hub that all hosts share.";

const AFTER: &str = "\
Examples:
  tabhub up                                  open a browser that is ready, check it, show what to paste where
  claude mcp add tabhub -- tabhub            let Claude Code use it
  tabhub install --host all                  let every host that is found use it
  tabhub status                              who is connected
  tabhub call browser_navigate --url https://example.com

Settings: flags, then the environment, then config.toml, then the default.
  TABHUB_HOME           one folder for state, settings, logs and locks (default: the user's own folders)
  TABHUB_PORT           the hub's port, 0 for any free one (9008)
  TABHUB_MCP_PORT       the port of Streamable HTTP (8765)
  TABHUB_HTTP_AUTH      whether Streamable HTTP asks for the token of `tabhub token`: on or off (on)
  TABHUB_HTTP_IDLE      a session over HTTP ends after this time without use, in seconds (1800)
  TABHUB_HTTP_RATE      how many requests a second one client may make over HTTP (4000)
  TABHUB_LEGACY_PORT    the port for the Browser MCP extension, or off (9009)
  TABHUB_LEGACY_ORIGINS ids of the extensions that may come there (the one of the Chrome Web Store)
  TABHUB_TOOLS          which tools are listed: core, browsermcp or full (core)
  TABHUB_CLIENT_NAME    this client's name, over what its host says
  TABHUB_CALL_TIMEOUT   how long a call may take, in seconds (60)
  TABHUB_START_TIMEOUT  how long finding or starting the hub may take, in seconds (10)
  TABHUB_RECONNECT_MAX  the longest pause between attempts to reconnect, in milliseconds (1000)
  TABHUB_LEASE_GRACE    how long a client that vanished keeps its tabs, in seconds (30)
  TABHUB_IDLE_EXIT      the hub leaves after this time without clients, in seconds, or off (1800)
  TABHUB_UPLOAD_DIRS    folders that files may be uploaded from, like PATH (the working folder)
  TABHUB_OUTPUT_DIR     the one folder that files made for you go into (your downloads)
  TABHUB_WATCHDOG       a hub that stands still for this long is ended, in seconds, or off (10)
  TABHUB_LOG            what is logged, as in RUST_LOG (info)

Exit codes: 0 done, 1 it failed (the reason is on stderr), 2 wrong arguments, 3 no hub runs (status).";

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "tabhub",
    version,
    about = "Lets every AI host on this machine drive one real browser at the same time",
    long_about = ABOUT,
    after_long_help = AFTER,
    after_help = "`tabhub --help` shows examples, settings and exit codes.",
    args_conflicts_with_subcommands = true
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    stdio: stdio::StdioArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    Stdio(stdio::StdioArgs),
    Hub(hub::HubArgs),
    Start(start::StartArgs),
    Stop(stop::StopArgs),
    Restart(restart::RestartArgs),
    Status(status::StatusArgs),
    Up(up::UpArgs),
    Down(down::DownArgs),
    Call(call::CallArgs),
    Extension(extension::ExtensionArgs),
    Token(token::TokenArgs),
    NativeHost(native_host::NativeHostArgs),
    Install(install::InstallArgs),
    Uninstall(install::UninstallArgs),
}

/// Flags that several subcommands share.
#[derive(Debug, Clone, Default, Args)]
struct Common {
    /// The hub's port; 0 asks the system for a free one [env: TABHUB_PORT]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
}

impl Common {
    fn load(&self) -> anyhow::Result<Settings> {
        load(Overrides { port: self.port, ..Overrides::default() })
    }
}

/// Flags of who speaks for one client.
#[derive(Debug, Clone, Default, Args)]
struct ClientFlags {
    #[command(flatten)]
    common: Common,
    /// Which tools are listed [env: TABHUB_TOOLS] [default: core]
    #[arg(long, value_enum)]
    tools: Option<ToolSet>,
    /// This client's name, over what its host says [env: TABHUB_CLIENT_NAME]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

impl ClientFlags {
    fn load(&self) -> anyhow::Result<Settings> {
        load(Overrides { port: self.common.port, tools: self.tools, client_name: self.name.clone() })
    }
}

fn load(overrides: Overrides) -> anyhow::Result<Settings> {
    Ok(Settings::load(overrides)?)
}

/// Runs the command line of this process and says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    let Cli { command, stdio } = Cli::parse();
    let outcome = match command {
        None => stdio::run(&stdio),
        Some(Command::Stdio(args)) => stdio::run(&args),
        Some(Command::Hub(args)) => hub::run(&args),
        Some(Command::Start(args)) => start::run(&args),
        Some(Command::Stop(args)) => stop::run(&args),
        Some(Command::Restart(args)) => restart::run(&args),
        Some(Command::Status(args)) => status::run(&args),
        Some(Command::Up(args)) => up::run(&args),
        Some(Command::Down(args)) => down::run(&args),
        Some(Command::Call(args)) => call::run(args),
        Some(Command::Extension(args)) => extension::run(&args),
        Some(Command::Token(args)) => token::run(&args),
        Some(Command::NativeHost(args)) => native_host::run(&args),
        Some(Command::Install(args)) => install::install(&args),
        Some(Command::Uninstall(args)) => install::uninstall(&args),
    };
    outcome.unwrap_or_else(|error| {
        out::complain(&error);
        ExitCode::FAILURE
    })
}

/// The one thread that every short command needs.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}
