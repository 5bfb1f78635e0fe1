//! The lives of the clients over HTTP: what carries one may fall, lives of one client may cross, and there is an end to them.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tabhub::config::limits::HTTP_CLIENTS;
use tabhub::protocol::Event;
use tabhub::supervise::fault::points;

use crate::crowd::TURN;
use crate::sessions::{browser, is_forgotten, named, waits};
use crate::support::browser::{FakeBrowser, answer};
use crate::support::client::FakeClient;
use crate::support::eventually;
use crate::support::http::{Alone, Reply, Request, Session, hello, next_id, rpc, text};
use crate::support::hub::TestHub;
use tabhub::protocol::{BrowserEpoch, BrowserId};

#[tokio::test]
async fn a_peer_that_panics_leaves_its_calls_outcome_unknown_and_its_host_goes_on_as_the_same_client() {
    let hub = TestHub::start().await;
    let browser = browser(&hub).await;
    let (session, alone) = (Session::open(hub.mcp_port, "cursor").await, Alone::new(hub.mcp_port, "modern"));
    for is_alone in [false, true] {
        let begun = browser.calls().len();
        let call = json!({ "name": "browser_click", "arguments": { "target": "wait" } });
        let id = next_id();
        let under_way = if is_alone {
            tokio::spawn(alone.request(id, "tools/call", call).send())
        } else {
            let session = session.clone();
            tokio::spawn(async move { session.post(&rpc(id, "tools/call", &call)).await })
        };
        eventually("the call is in the browser", async || browser.calls().len() == begun + 1).await;
        let first = browser.calls()[begun].clone();
        hub.house.faults.arm("http_peer.ask=panic").unwrap();
        let ask = async |tool: &str| {
            if is_alone { alone.call(tool, json!({})).await } else { session.call(tool, json!({})).await }
        };
        let fell = [ask("browser_get_text").await, under_way.await.unwrap().answer(id).await];
        for lost in fell {
            assert_eq!(lost["result"]["isError"], true, "{lost}");
            assert!(text(&lost).starts_with("outcome_unknown:"), "{lost}");
        }
        browser.send(answer(first.id, first.client, Ok(json!({ "text": "clicked" })))).await;
        let after = ask("browser_get_text").await;
        assert!(text(&after).ends_with(if is_alone { "for modern" } else { "for cursor" }), "{after}");
        assert_eq!(browser.calls().last().unwrap().client, first.client, "it is the same client, with its tabs");
        assert!(!is_forgotten(&browser, first.client.unwrap()));
    }
}

#[tokio::test]
async fn a_host_that_only_listens_hears_on_though_its_peer_has_panicked() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect(hub.port).await;
    let host = Alone::new(hub.mcp_port, "modern");
    let filter = json!({ "notifications": { "resourceSubscriptions": ["browser://hub/status"] } });
    let mut stream = host.request(next_id(), "subscriptions/listen", filter).send().await;
    stream.message().await.unwrap();
    eventually("it is there", async || hub.status().await.clients.iter().any(|client| client.name == "modern")).await;
    for fall in 1..=3 {
        hub.house.faults.arm("http_peer.hear=panic").unwrap();
        // Its session tells of whoever comes; the next peer tells that anything may have changed.
        let other = FakeClient::connect(hub.port, &format!("other {fall}")).await;
        eventually("it has fallen", async || hub.house.faults.strikes() == fall).await;
        stream.until_updated("browser://hub/status").await;
        other.leave().await;
    }
    drop(browser);
}

/// A host's first request.
async fn come(hub: &TestHub, name: &str, is_alone: bool) -> Reply {
    if is_alone {
        return Alone::new(hub.mcp_port, name).request(next_id(), "tools/list", json!({})).send().await;
    }
    Request::new(hub.mcp_port, "POST", "/mcp").body(rpc(next_id(), "initialize", &hello(name, &json!({})))).send().await
}

