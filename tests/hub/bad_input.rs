//! Bad input from either side gets a clear error, hangs nothing, and disturbs nobody else.

use std::time::Duration;

use futures_util::SinkExt;
use serde_json::json;
use tabhub::config::limits;
use tabhub::protocol::{CallId, ClientId, ErrorCode, Frame, Hello};
use tokio_tungstenite::tungstenite::Message;

use crate::support::browser::{FakeBrowser, answer};
use crate::support::client::{FakeClient, authorization, dial, hello, nothing, receive_bye, send};
use crate::support::hub::{TOKEN, TestHub};

#[tokio::test]
async fn garbage_of_a_browser_is_survived_and_its_calls_go_on() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect(hub.port).await;
    let client = FakeClient::connect(hub.port, "one").await;
    for garbage in
        ["{", "", "[1,2]", r#"{"type":"dance"}"#, r#"{"type":"answer","id":"x","payload":{}}"#, r#"{"type":"call"}"#]
    {
        browser.send_text(garbage).await;
    }
    browser.send(answer(CallId::mint(), Some(client.id), Ok(json!({})))).await;
    browser.send(answer(CallId::mint(), None, Ok(json!({})))).await;
    browser.send_text(r#"{"type":"event","payload":{"name":"from_the_future"}}"#).await;
    assert!(client.call("browser_snapshot", nothing()).await.is_ok());
    assert!(!browser.is_over());
}

#[tokio::test]
async fn garbage_of_an_instance_is_survived_and_its_calls_go_on() {
    let hub = TestHub::start().await;
    let _browser = FakeBrowser::connect(hub.port).await;
    let client = FakeClient::connect(hub.port, "one").await;
    for garbage in ["{", "null", r#"{"type":"dance"}"#, r#"{"type":"call","id":"not-a-uuid","payload":{}}"#] {
        client.send_text(garbage.to_owned()).await;
    }
    assert!(client.call("browser_snapshot", nothing()).await.is_ok());
}

#[tokio::test]
async fn a_first_frame_that_is_no_hello_ends_the_connection_with_a_reason() {
    let hub = TestHub::start().await;
    for first in ["{", r#"{"type":"ping","id":"1"}"#, r#"{"type":"hello","payload":{"role":"ghost"}}"#] {
        let mut socket = dial(hub.port, "/ws/instance", &[authorization(hub.port, TOKEN)]).await.unwrap();
        socket.send(Message::text(first)).await.unwrap();
        if first.contains("ping") {
            // A ping is answered at any time; the connection still wants its hello.
            send(&mut socket, &Frame::Cancel(CallId::mint(), None)).await;
        }
        assert_eq!(receive_bye(&mut socket).await.unwrap().code, "invalid_params", "{first}");
    }
}

#[tokio::test]
async fn a_frame_over_the_cap_closes_that_connection_only() {
    let hub = TestHub::start().await;
    let _browser = FakeBrowser::connect(hub.port).await;
    let other = FakeClient::connect(hub.port, "other").await;
    let mut socket = dial(hub.port, "/ws/instance", &[authorization(hub.port, TOKEN)]).await.unwrap();
    send(&mut socket, &Frame::Hello(Some(ClientId::mint()), Hello::Instance(hello("big")))).await;
    let huge = "x".repeat(limits::INSTANCE_FRAME_BYTES + 1);
    let _ = socket.send(Message::text(huge)).await;
    // Its goodbye may be lost, since the hub does not read the rest; the connection is over either way.
    let bye = receive_bye(&mut socket).await;
    assert!(bye.is_none_or(|bye| bye.message.contains("larger")));
    assert!(other.call("browser_snapshot", nothing()).await.is_ok());
}

#[tokio::test]
async fn an_unknown_tool_and_a_call_that_is_too_late_are_named_as_such() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect(hub.port).await;
    let client = FakeClient::connect(hub.port, "one").await;
    let error = client.call("browser_fly", nothing()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidParams);
    assert!(error.message.contains("browser_fly"));
    let late = client.call_as(CallId::mint(), 1, "browser_click", nothing(), Duration::ZERO).await.unwrap_err();
    assert_eq!(late.code, ErrorCode::DeadlineExceeded);
    assert!(late.message.contains("did not run"));
    assert!(browser.calls().is_empty(), "neither reached the browser");
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_an_error_that_names_the_extension() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect_with(
        hub.port,
        tabhub::protocol::BrowserId::mint(),
        tabhub::protocol::BrowserEpoch::mint(),
        |_| crate::support::browser::Reaction::Silence,
    )
    .await;
    let client = FakeClient::connect(hub.port, "one").await;
    let id = CallId::mint();
    let waiting = client.start(id, 1, "browser_click", nothing(), Duration::from_secs(15)).await;
    crate::support::eventually("the browser has the call", || async { browser.calls().len() == 1 }).await;
    browser
        .send_text(format!(r#"{{"type":"answer","id":"{id}","clientId":"{}","payload":{{"ok":"maybe"}}}}"#, client.id))
        .await;
    let error = crate::support::within("the answer", waiting).await.unwrap().error().unwrap().unwrap();
    assert_eq!(error.code, ErrorCode::Internal);
    assert!(error.message.contains("extension"));
}
