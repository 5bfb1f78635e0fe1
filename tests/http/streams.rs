//! What happens to a call when its stream breaks, when its client goes away, and when an actor falls under it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::sessions::{browser, named, waits};
use crate::support::browser::{FakeBrowser, Reaction, answer};
use crate::support::eventually;
use crate::support::http::{Alone, Session, next_id, rpc, text};
use crate::support::hub::TestHub;
use tabhub::protocol::{BrowserEpoch, BrowserId, Event, Frame};

fn cancels(browser: &FakeBrowser) -> Vec<tabhub::protocol::CallId> {
    browser.seen.lock().unwrap().cancels.clone()
}

#[tokio::test]
async fn a_host_without_a_session_that_goes_away_cancels_its_call_in_the_browser() {
    let hub = TestHub::start().await;
    let browser = browser(&hub).await;
    let host = Alone::new(hub.mcp_port, "modern");
    let request = host.request(next_id(), "tools/call", json!({ "name": "browser_get_text", "arguments": waits() }));
    let sent = tokio::spawn(request.send());
    eventually("the call is in the browser", async || browser.calls().len() == 1).await;
    sent.abort();
    eventually("the call is cancelled", async || cancels(&browser) == [browser.calls()[0].id]).await;
}

#[tokio::test]
async fn a_session_that_cancels_its_call_cancels_it_in_the_browser() {
    let hub = TestHub::start().await;
    let browser = browser(&hub).await;
    let session = Session::open(hub.mcp_port, "cursor").await;
    let (mut stream, id) = session.begin("browser_get_text", waits()).await;
    eventually("the call is in the browser", async || browser.calls().len() == 1).await;
    let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } });
    assert_eq!(session.post(&cancelled).await.status, 202);
    eventually("the call is cancelled", async || cancels(&browser) == [browser.calls()[0].id]).await;
    while stream.event().await.is_some() {}
}

#[tokio::test]
async fn a_session_whose_stream_broke_and_that_does_not_come_back_has_its_call_cancelled() {
    let hub = TestHub::start_as(|_| {}, |config| config.http.resume_patience = Duration::from_millis(100)).await;
    let browser = browser(&hub).await;
    let session = Session::open(hub.mcp_port, "cursor").await;
    let (stream, _) = session.begin("browser_get_text", waits()).await;
    eventually("the call is in the browser", async || browser.calls().len() == 1).await;
    assert!(cancels(&browser).is_empty());
    drop(stream);
    eventually("the call is cancelled", async || cancels(&browser) == [browser.calls()[0].id]).await;
    let answer = session.call("browser_get_text", json!({})).await;
    assert!(text(&answer).contains("for cursor"), "the session itself goes on: {answer}");
}

#[tokio::test]
async fn a_session_comes_back_for_an_answer_whose_stream_broke() {
    let hub = TestHub::start().await;
    let browser = browser(&hub).await;
    let session = Session::open(hub.mcp_port, "cursor").await;
    // Once the answer comes while nobody listens, and once while the client listens again already.
    for is_early in [true, false] {
        let before = browser.calls().len();
        let (mut stream, id) = session.begin("browser_get_text", waits()).await;
        let first = stream.event().await.unwrap().id.expect("an event to go on from");
        eventually("the call is in the browser", async || browser.calls().len() == before + 1).await;
        drop(stream);
        let call = browser.calls()[before].clone();
        let reply = answer(call.id, call.client, Ok(json!({ "text": format!("kept {before}") })));
        let mut again;
        if is_early {
            browser.send(reply).await;
            eventually("it was answered", async || hub.status().await.clients[0].in_flight == 0).await;
            again = session.listen(&first).await;
        } else {
            again = session.listen(&first).await;
            browser.send(reply).await;
        }
        assert!(text(&again.answer(id).await).contains(&format!("kept {before}")));
    }
    assert!(cancels(&browser).is_empty());
}