#[tokio::test]
async fn one_client_more_than_there_may_be_is_told_when_to_come_again_and_gets_in_when_another_has_gone() {
    let _turn = TURN.lock().await;
    let hub = TestHub::start_with(|settings| settings.http_idle = Duration::from_secs(3600)).await;
    let browser = browser(&hub).await;
    let mut sessions = Vec::new();
    for n in 0..HTTP_CLIENTS {
        sessions.push(Session::open(hub.mcp_port, &format!("session {n}")).await);
        assert_eq!(come(&hub, &format!("alone {n}"), true).await.status, 200);
    }
    for is_alone in [false, true] {
        let refused = come(&hub, "one too many", is_alone).await;
        assert_eq!(refused.status, 429);
        assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
        let said: Value = refused.json().await;
        assert!(said["error"]["message"].as_str().unwrap().contains("Too many clients"), "{said}");
    }
    // Those who are there notice nothing.
    let last = HTTP_CLIENTS - 1;
    assert!(text(&sessions[last].call("browser_get_text", json!({})).await).contains(&format!("session {last}")));
    let known = Alone::new(hub.mcp_port, &format!("alone {last}")).call("browser_get_text", json!({})).await;
    assert!(text(&known).contains(&format!("alone {last}")));
    assert_eq!(sessions.pop().unwrap().delete().await, 202);
    assert_eq!(come(&hub, "the next one", false).await.status, 200);
    assert_eq!(come(&hub, "one too many", false).await.status, 429);
    let clients: BTreeSet<_> = browser.calls().iter().map(|call| call.client).collect();
    assert_eq!(clients.len(), 2);
}

#[tokio::test]
async fn a_client_without_a_session_that_comes_back_while_its_last_life_ends_is_served_and_keeps_what_it_gets_then() {
    let hub = TestHub::start_with(|settings| settings.http_idle = Duration::from_millis(40)).await;
    let browser = FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), |call| {
        if call.body.params.get().contains("wait") { crate::support::browser::Reaction::Silence } else { named(call) }
    })
    .await;
    let host = Alone::at(hub.mcp_port, "shop", "a");
    // Each life ends when the host was idle, and the next call comes at any moment of that end: its session hears of it late.
    let lives = || hub.house.faults.hits(points::CLIENT_STARTED);
    let mut round = 0;
    while lives() < 20 {
        round += 1;
        hub.house.faults.arm("client.answered=delay:120").unwrap();
        let answer = host.call("browser_get_text", json!({})).await;
        assert!(text(&answer).ends_with("for shop"), "round {round}: {answer}");
        tokio::time::sleep(Duration::from_millis(40 + 2 * (round % 40))).await;
    }
    hub.house.faults.arm("").unwrap();
    let ends = || {
        let seen = browser.seen.lock().unwrap();
        seen.events.iter().filter(|event| matches!(event, Event::ClientGone { .. })).count()
    };
    let id = next_id();
    let call = json!({ "name": "browser_get_text", "arguments": waits() });
    let held = tokio::spawn(host.request(id, "tools/call", call).send());
    let begun = browser.calls().len();
    eventually("the call is in the browser", async || browser.calls().len() > begun).await;
    let (ended, call) = (ends(), browser.calls().last().unwrap().clone());
    // Whatever was left of its former lives has come by now.
    for _ in 0..10 {
        Alone::new(hub.mcp_port, "other").call("browser_get_text", json!({})).await;
    }
    let clients = hub.status().await.clients;
    let mine: Vec<_> = clients.iter().filter(|client| client.name == "shop").collect();
    assert_eq!((mine.len(), mine[0].state.as_str(), mine[0].in_flight), (1, "ready", 1), "{clients:?}");
    assert_eq!(ends(), ended, "nobody takes from the living what its former life had");
    browser.send(answer(call.id, call.client, Ok(json!({ "text": "done" })))).await;
    assert!(text(&held.await.unwrap().answer(id).await).contains("done"));
    let all: BTreeSet<_> = browser.calls().iter().filter(|c| c.body.client_name == "shop").map(|c| c.client).collect();
    assert_eq!(all.len(), 1, "all its lives are one client");
}
