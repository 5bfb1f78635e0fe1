//! The machine's clock jumps while calls are under way. It is the whole process's clock that jumps here, so this is a
//! test binary of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "support/mod.rs"]
mod support;

use std::time::Duration;

use serde_json::json;
use support::browser::{FakeBrowser, Reaction, answer};
use support::client::{FakeClient, nothing};
use support::hub::TestHub;
use support::{eventually, within};
use tabhub::protocol::clock::jump;
use tabhub::protocol::{BrowserEpoch, BrowserId, CallId, ErrorCode, now_ms};

const HOUR_MS: i64 = 3_600_000;
const LONG: Duration = Duration::from_secs(30);

/// Has the browser what it was sent until the test answers it?
async fn silent(port: u16) -> FakeBrowser {
    FakeBrowser::connect_with(port, BrowserId::mint(), BrowserEpoch::mint(), |_| Reaction::Silence).await
}

#[tokio::test]
async fn a_jump_of_the_clock_ends_no_call_and_keeps_none() {
    let hub = TestHub::start().await;
    let browser = silent(hub.port).await;
    let client = FakeClient::connect(hub.port, "one").await;

    // Forward: what is under way has the time that it had.
    let id = CallId::mint();
    let under_way = client.start(id, 1, "browser_click", nothing(), LONG).await;
    eventually("the browser has the call", || async { browser.calls().len() == 1 }).await;
    jump(HOUR_MS);
    // Calls are looked through for late ones every 50 ms: a call that comes and goes meanwhile takes longer than that.
    let short =
        client.call_as(CallId::mint(), 1, "browser_hover", json!({ "tabId": 2 }), Duration::from_millis(400)).await;
    assert_eq!(short.unwrap_err().code, ErrorCode::DeadlineExceeded, "the new call has its own time, not an hour less");
    assert_eq!(client.answers(id), 0, "the call from before is still under way");
    browser.send(answer(id, Some(client.id), Ok(json!({ "done": true })))).await;
    assert!(within("the answer", under_way).await.unwrap().outcome().unwrap().is_ok());

    // Backward: what is under way has no hour more.
    let late = client.start(CallId::mint(), 1, "browser_click", nothing(), Duration::from_millis(600)).await;
    eventually("the browser has the call", || async { browser.calls().len() == 3 }).await;
    jump(-2 * HOUR_MS);
    let late = within("the end of its time", late).await.unwrap();
    assert_eq!(late.error().unwrap().unwrap().code, ErrorCode::DeadlineExceeded);

    // A repeat tells the browser its time by the clock as it is now.
    let _pending = client.start(CallId::mint(), 1, "browser_click", json!({ "tabId": 3 }), LONG).await;
    eventually("the browser has the call", || async { browser.calls().len() == 4 }).await;
    jump(HOUR_MS);
    hub.panic_browser_session().await;
    eventually("the browser has it again", || async { browser.calls().len() == 5 }).await;
    let left = browser.calls()[4].body.expires_at.saturating_sub(now_ms());
    assert!((1..=30_000).contains(&left), "{left} ms left");
}
