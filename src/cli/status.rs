//! `tabhub status`: the whole house at one moment. It starts nothing and registers nothing.

use std::process::ExitCode;
use std::time::Duration;

use comfy_table::{ContentArrangement, Table, presets};
use tokio::time::Instant;

use super::{EXIT_NONE_RUNS, block_on, load, out};
use crate::config::{Overrides, Settings};
use crate::daemon::control::{self, ControlError};
use crate::daemon::socket::Miss;
use crate::daemon::{last_exit, locks};
use crate::protocol::status::{BrowserStatus, ClientStatus, HubStatus, Status};

/// How long a hub may take to answer; one that is just starting or stopping gets this long too.
const PATIENCE: Duration = Duration::from_secs(3);

/// `tabhub status`
#[derive(Debug, clap::Args)]
#[command(
    about = "Show the hub, the browsers and the clients; starts nothing",
    long_about = "Shows the hub, the browsers and the clients. It starts nothing and registers nothing. Exit code 3 says \
        that no hub runs.",
    after_help = "Example:\n  tabhub status --json | jq .browsers"
)]
pub struct StatusArgs {
    /// Print one JSON document and nothing else
    #[arg(long)]
    json: bool,
}

/// Runs it.
///
/// # Errors
/// When a hub runs and does not answer.
pub fn run(args: &StatusArgs) -> anyhow::Result<ExitCode> {
    let settings = load(Overrides::default())?;
    let (status, trouble) = block_on(look(&settings))?;
    if args.json {
        out::json(&status)?;
    } else if trouble.is_none() {
        show(&status, &settings);
    }
    match (trouble, &status.hub) {
        (Some(trouble), _) => Err(anyhow::anyhow!(
            "a hub holds {} and does not answer: {trouble}. Hosts wait for it; if it stays so, end that process, and the \
             next hub starts by itself",
            settings.paths.hub_lock().display()
        )),
        (None, None) => Ok(ExitCode::from(EXIT_NONE_RUNS)),
        (None, Some(_)) => Ok(ExitCode::SUCCESS),
    }
}

/// The status, and what is wrong if a hub runs that does not tell it.
pub async fn look(settings: &Settings) -> anyhow::Result<(Status, Option<ControlError>)> {
    let paths = &settings.paths;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let none = || Status { last_exit: last_exit::seen(paths), ..Status::default() };
        if !locks::is_held(&paths.hub_lock()) {
            return Ok((none(), None));
        }
        match control::status(paths, PATIENCE).await {
            Ok(status) => return Ok((status, None)),
            Err(error @ ControlError::Miss(Miss::Silent { .. })) => return Ok((none(), Some(error))),
            Err(error) if Instant::now() >= deadline => return Ok((none(), Some(error))),
            Err(_) => tokio::time::sleep(locks::LOOK_AGAIN).await,
        }
    }
}

fn show(status: &Status, settings: &Settings) {
    match &status.hub {
        Some(hub) => show_hub(hub),
        None => {
            out::say("No hub runs. It starts with the first host, or with `tabhub start`.");
            if let Some(exit) = &status.last_exit {
                out::say(format!("The last one (process {}) ended: {}.", exit.pid, exit.reason));
            }
            return;
        }
    }
    if status.browsers.is_empty() && status.is_unwell("Router") {
        out::say("\nWhich browsers are connected is not known now.");
    } else if status.browsers.is_empty() {
        out::say("\nNo browser is connected. `tabhub up` opens one, `tabhub extension` connects your own.");
    } else {
        out::say(format!("\n{}", browsers(&status.browsers)));
    }
    if status.clients.is_empty() && status.is_unwell("ClientRegistry") {
        out::say("\nWhich clients are connected is not known now.");
    } else if status.clients.is_empty() {
        out::say("\nNo client is connected.");
    } else {
        out::say(format!("\n{}", clients(&status.clients)));
    }
    out::say(format!("\nLog: {}", settings.paths.hub_log().display()));
}

fn show_hub(hub: &HubStatus) {
    let listening = |name: &str, port: Option<u16>| port.map_or_else(String::new, |port| format!(", {name} on {port}"));
    out::say(format!(
        "Hub {} of tabhub {} on port {}{}{}, up {}.",
        hub.pid,
        hub.version,
        hub.port,
        listening("MCP over HTTP", hub.mcp_port),
        listening("Browser MCP", hub.legacy_port),
        age(hub.uptime_secs)
    ));
    if let Some(trouble) = &hub.mcp_trouble {
        out::say(format!("No MCP over HTTP: {trouble}"));
    }
    if let Some(trouble) = &hub.legacy_trouble {
        out::say(format!("No Browser MCP extension: {trouble}"));
    }
    let restarts: Vec<String> =
        hub.restarts.iter().filter(|(_, times)| **times > 0).map(|(actor, times)| format!("{actor} {times}")).collect();
    if !restarts.is_empty() {
        out::say(format!("Restarted: {}.", restarts.join(", ")));
    }
    if !hub.unwell.is_empty() {
        out::say(format!(
            "Without an answer now: {}. What they know is missing below; who stays silent is replaced.",
            hub.unwell.join(", ")
        ));
    }
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.to_vec());
    table
}

fn browsers(rows: &[BrowserStatus]) -> Table {
    let mut table = table(&["Browser", "Version", "State", "Tabs", "Calls", "Waiting"]);
    for row in rows {
        let state = match (row.connected, row.paused) {
            (false, _) => "away".to_owned(),
            (true, true) => "paused".to_owned(),
            (true, false) => format!("connected {}", age(row.connected_secs)),
        };
        table.add_row([
            row.name.clone(),
            row.version.clone(),
            state,
            if row.shared { "1, shared".to_owned() } else { row.tabs.to_string() },
            row.in_flight.to_string(),
            row.queued.to_string(),
        ]);
    }
    table
}

fn clients(rows: &[ClientStatus]) -> Table {
    let mut table = table(&["Client", "Version", "State", "Tabs", "Calls", "Last error"]);
    for row in rows {
        table.add_row([
            row.name.clone(),
            row.version.clone(),
            format!("{} {}", row.state, age(row.connected_secs)),
            row.tabs.len().to_string(),
            row.in_flight.to_string(),
            row.last_error.clone().unwrap_or_default(),
        ]);
    }
    table
}

fn age(secs: u64) -> String {
    match secs {
        0..60 => format!("{secs} s"),
        60..3600 => format!("{} min", secs / 60),
        3600..86_400 => format!("{} h {} min", secs / 3600, secs % 3600 / 60),
        _ => format!("{} d {} h", secs / 86_400, secs % 86_400 / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_as_people_say_them() {
        assert_eq!([age(59), age(60), age(3_700), age(90_000)], ["59 s", "1 min", "1 h 1 min", "1 d 1 h"]);
    }
}
