//! `tabhub call`: one tool from the shell. Calls of one client name share a tab, as if one host made them.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use base64::Engine as _;
use serde_json::json;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{Common, block_on, load, out};
use crate::config::{Overrides, Settings};
use crate::daemon::{Finder, files, locks, spawn};
use crate::instance::{Farewell, HubPlace, Link, LinkConfig};
use crate::mcp::registry::{self, ToolSpec};
use crate::mcp::render::{Block, Detail, render};
use crate::mcp::{Backend as _, CallRequest, command_line, prepare};
use crate::protocol::now_ms;
use crate::protocol::{CallId, ClientId, Deadline, HubError};

/// How long a shell's tabs stay its own between two calls.
const GRACE_SECS: u64 = 600;
/// The client's name, unless another is given.
const SHELL: &str = "shell";

/// `tabhub call`
#[derive(Debug, clap::Args)]
#[command(
    about = "Call one tool from the shell",
    long_about = "Calls one tool and prints its answer: the same tools that hosts have. Calls of one client name share a tab, \
        which stays theirs for ten minutes. Without TOOL it lists the tools; `tabhub call TOOL --help` shows one.",
    after_help = "Examples:\n  tabhub call\n  tabhub call browser_navigate --url https://example.com\n  \
        tabhub call browser_click --ref e12\n  tabhub call browser_snapshot --json --client research\n  \
        tabhub call browser_screenshot --full-page\n\nA picture is written to a file, and its path is printed.",
    disable_help_flag = true
)]
pub struct CallArgs {
    #[command(flatten)]
    common: Common,
    /// The tool and its arguments, as --key value
    #[arg(value_name = "TOOL [--key value]...", trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
    /// Print one JSON document: {"ok":true,"result":…} or {"ok":false,"error":…}
    #[arg(long)]
    json: bool,
    /// Whose tabs to use
    #[arg(long, value_name = "NAME", default_value = SHELL)]
    client: String,
    /// Show this help, or that of the tool
    #[arg(long, short)]
    help: bool,
}

/// Runs it.
///
/// # Errors
/// When the tool does not exist, its arguments do not fit, or it fails.
pub fn run(mut args: CallArgs) -> anyhow::Result<ExitCode> {
    take_own_flags(&mut args)?;
    let Some((name, words)) = args.words.split_first() else {
        out::say(tools());
        return Ok(ExitCode::SUCCESS);
    };
    let tool = registry::find(name).ok_or_else(|| prepare::unknown_tool(name))?;
    if args.help {
        out::say(help(tool));
        return Ok(ExitCode::SUCCESS);
    }
    let overrides =
        Overrides { port: args.common.port, client_name: Some(args.client.clone()), ..Overrides::default() };
    let settings = load(overrides)?;
    let outcome = command_line::parse(tool, words)
        .and_then(|arguments| prepare(name, arguments, &settings))
        .map_err(anyhow::Error::from)
        .and_then(|prepared| block_on(call(&settings, &args.client, prepared)));
    if args.json { print_json(outcome) } else { print(tool, &settings, &outcome?) }
}

/// Our own flags may stand behind the tool as well; what is left is the tool's.
fn take_own_flags(args: &mut CallArgs) -> anyhow::Result<()> {
    let mut rest = Vec::new();
    let mut words = std::mem::take(&mut args.words).into_iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--json" => args.json = true,
            "--help" | "-h" => args.help = true,
            "--client" => args.client = words.next().context("--client needs a name")?,
            _ => match word.strip_prefix("--client=") {
                Some(name) => name.clone_into(&mut args.client),
                None => rest.push(word),
            },
        }
    }
    args.words = rest;
    Ok(())
}

/// The same client for the same name in the same state folder, whatever process asks.
fn client_id(settings: &Settings, name: &str) -> ClientId {
    let whose = format!("tabhub call\n{}\n{name}", settings.paths.state().display());
    ClientId(Uuid::new_v5(&Uuid::NAMESPACE_OID, whose.as_bytes()))
}

async fn call(settings: &Settings, client: &str, call: prepare::Prepared) -> anyhow::Result<Box<RawValue>> {
    let id = client_id(settings, client);
    // Two processes of one client would take the connection from each other.
    let lock = settings.paths.state().join(format!("call-{}.lock", id.0.simple()));
    let _turn = loop {
        match locks::try_lock(&lock)? {
            Some(turn) => break turn,
            None => tokio::time::sleep(locks::LOOK_AGAIN).await,
        }
    };
    let config = LinkConfig {
        finder: Finder { settings: settings.clone(), exe: spawn::own_exe()? },
        client_id: id,
        grace_secs: Some(GRACE_SECS),
        farewell: Farewell::Silent,
        place: HubPlace::Daemon,
    };
    let (link, _task) = Link::start(config);
    let request = CallRequest {
        id: CallId::mint(),
        tool: call.tool.name,
        params: call.params,
        deadline: Deadline::after(call.timeout),
        progress: None,
    };
    let outcome = tokio::select! {
        outcome = link.call(request) => outcome.map_err(anyhow::Error::from),
        interrupted = tokio::signal::ctrl_c() => {
            interrupted?;
            Err(anyhow::anyhow!("interrupted; the call is cancelled"))
        }
    };
    link.close().await;
    match call.saving {
        Some(saving) => Ok(saving.keep(&outcome?)?),
        None => outcome,
    }
}

fn print_json(outcome: anyhow::Result<Box<RawValue>>) -> anyhow::Result<ExitCode> {
    match outcome {
        Ok(result) => {
            out::json(&json!({ "ok": true, "result": serde_json::from_str::<serde_json::Value>(result.get())? }))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => match error.downcast::<HubError>() {
            Ok(error) => {
                out::json(&json!({ "ok": false, "error": error }))?;
                Ok(ExitCode::FAILURE)
            }
            Err(error) => Err(error),
        },
    }
}

fn print(tool: &ToolSpec, settings: &Settings, raw: &RawValue) -> anyhow::Result<ExitCode> {
    for block in render(tool, raw, Detail::Small)?.content {
        match block {
            Block::Text(text) => out::say(text),
            Block::Image { mime_type, data } => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(data).context("the picture is damaged")?;
                let folder = settings.paths.state().join("pictures");
                files::private_dir(&folder)?;
                let ending = mime_type.rsplit('/').next().filter(|e| e.chars().all(char::is_alphanumeric));
                let path = folder.join(format!("{}.{}", now_ms(), ending.unwrap_or("png")));
                files::write_private(&path, &bytes).with_context(|| format!("writing {}", path.display()))?;
                out::say(path.display().to_string());
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn tools() -> String {
    let mut text = String::from("Tools (`tabhub call TOOL --help` shows one):\n");
    for tool in registry::tools(crate::config::ToolSet::Full) {
        let first = tool.about.split_inclusive(". ").next().unwrap_or(tool.about).trim_end();
        let _ = write!(text, "\n  {:<28} {first}", tool.name);
    }
    text
}

fn help(tool: &ToolSpec) -> String {
    let mut text = format!("{}\n\nUsage: tabhub call {} [--key value]...\n", tool.about, tool.name);
    for param in tool.params() {
        let _ = write!(text, "\n  --{:<16} {}", param.name, param.kind.expected());
        if !param.about.is_empty() {
            let _ = write!(text, ". {}", param.about);
        }
    }
    text.push_str("\n\nOf tabhub call itself: --json, --client NAME");
    text
}
