//! Hosts with sessions (2025-11-25 and before): what they see of each other, and how a session ends.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::browser::{FakeBrowser, Reaction, tab};
use crate::support::http::{Session, text};
use crate::support::hub::TestHub;
use crate::support::{eventually, within};
use tabhub::protocol::{BrowserEpoch, BrowserId, Call, Event};

/// A page's text says whose call it was.
pub fn named(call: &Call) -> Reaction {
    Reaction::Answer(json!({ "text": format!("{} for {}", call.body.tool, call.body.client_name) }))
}

/// A browser that answers every call but those whose arguments say that they are to wait.
pub async fn browser(hub: &TestHub) -> FakeBrowser {
    let browser = FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), |call| {
        if call.body.params.get().contains("wait") { Reaction::Silence } else { named(call) }
    })
    .await;
    // Its session is started after its welcome.
    eventually("the browser is known", async || hub.status().await.browsers.iter().any(|b| b.connected)).await;
    browser
}

/// A call that the stand-in browser never answers.
pub fn waits() -> Value {
    json!({ "selector": "#wait" })
}

/// Whether the browser was told that a client is gone for good.
pub fn is_forgotten(browser: &FakeBrowser, client: tabhub::protocol::ClientId) -> bool {
    let seen = browser.seen.lock().unwrap();
    seen.events.iter().any(|event| matches!(event, Event::ClientGone { client_id, .. } if *client_id == client))
}

#[tokio::test]
async fn a_host_with_a_session_lists_the_tools_and_calls_them() {
    let hub = TestHub::start().await;
    let browser = browser(&hub).await;
    let session = Session::open(hub.mcp_port, "cursor").await;
    let tools = session.ask("tools/list", &json!({})).await;
    let names: Vec<&str> =
        tools["result"]["tools"].as_array().unwrap().iter().filter_map(|tool| tool["name"].as_str()).collect();
    assert!(names.contains(&"browser_snapshot") && names.contains(&"browser_click"), "{names:?}");
    let answer = session.call("browser_get_text", json!({})).await;
    assert!(text(&answer).contains("browser_get_text for cursor"), "{answer}");
    assert_eq!(browser.calls().len(), 1);
}

#[tokio::test]
async fn two_sessions_are_two_clients_and_see_nothing_of_each_other() {
    let hub = TestHub::start().await;
    let browser = browser(&hub).await;
    let one = Session::open(hub.mcp_port, "cursor").await;
    let two = Session::open(hub.mcp_port, "cursor").await;
    assert_ne!(one.id, two.id);
    let (first, second) =
        (one.call("browser_get_text", json!({})).await, two.call("browser_get_text", json!({})).await);
    assert_ne!(text(&first), text(&second), "each has a name of its own");
    let calls = browser.calls();
    let (mine, other) = (calls[0].client.unwrap(), calls[1].client.unwrap());
    assert_ne!(mine, other);
    browser.tell_tabs(vec![tab(1, Some(mine), true), tab(2, Some(other), true)]).await;
    let tabs = async |session: &Session| text(&session.call("browser_status", json!({})).await);
    eventually("the tabs are known", async || tabs(&one).await.contains("Tab 1")).await;
    let status = hub.status().await;
    assert_eq!(status.clients.len(), 2);
    assert!(status.clients.iter().all(|client| client.tabs.len() == 1), "{status:?}");
    assert_eq!(one.delete().await, 202);
    eventually("the browser forgets the one", async || is_forgotten(&browser, mine)).await;
    assert!(!is_forgotten(&browser, other));
    assert!(text(&two.call("browser_get_text", json!({})).await).contains("browser_get_text"), "the other lives on");
}

#[tokio::test]
async fn a_session_in_a_workspace_has_its_name() {
    let hub = TestHub::start().await;
    let _browser = browser(&hub).await;
    let session = Session::open_at(hub.mcp_port, "/mcp/shop%20tests", "cursor", &json!({})).await;
    let answer = session.call("browser_get_text", json!({})).await;
    assert!(text(&answer).contains("for shop tests"), "{answer}");
}

