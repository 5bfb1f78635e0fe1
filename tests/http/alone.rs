//! Hosts without sessions (2026-07-28): who is one client, and how it ends.

use serde_json::json;

use crate::sessions::named;
use crate::support::browser::FakeBrowser;
use crate::support::http::{Alone, text};
use crate::support::hub::TestHub;
use tabhub::protocol::{BrowserEpoch, BrowserId};

#[tokio::test]
async fn a_host_without_a_session_lists_the_tools_and_calls_them() {
    let hub = TestHub::start().await;
    let _browser = FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), named).await;
    let host = Alone::new(hub.mcp_port, "modern");
    let tools = host.ask("tools/list", json!({})).await;
    assert!(tools["result"]["tools"].as_array().is_some_and(|tools| tools.len() > 10), "{tools}");
    let answer = host.call("browser_get_text", json!({})).await;
    assert!(text(&answer).contains("browser_get_text for modern"), "{answer}");
}