#[tokio::test]
async fn progress_comes_on_the_stream_of_its_call_in_both_eras() {
    let hub = TestHub::start().await;
    let browser = browser(&hub).await;
    let session = Session::open(hub.mcp_port, "cursor").await;
    let params = json!({
        "name": "browser_get_text", "arguments": waits(), "_meta": { "progressToken": "p1" },
    });
    let id = next_id();
    let mut old = session.post(&rpc(id, "tools/call", &params)).await;
    let new = tokio::spawn(Alone::new(hub.mcp_port, "modern").request(id, "tools/call", params).send());
    eventually("both are in the browser", async || browser.calls().len() == 2).await;
    for call in browser.calls() {
        let progress = Event::Progress {
            call_id: call.id,
            client_id: call.client.unwrap(),
            progress: 1.0,
            total: Some(2.0),
            message: "half way".to_owned(),
        };
        browser.send(Frame::Event(progress)).await;
    }
    let mut new = new.await.unwrap();
    for stream in [&mut old, &mut new] {
        let news = stream.message().await.unwrap();
        assert_eq!(news["method"], "notifications/progress", "{news}");
        assert_eq!((&news["params"]["progressToken"], &news["params"]["message"]), (&json!("p1"), &json!("half way")));
    }
    for call in browser.calls() {
        browser.send(answer(call.id, call.client, Ok(json!({ "text": "whole" })))).await;
    }
    assert!(text(&old.answer(id).await).contains("whole") && text(&new.answer(id).await).contains("whole"));
}

#[tokio::test]
async fn the_person_is_asked_in_a_host_over_http_that_can_ask() {
    let hub = TestHub::start().await;
    let browser =
        FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), |_| Reaction::Silence).await;
    let session = Session::open_at(hub.mcp_port, "/mcp", "asker", &json!({ "elicitation": {} })).await;
    let (mut stream, id) = session.begin("browser_ask_user", json!({ "message": "Which colour?" })).await;
    let question = stream.message().await.unwrap();
    assert_eq!(question["method"], "elicitation/create", "{question}");
    assert!(question["params"]["message"].as_str().unwrap().contains("Which colour?"));
    let reply = json!({
        "jsonrpc": "2.0", "id": question["id"], "result": { "action": "accept", "content": { "answer": "blue" } },
    });
    assert_eq!(session.post(&reply).await.status, 202);
    assert!(text(&stream.answer(id).await).contains("blue"));
    eventually("the browser's question is withdrawn", async || cancels(&browser).len() == 1).await;
}

#[tokio::test]
async fn the_person_is_asked_between_two_calls_in_a_host_without_a_session_that_can_ask() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), |_| {
        Reaction::Answer(json!({ "text": "The person answered: \"red\"", "value": { "answer": "red" } }))
    })
    .await;
    let host = Alone::new(hub.mcp_port, "modern");
    let call = async |can: Value, said: Value| {
        let mut params =
            json!({ "name": "browser_ask_user", "arguments": { "message": "Which?", "options": ["red", "blue"] } });
        params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = can;
        if !said.is_null() {
            params["inputResponses"] = json!({ "answer": said });
        }
        host.ask("tools/call", params).await
    };
    let can = json!({ "elicitation": {} });
    let asked = call(can.clone(), Value::Null).await;
    assert_eq!(asked["result"]["resultType"], "input_required", "{asked}");
    let question = &asked["result"]["inputRequests"]["answer"];
    assert_eq!((&question["method"], &question["params"]["message"]), (&json!("elicitation/create"), &json!("Which?")));
    assert_eq!(question["params"]["requestedSchema"]["properties"]["answer"]["enum"], json!(["red", "blue"]));
    let accepted = call(can.clone(), json!({ "action": "accept", "content": { "answer": "blue" } })).await;
    assert_eq!(accepted["result"]["structuredContent"]["value"]["answer"], "blue", "{accepted}");
    let declined = call(can.clone(), json!({ "action": "decline" })).await;
    assert_eq!(declined["result"]["structuredContent"]["value"]["answer"], Value::Null, "{declined}");
    assert!(browser.calls().is_empty(), "the browser was not asked meanwhile");
    // Whoever cannot ask, or whose person put the question aside, has it asked in the browser.
    for (can, said) in [(json!({}), Value::Null), (can, json!({ "action": "cancel" }))] {
        let answer = call(can, said).await;
        assert_eq!(answer["result"]["structuredContent"]["value"]["answer"], "red", "{answer}");
    }
    assert_eq!(browser.calls().len(), 2);
}

