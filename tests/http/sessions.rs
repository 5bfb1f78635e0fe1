//! Hosts with sessions (2025-11-25 and before): what they see of each other, and how a session ends.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::browser::{FakeBrowser, Reaction, tab};
use crate::support::eventually;
use crate::support::http::{Request, Session, hello, next_id, rpc, text};
use crate::support::hub::TestHub;
use tabhub::protocol::{BrowserEpoch, BrowserId, Call};

/// A page's text says whose call it was.
pub fn named(call: &Call) -> Reaction {
    Reaction::Answer(json!({ "text": format!("{} for {}", call.body.tool, call.body.client_name) }))
}

#[tokio::test]
async fn a_host_with_a_session_lists_the_tools_and_calls_them() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), named).await;
    let session = Session::open(hub.mcp_port, "cursor").await;
    let tools = session.ask("tools/list", &json!({})).await;
    let names: Vec<&str> =
        tools["result"]["tools"].as_array().unwrap().iter().filter_map(|tool| tool["name"].as_str()).collect();
    assert!(names.contains(&"browser_snapshot") && names.contains(&"browser_click"), "{names:?}");
    let answer = session.call("browser_get_text", json!({})).await;
    assert!(text(&answer).contains("browser_get_text for cursor"), "{answer}");
    assert_eq!(browser.calls().len(), 1);
}
