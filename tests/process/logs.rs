//! What is in the logs of a hub and of an instance, and what never is: the words of a page.

use std::path::Path;

use serde_json::{Value, json};
use tabhub::protocol::{BrowserEpoch, BrowserId, Call, ErrorCode, HubError};

use crate::home::{Home, TABHUB};
use crate::support::browser::{FakeBrowser, Reaction};
use crate::support::http::Session;
use crate::support::mcp::McpProcess;
use crate::support::within;

/// What the page says.
const WORDS: &str = "PRIVATE-77";

/// A browser whose page waits for an answer to a dialog.
fn dialog(_: &Call) -> Reaction {
    Reaction::Fail(HubError::new(ErrorCode::DialogOpen, format!("The page waits for an answer to a dialog: {WORDS}.")))
}

fn assert_told(error: &Value) {
    assert!(error["message"].as_str().is_some_and(|said| said.contains(WORDS)), "the host is told: {error}");
}

#[tokio::test]
async fn no_log_holds_what_a_page_says_in_an_error() {
    let home = Home::set(&[("TABHUB_LOG", "debug")]);
    home.ok(["start"]);
    let _browser = FakeBrowser::connect_with(home.port(), BrowserId::mint(), BrowserEpoch::mint(), dialog).await;
    let resource = json!({ "uri": "browser://tab/7/dom" });

    let token = home.ok(["token"]).trim().to_owned();
    let over_http = Session::open_with(home.hub().mcp_port.unwrap(), "/mcp", "http", &json!({}), &token).await;
    assert_told(&over_http.ask("resources/read", &resource).await["error"]);

    let complaints = home.path().join("stderr");
    let into_file = ["-c", "exec \"$0\" 2>\"$1\"", TABHUB, complaints.to_str().unwrap()];
    let over_stdio = McpProcess::start(Path::new("sh"), &into_file, &home.env(), "stdio").await;
    let (_, answer) = over_stdio.ask("resources/read", resource).await;
    assert_told(&within("an answer", answer).await.unwrap()["error"]);
    over_stdio.close().await;

    for (whose, log) in [("the hub", home.log()), ("the instance", std::fs::read_to_string(complaints).unwrap())] {
        assert!(!log.contains(WORDS), "{whose}: {log}");
    }
}