#[tokio::test]
async fn a_session_actor_that_panics_under_a_call_over_http_costs_its_host_nothing() {
    let hub = TestHub::start().await;
    // As the extension's journal does, it gives a repeat the answer that it has kept.
    let browser = FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), |call| {
        match (call.body.tool.as_str(), call.body.attempt) {
            ("browser_click", 1) => Reaction::Silence,
            ("browser_click", _) => Reaction::Answer(json!({ "text": "clicked once" })),
            _ => named(call),
        }
    })
    .await;
    let session = Session::open(hub.mcp_port, "cursor").await;
    let (mut stream, id) = session.begin("browser_click", json!({ "target": "wait" })).await;
    eventually("the call is in the browser", async || browser.calls().len() == 1).await;
    let first = browser.calls()[0].clone();
    hub.panic_client_session(first.client.unwrap()).await;
    eventually("it has fallen", async || hub.restarts("ClientSession") == 1).await;
    eventually("the next one has the call", async || {
        hub.status().await.clients.first().is_some_and(|client| client.in_flight == 1)
    })
    .await;
    browser.send(answer(first.id, first.client, Ok(json!({ "text": "clicked once" })))).await;
    assert!(text(&stream.answer(id).await).contains("clicked once"));
    let after = session.call("browser_get_text", json!({})).await;
    assert!(text(&after).contains("for cursor"), "same session, same name: {after}");
    let calls = browser.calls();
    assert!(calls.iter().all(|call| call.client == first.client));
    let clicks: std::collections::BTreeSet<_> =
        calls.iter().filter(|call| call.body.tool == "browser_click").map(|call| call.id).collect();
    assert_eq!(clicks.len(), 1, "however often it was sent, it was one call: {calls:?}");
}

#[tokio::test]
async fn a_session_actor_that_panics_again_and_again_is_survived_by_its_host() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), named).await;
    let host = Alone::new(hub.mcp_port, "modern");
    host.call("browser_get_text", json!({})).await;
    let client = browser.calls()[0].client.unwrap();
    for _ in 0..3 {
        let before = hub.restarts("ClientSession");
        hub.panic_client_session(client).await;
        let answer = host.call("browser_get_text", json!({})).await;
        assert!(text(&answer).contains("for modern"), "{answer}");
        eventually("it was counted", async || hub.restarts("ClientSession") == before + 1).await;
    }
    assert!(browser.calls().iter().all(|call| call.client == Some(client)));
}

#[tokio::test]
async fn a_failed_call_stands_in_the_log_of_a_host_that_asked_for_it_and_of_no_other() {
    let hub = TestHub::start().await;
    let session = Session::open(hub.mcp_port, "cursor").await;
    let quiet = Session::open(hub.mcp_port, "quiet").await;
    let wrong = || json!({ "tabId": "seven" });
    let (mut loud_stream, mut quiet_stream) = (session.listen("").await, quiet.listen("").await);
    session.ask("logging/setLevel", &json!({ "level": "error" })).await;
    session.call("browser_get_text", wrong()).await;
    session.ask("logging/setLevel", &json!({ "level": "info" })).await;
    session.call("browser_click", wrong()).await;
    quiet.call("browser_click", wrong()).await;
    let told = loud_stream.message().await.unwrap();
    assert_eq!((&told["method"], &told["params"]["level"]), (&json!("notifications/message"), &json!("warning")));
    let data = &told["params"]["data"];
    assert_eq!((&data["tool"], &data["error"]["code"]), (&json!("browser_click"), &json!("invalid_params")), "{told}");
    assert_eq!((session.delete().await, quiet.delete().await), (202, 202));
    assert_eq!((loud_stream.message().await, quiet_stream.message().await), (None, None));

    let params = json!({
        "name": "browser_click", "arguments": wrong(), "_meta": { "io.modelcontextprotocol/logLevel": "debug" },
    });
    let mut stream = Alone::new(hub.mcp_port, "modern").request(next_id(), "tools/call", params).send().await;
    assert_eq!(stream.message().await.unwrap()["method"], "notifications/message");
}
