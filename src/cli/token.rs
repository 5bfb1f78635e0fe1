//! `tabhub token`: the token that hosts show over Streamable HTTP.

use std::process::ExitCode;

use super::{load, out};
use crate::config::Overrides;
use crate::daemon::http_token;

/// `tabhub token`
#[derive(Debug, clap::Args)]
#[command(
    about = "Print the token for hosts that connect over HTTP",
    long_about = "Prints the token that a host sends as `Authorization: Bearer <token>` when it connects over Streamable \
        HTTP, and nothing else. It stays the same from hub to hub, and is kept in the state folder, readable by you only. \
        Whoever has it can use your browser: keep it as you keep a password. TABHUB_HTTP_AUTH=off asks for none.",
    after_help = "Examples:\n  \
        claude mcp add --transport http tabhub http://127.0.0.1:8765/mcp --header \"Authorization: Bearer $(tabhub token)\"\n  \
        tabhub token --new      the old one opens nothing any more, also at a hub that runs (within a second)"
)]
pub struct TokenArgs {
    /// Make a new token in place of the old one; hosts must be told
    #[arg(long)]
    new: bool,
}

/// Runs it.
///
/// # Errors
/// When the state folder cannot be written.
pub fn run(args: &TokenArgs) -> anyhow::Result<ExitCode> {
    let path = load(Overrides::default())?.paths.http_token();
    let token = if args.new { http_token::replace(&path) } else { http_token::load_or_create(&path) }?;
    out::say(token);
    Ok(ExitCode::SUCCESS)
}
