//! The self-check of `tabhub up`: two real instances drive the browser at once, each on a page of its own.

use std::process::Stdio;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Map, Value, json};
use tokio::process::Command;

use crate::config::Settings;
use crate::daemon::spawn;
use crate::mcp::client::Client;

/// The two clients, which are named after their pages.
const NAMES: [&str; 2] = ["alpha", "beta"];

/// What one of them saw.
#[derive(Debug)]
pub struct Sight {
    /// Its name and its page's.
    pub name: &'static str,
    /// The line of the page after its button was pressed.
    pub after_click: String,
}

/// Lets both drive the browser at the same time.
///
/// # Errors
/// When one of them cannot, or sees what is the other's.
pub async fn run(settings: &Settings, port: u16) -> anyhow::Result<[Sight; 2]> {
    let [one, other] = NAMES;
    let (alpha, beta) = tokio::try_join!(drive(settings, port, one, other), drive(settings, port, other, one))?;
    Ok([alpha, beta])
}

async fn drive(settings: &Settings, port: u16, name: &'static str, other: &str) -> anyhow::Result<Sight> {
    let mut process = Command::new(spawn::own_exe()?)
        .args(["stdio", "--name", name])
        .envs(settings.to_env())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("starting an instance")?;
    let (Some(stdin), Some(stdout)) = (process.stdin.take(), process.stdout.take()) else {
        bail!("an instance has no streams")
    };
    let client = Client::connect(name, stdout, stdin).await?;
    let seen = visit(&client, port, name, other).await;
    // Its tab goes in either case; the check's own error is the one to tell.
    let _ = client.call("browser_tabs", object(json!({ "action": "close" }))).await;
    client.close().await;
    process.wait().await.context("ending an instance")?;
    seen.with_context(|| format!("the check's client {name}"))
}

async fn visit(client: &Client, port: u16, name: &'static str, other: &str) -> anyhow::Result<Sight> {
    let url = format!("http://127.0.0.1:{port}/demo/{name}");
    let opened = client.call("browser_navigate", object(json!({ "url": url }))).await?;
    ensure!(opened.contains(&format!("tabhub demo: {name}")), "opened {url} and saw another page: {opened}");
    let snapshot = client.call("browser_snapshot", Map::new()).await?;
    let button = reference(&snapshot, &format!("button \"Greet {name}\"")).context("the page has no button")?;
    let clicked = client.call("browser_click", object(json!({ "ref": button }))).await?;
    let expected = format!("{name} was greeted 1 time");
    let line = clicked.lines().find(|line| line.contains(&expected));
    let line = line.with_context(|| format!("pressed the button and saw no change: {clicked}"))?;
    for text in [&opened, &snapshot, &clicked] {
        ensure!(
            !text.contains(&format!("demo/{other}")) && !text.contains(&format!("Greet {other}")),
            "saw {other}'s page"
        );
    }
    let start = line.find(&expected).unwrap_or_default();
    Ok(Sight { name, after_click: line[start..].trim_end_matches(['"', '.']).to_owned() })
}

/// The ref of the first line of a snapshot with these words.
fn reference(snapshot: &str, words: &str) -> Option<String> {
    let line = snapshot.lines().find(|line| line.contains(words))?;
    Some(line.split_once("[ref=")?.1.split_once(']')?.0.to_owned())
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ref_is_read_from_the_line_of_its_element() {
        let snapshot = "- heading \"A\" [level=1] [ref=e1]\n- button \"Greet alpha\" [ref=e2] [cursor=pointer]\n";
        assert_eq!(reference(snapshot, "button \"Greet alpha\"").as_deref(), Some("e2"));
        assert_eq!(reference(snapshot, "button \"Greet beta\""), None);
    }
}