#[tokio::test]
async fn a_deleted_session_frees_all_that_it_had_and_cancels_what_it_had_under_way() {
    let hub = TestHub::start().await;
    let browser = browser(&hub).await;
    let actors = hub.house.actors.get();
    let session = Session::open(hub.mcp_port, "cursor").await;
    let mut standing = session.listen("").await;
    let (mut stream, _) = session.begin("browser_get_text", waits()).await;
    eventually("the call is in the browser", async || browser.calls().len() == 1).await;
    let client = browser.calls()[0].client.unwrap();
    assert_eq!(session.delete().await, 202);
    let call = browser.calls()[0].id;
    eventually("the call is cancelled", async || browser.seen.lock().unwrap().cancels == [call]).await;
    within("the end of the call's stream", async { while stream.event().await.is_some() {} }).await;
    within("the end of the stream", async { while standing.event().await.is_some() {} }).await;
    eventually("the browser forgets it", async || is_forgotten(&browser, client)).await;
    eventually("its actor is gone", async || hub.house.actors.get() == actors).await;
    assert!(hub.status().await.clients.is_empty());
    assert_eq!(session.delete().await, 404, "it is unknown now");
    assert_eq!(session.post(&json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" })).await.status, 404);
    assert_eq!(session.listen("").await.status, 404);
}

#[tokio::test]
async fn a_session_of_another_hub_is_unknown_so_that_its_host_begins_a_new_one() {
    let (old, new) = (TestHub::start().await, TestHub::start().await);
    let _browser = browser(&new).await;
    let session = Session::open(old.mcp_port, "cursor").await;
    let stale = Session { port: new.mcp_port, ..session };
    let reply = stale.post(&json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" })).await;
    assert_eq!(reply.status, 404);
    let fresh = Session::open(new.mcp_port, "cursor").await;
    assert!(text(&fresh.call("browser_get_text", json!({})).await).contains("for cursor"));
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends_and_one_that_is_used_does_not() {
    let hub = TestHub::start_with(|settings| settings.http_idle = Duration::from_millis(300)).await;
    let browser = browser(&hub).await;
    let idle = Session::open(hub.mcp_port, "idle").await;
    let listening = Session::open(hub.mcp_port, "listening").await;
    let calling = Session::open(hub.mcp_port, "calling").await;
    let mut standing = listening.listen("").await;
    let (mut stream, id) = calling.begin("browser_get_text", waits()).await;
    idle.call("browser_get_text", json!({})).await;
    eventually("the idle one ends", async || {
        let names: Vec<String> = hub.status().await.clients.into_iter().map(|client| client.name).collect();
        names == ["calling", "listening"]
    })
    .await;
    assert_eq!(idle.post(&json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" })).await.status, 404);
    // Both others were there for longer than the idle time as well.
    let is_waiting = |call: &&Call| call.body.params.get().contains("wait");
    let call = browser.calls().iter().find(is_waiting).cloned().unwrap();
    let answer = crate::support::browser::answer(call.id, call.client, Ok(json!({ "text": "at last" })));
    browser.send(answer).await;
    assert!(text(&stream.answer(id).await).contains("at last"));
    drop(stream);
    assert!(standing.event().await.is_some(), "it is open: its first event comes");
    drop(standing);
    eventually("now they end, too", async || hub.status().await.clients.is_empty()).await;
}

#[tokio::test]
async fn a_hub_does_not_leave_while_a_session_is_there() {
    let set = |settings: &mut tabhub::config::Settings| {
        settings.http_idle = Duration::from_millis(400);
        // Time for the session to come, also on a busy machine.
        settings.idle_exit = Some(Duration::from_millis(1500));
    };
    let mut hub = TestHub::start_with(set).await;
    let session = Session::open(hub.mcp_port, "cursor").await;
    let standing = session.listen("").await;
    eventually("the session was there for long", async || {
        hub.status().await.clients.first().is_some_and(|client| client.connected_secs >= 2)
    })
    .await;
    assert!(!hub.house.is_ending());
    drop(standing);
    let exit = hub.ended().await;
    assert!(exit.reason.contains("nobody needed the hub"), "{exit:?}");
}

#[tokio::test]
async fn a_hub_that_stops_ends_open_streams_at_once() {
    let mut hub = TestHub::start().await;
    let session = Session::open(hub.mcp_port, "cursor").await;
    let mut standing = session.listen("").await;
    let begun = std::time::Instant::now();
    hub.house.end("the test stops it");
    within("the end of the stream", async { while standing.event().await.is_some() {} }).await;
    assert!(hub.ended().await.is_clean);
    assert!(begun.elapsed() < hub.house.tuning.drain, "it did not wait for the stream");
}

#[tokio::test]
async fn a_hub_that_stops_lets_a_call_finish_and_takes_no_new_session() {
    let mut hub = TestHub::start().await;
    let browser = browser(&hub).await;
    let session = Session::open(hub.mcp_port, "cursor").await;
    let (mut stream, id) = session.begin("browser_get_text", waits()).await;
    eventually("the call is in the browser", async || browser.calls().len() == 1).await;
    hub.house.end("the test stops it");
    let request = crate::support::http::Request::new(hub.mcp_port, "POST", "/mcp");
    let hello = crate::support::http::hello("late", &json!({}));
    let refused = request.body(crate::support::http::rpc(1, "initialize", &hello)).send().await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
    let refused = session.call("browser_get_text", json!({})).await;
    assert!(text(&refused).starts_with("hub_stopping:"), "{refused}");
    let call = browser.calls()[0].clone();
    browser.send(crate::support::browser::answer(call.id, call.client, Ok(json!({ "text": "in time" })))).await;
    assert!(text(&stream.answer(id).await).contains("in time"));
    assert!(hub.ended().await.is_clean);
}

#[tokio::test]
async fn a_port_that_is_taken_costs_http_only_and_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let hub = TestHub::start_with(|settings| settings.mcp_port = port).await;
    let status = hub.status().await.hub.unwrap();
    assert_eq!(status.mcp_port, None);
    let trouble = status.mcp_trouble.unwrap();
    assert!(trouble.contains(&port.to_string()) && trouble.contains("TABHUB_MCP_PORT"), "{trouble}");
    let _browser = FakeBrowser::connect(hub.port).await;
}
