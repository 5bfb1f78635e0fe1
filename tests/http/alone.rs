//! Hosts without sessions (2026-07-28): who is one client, and how it ends.

use std::time::Duration;

use serde_json::json;

use crate::sessions::{browser, is_forgotten, waits};
use crate::support::eventually;
use crate::support::http::{Alone, Session, next_id, text};
use crate::support::hub::TestHub;

#[tokio::test]
async fn a_host_without_a_session_lists_the_tools_and_calls_them() {
    let hub = TestHub::start().await;
    let _browser = browser(&hub).await;
    let host = Alone::new(hub.mcp_port, "modern");
    let tools = host.ask("tools/list", json!({})).await;
    assert!(tools["result"]["tools"].as_array().is_some_and(|tools| tools.len() > 10), "{tools}");
    let answer = host.call("browser_get_text", json!({})).await;
    assert!(text(&answer).contains("browser_get_text for modern"), "{answer}");
}

#[tokio::test]
async fn hosts_without_sessions_are_one_client_by_their_workspace_or_by_their_name() {
    let hub = TestHub::start().await;
    let browser = browser(&hub).await;
    let port = hub.mcp_port;
    let (red, red_too, blue) = (Alone::new(port, "red"), Alone::new(port, "red"), Alone::new(port, "blue"));
    let (shop, shop_too, red_shop) =
        (Alone::at(port, "shop", "a"), Alone::at(port, "shop", "b"), Alone::at(port, "red", "a"));
    for host in [&red, &red_too, &blue, &shop, &shop_too, &red_shop] {
        host.call("browser_get_text", json!({})).await;
    }
    let clients: Vec<_> = browser.calls().iter().map(|call| call.client.unwrap()).collect();
    let names: Vec<_> = browser.calls().iter().map(|call| call.body.client_name.clone()).collect();
    assert_eq!((clients[0], clients[3]), (clients[1], clients[4]));
    let mut all = clients.clone();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 4, "{clients:?}");
    assert_eq!((names[0].as_str(), names[2].as_str(), names[3].as_str()), ("red", "blue", "shop"), "{names:?}");
    assert_eq!(names[4], "shop", "what a host calls itself changes nothing in a workspace");
    assert_ne!(names[5], "red", "a workspace of that name is another client, and has another name");
}

#[tokio::test]
async fn a_client_without_a_session_is_the_same_at_the_next_hub() {
    let home = tempfile::tempdir().unwrap();
    let paths = tabhub::config::Paths::under(home.path());
    let mut clients = Vec::new();
    for _ in 0..2 {
        let mut hub = TestHub::start_with(|settings| settings.paths = paths.clone()).await;
        let browser = browser(&hub).await;
        Alone::at(hub.mcp_port, "shop", "a").call("browser_get_text", json!({})).await;
        clients.push(browser.calls()[0].client.unwrap());
        hub.house.end("the next one follows");
        hub.ended().await;
    }
    assert_eq!(clients[0], clients[1], "so that it finds its tabs again");
}

#[tokio::test]
async fn a_client_without_a_session_ends_when_nobody_has_used_it_for_a_while() {
    let hub = TestHub::start_with(|settings| settings.http_idle = Duration::from_millis(200)).await;
    let browser = browser(&hub).await;
    let actors = hub.house.actors.get();
    let busy = Alone::new(hub.mcp_port, "busy").request(
        next_id(),
        "tools/call",
        json!({ "name": "browser_get_text", "arguments": waits() }),
    );
    let busy = tokio::spawn(busy.send());
    eventually("the call is in the browser", async || browser.calls().len() == 1).await;
    Alone::new(hub.mcp_port, "idle").call("browser_get_text", json!({})).await;
    let idle = browser.calls()[1].client.unwrap();
    eventually("the idle one is forgotten", async || is_forgotten(&browser, idle)).await;
    let names = || async { hub.status().await.clients.into_iter().map(|client| client.name).collect::<Vec<_>>() };
    assert_eq!(names().await, ["busy"]);
    let call = browser.calls()[0].clone();
    browser.send(crate::support::browser::answer(call.id, call.client, Ok(json!({ "text": "done" })))).await;
    drop(busy.await.unwrap());
    eventually("that one as well", async || names().await.is_empty()).await;
    eventually("nothing is left", async || hub.house.actors.get() == actors).await;
}

#[tokio::test]
async fn both_eras_are_served_at_one_address() {
    let hub = TestHub::start().await;
    let browser = browser(&hub).await;
    let (old, new) = (Session::open(hub.mcp_port, "same").await, Alone::new(hub.mcp_port, "same"));
    old.call("browser_get_text", json!({})).await;
    new.call("browser_get_text", json!({})).await;
    let calls = browser.calls();
    assert_ne!(calls[0].client, calls[1].client);
    let discovered = new.ask("server/discover", json!({})).await;
    let versions = discovered["result"]["supportedVersions"].to_string();
    assert!(versions.contains("2026-07-28") && versions.contains("2025-11-25"), "{discovered}");
}
