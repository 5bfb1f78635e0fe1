//! What breaks between the hub and that extension, and what callers see then. The extension keeps nothing, so what was
//! written and not answered is unknown, and nothing that may have happened is sent again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tabhub::protocol::{CallId, ErrorCode, Frame};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::home::Home;
use crate::support::client::{FakeClient, nothing};
use crate::support::hub::TestHub;
use crate::support::legacy::{FakeExtension, Got, Said, Tab};
use crate::support::mcp::text_of;
use crate::support::{eventually, within};
use crate::{hub, legacy, tuned};

const LONG: Duration = Duration::from_secs(60);
/// Long enough for a busy machine, short enough for a test.
const FRAME_TIME: Duration = Duration::from_millis(700);

/// An extension that answers everything but frames of this type.
async fn silent_at(hub: &TestHub, kind: &'static str) -> FakeExtension {
    let mut tab = Tab::default();
    let react = move |got: &Got| if got.kind == kind { Said::Nothing } else { tab.react(got) };
    FakeExtension::connect_with(legacy(hub), react).await
}

fn url(name: &str) -> Value {
    json!({ "url": format!("https://{name}.test/") })
}

fn count(extension: &FakeExtension, kind: &str) -> usize {
    extension.kinds().iter().filter(|known| *known == kind).count()
}

async fn outcome(answer: tokio::sync::oneshot::Receiver<tabhub::protocol::Answer>) -> Result<Value, ErrorCode> {
    let answer = within("an answer", answer).await.expect("the connection lives");
    let outcome = answer.outcome().unwrap().map_err(|error| error.code);
    outcome.map(|raw| serde_json::from_str(raw.get()).unwrap())
}

#[tokio::test]
async fn what_was_written_and_not_answered_is_unknown_and_what_was_not_written_is_done_once() {
    let hub = hub().await;
    let extension = silent_at(&hub, "browser_navigate").await;
    let (one, two) = (FakeClient::connect(hub.port, "one").await, FakeClient::connect(hub.port, "two").await);
    let written = one.start(CallId::mint(), 1, "browser_navigate", url("one"), LONG).await;
    extension.wait_for("browser_navigate").await;
    let waits = two.start(CallId::mint(), 1, "browser_navigate", url("two"), LONG).await;
    eventually("the second waits", || async { hub.status().await.browsers[0].queued == 1 }).await;
    extension.vanish().await;
    assert_eq!(outcome(written).await, Err(ErrorCode::OutcomeUnknown), "at once, not when it is back");
    let (extension, tab) = FakeExtension::connect(legacy(&hub)).await;
    assert_eq!(outcome(waits).await.unwrap()["page"]["url"], "https://two.test/");
    assert_eq!(count(&extension, "browser_navigate"), 1, "the first is not sent again");
    assert_eq!(tab.lock().unwrap().done.len(), 1);
}

#[tokio::test]
async fn what_was_done_before_the_connection_broke_is_told_as_done() {
    let hub = hub().await;
    let extension = silent_at(&hub, "getTitle").await;
    let client = FakeClient::connect(hub.port, "one").await;
    let answer = client.start(CallId::mint(), 1, "browser_navigate", url("one"), LONG).await;
    extension.wait_for("getTitle").await;
    extension.vanish().await;
    let answer = outcome(answer).await.unwrap();
    assert!(answer["notes"][0].as_str().unwrap().starts_with("browser_navigate was done, but"), "{answer}");
}

#[tokio::test]
async fn what_changes_nothing_is_asked_again_when_the_extension_is_back() {
    let hub = hub().await;
    let extension = silent_at(&hub, "browser_snapshot").await;
    let client = FakeClient::connect(hub.port, "one").await;
    let answer = client.start(CallId::mint(), 1, "browser_snapshot", nothing(), LONG).await;
    extension.wait_for("browser_snapshot").await;
    extension.vanish().await;
    let (_extension, _tab) = FakeExtension::connect(legacy(&hub)).await;
    assert!(outcome(answer).await.unwrap()["snapshot"]["yaml"].as_str().unwrap().contains("[ref=s1e5]"));
}

#[tokio::test]
async fn refs_of_before_a_reconnect_are_stale() {
    let hub = hub().await;
    let (extension, _tab) = FakeExtension::connect(legacy(&hub)).await;
    let client = FakeClient::connect(hub.port, "one").await;
    client.call("browser_snapshot", nothing()).await.unwrap();
    extension.vanish().await;
    // Its tab may be another one now, with the same refs.
    let (extension, tab) = FakeExtension::connect(legacy(&hub)).await;
    tab.lock().unwrap().react(&Got {
        id: String::new(),
        kind: "browser_snapshot".into(),
        payload: json!({}),
        text: String::new(),
    });
    let error = client.call("browser_click", json!({ "ref": "s1e5" })).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::StaleRef);
    assert!(extension.frames().is_empty());
}

#[tokio::test]
async fn an_extension_that_does_not_come_back_is_waited_for_only_for_a_moment() {
    let hub = tuned(|tuning| {
        tuning.legacy_away = Duration::from_millis(50);
        tuning.browser_first = Duration::ZERO;
    })
    .await;
    let extension = silent_at(&hub, "getUrl").await;
    let client = FakeClient::connect(hub.port, "one").await;
    let answer = client.start(CallId::mint(), 1, "browser_snapshot", nothing(), LONG).await;
    extension.wait_for("getUrl").await;
    extension.vanish().await;
    assert_eq!(outcome(answer).await, Err(ErrorCode::BrowserGone));
    eventually("its session ends", || async { hub.status().await.browsers.is_empty() }).await;
    assert_eq!(client.call("browser_snapshot", nothing()).await.unwrap_err().code, ErrorCode::NoBrowser);
}

#[tokio::test]
async fn a_frame_that_is_not_answered_in_time_ends_its_call_and_the_next_one_goes_on() {
    let hub = tuned(|tuning| tuning.legacy_frame = FRAME_TIME).await;
    let extension = silent_at(&hub, "browser_press_key").await;
    let client = FakeClient::connect(hub.port, "one").await;
    let error = client.call("browser_press_key", json!({ "key": "a" })).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::DeadlineExceeded);
    assert!(error.message.contains("may have happened"), "{error}");
    client.call("browser_snapshot", nothing()).await.unwrap();
    // A wait has its own time on top.
    let frame = Arc::new(AtomicBool::new(false));
    let waited = Arc::clone(&frame);
    extension.vanish().await;
    let extension = FakeExtension::connect_with(legacy(&hub), move |_| {
        waited.store(true, Ordering::Relaxed);
        Said::Nothing
    })
    .await;
    let answer = client.start(CallId::mint(), 1, "browser_wait_for", json!({ "time": 40 }), LONG).await;
    let wait = extension.wait_for("browser_wait").await;
    eventually("more than a frame's time", {
        let since = std::time::Instant::now();
        move || async move { since.elapsed() > FRAME_TIME + FRAME_TIME / 2 }
    })
    .await;
    extension.answer(&wait.id, Value::Null).await;
    assert_eq!(outcome(answer).await.unwrap()["text"], "Waited for 40 seconds");
}

#[tokio::test]
async fn nothing_comes_between_a_call_that_was_given_up_and_the_answer_to_its_frame() {
    let hub = hub().await;
    let extension = silent_at(&hub, "browser_press_key").await;
    let client = FakeClient::connect(hub.port, "one").await;
    let key = json!({ "key": "a" });
    let short = Duration::from_millis(400);
    let error = client.call_as(CallId::mint(), 1, "browser_press_key", key, short).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::DeadlineExceeded);
    let next = client.start(CallId::mint(), 1, "browser_navigate", url("next"), LONG).await;
    eventually("the next waits", || async { hub.status().await.browsers[0].queued == 1 }).await;
    assert_eq!(extension.kinds(), ["browser_press_key"]);
    extension.answer(&extension.frames()[0].id, Value::Null).await;
    outcome(next).await.unwrap();
    assert_eq!(extension.kinds()[1..], ["browser_navigate", "getUrl", "getTitle", "browser_snapshot"]);
}

#[tokio::test]
async fn a_cancel_ends_a_wait_at_once_and_lets_what_waits_never_be_sent() {
    let hub = hub().await;
    let extension = silent_at(&hub, "browser_wait").await;
    let client = FakeClient::connect(hub.port, "one").await;
    let (wait, key, last) = (CallId::mint(), CallId::mint(), CallId::mint());
    let waiting = client.start(wait, 1, "browser_wait_for", json!({ "time": 50 }), LONG).await;
    extension.wait_for("browser_wait").await;
    let pressing = client.start(key, 1, "browser_press_key", json!({ "key": "a" }), LONG).await;
    let looking = client.start(last, 1, "browser_snapshot", nothing(), LONG).await;
    client.send(&Frame::Cancel(key, None)).await;
    assert_eq!(outcome(pressing).await, Err(ErrorCode::Cancelled));
    client.send(&Frame::Cancel(wait, None)).await;
    assert_eq!(outcome(waiting).await, Err(ErrorCode::Cancelled));
    outcome(looking).await.unwrap();
    assert_eq!(extension.kinds(), ["browser_wait", "getUrl", "getTitle", "browser_snapshot"]);
}

#[tokio::test]
async fn a_call_whose_session_panics_is_answered_by_its_own_result_and_sent_once() {
    let hub = hub().await;
    let extension = silent_at(&hub, "browser_navigate").await;
    let client = FakeClient::connect(hub.port, "one").await;
    let id = CallId::mint();
    let answer = client.start(id, 1, "browser_navigate", url("one"), LONG).await;
    let frame = extension.wait_for("browser_navigate").await;
    hub.panic_browser_session().await;
    eventually("the next run", || async { hub.restarts("BrowserSession") == 1 }).await;
    extension.answer(&frame.id, Value::Null).await;
    assert_eq!(outcome(answer).await.unwrap()["page"]["title"], "Title of https://shop.test/");
    assert_eq!(count(&extension, "browser_navigate"), 1);
    // Who asks once more gets what it got, and another id with the same attempt is not believed.
    let again = client.call_as(id, 2, "browser_navigate", url("one"), LONG).await;
    assert_eq!(again.map_err(|error| error.code).unwrap_or_default()["page"]["url"], "https://shop.test/");
    let foreign = client.call_as(CallId::mint(), 2, "browser_navigate", url("two"), LONG).await;
    assert_eq!(foreign.unwrap_err().code, ErrorCode::OutcomeUnknown, "an earlier hub may have written it");
    assert_eq!(count(&extension, "browser_navigate"), 1);
}

#[tokio::test]
async fn a_hub_that_is_killed_in_the_middle_leaves_the_outcome_unknown_and_the_next_one_goes_on() {
    let home = Home::set(&[("TABHUB_LEGACY_PORT", "0")]);
    home.ok_meanwhile(["start"]).await;
    let first = home.hub();
    let extension = FakeExtension::connect_with(first.legacy_port.unwrap(), |_| Said::Nothing).await;
    let host = Arc::new(home.host("one").await);
    let caller = Arc::clone(&host);
    let call = tokio::spawn(async move { caller.call("browser_navigate", url("one")).await });
    extension.wait_for("browser_navigate").await;
    home.kill_hub();
    eventually("the next hub", || async { home.is_hub_alive() && home.hub().pid != first.pid }).await;
    let (extension, tab) = FakeExtension::connect(home.hub().legacy_port.unwrap()).await;
    let result = within("an answer", call).await.unwrap();
    assert!(text_of(&result).starts_with("outcome_unknown: "), "{result}");
    assert!(host.text("browser_navigate", url("two")).await.contains("https://two.test/"));
    assert_eq!((count(&extension, "browser_navigate"), tab.lock().unwrap().done.len()), (1, 1));
}

#[tokio::test]
async fn garbage_of_the_extension_is_survived_and_its_call_goes_on() {
    let hub = hub().await;
    let extension = silent_at(&hub, "getUrl").await;
    let client = FakeClient::connect(hub.port, "one").await;
    let answer = client.start(CallId::mint(), 1, "browser_snapshot", nothing(), LONG).await;
    let frame = extension.wait_for("getUrl").await;
    for garbage in ["not json{", "[]", "7", r#"{"type":"messageResponse","payload":7}"#, r#"{"type":"ping"}"#] {
        extension.say(garbage).await;
    }
    extension.send(Message::binary(vec![0, 1, 2])).await;
    extension.answer(&uuid::Uuid::new_v4().to_string(), json!("https://another.test/")).await;
    extension.answer(&frame.id, json!("https://shop.test/")).await;
    assert_eq!(outcome(answer).await.unwrap()["page"]["url"], "https://shop.test/");
}

#[tokio::test]
async fn a_frame_over_the_cap_closes_that_connection_with_1009() {
    let hub = hub().await;
    let (other, _tab) = FakeExtension::connect(legacy(&hub)).await;
    let extension = FakeExtension::connect_with(legacy(&hub), |_| Said::Nothing).await;
    extension.say("x".repeat(tabhub::config::limits::LEGACY_FRAME_BYTES + 1)).await;
    assert_eq!(extension.closed().await, Some(CloseCode::Size));
    assert!(!other.is_over());
}

#[tokio::test]
async fn a_hub_that_stops_closes_the_connection_without_a_word() {
    let mut hub = hub().await;
    let (extension, _tab) = FakeExtension::connect(legacy(&hub)).await;
    eventually("it is there", || async { hub.status().await.browsers.len() == 1 }).await;
    hub.house.end("the test ends it");
    assert_eq!(extension.closed().await, Some(CloseCode::Normal), "its stand-in takes no frame but its own");
    hub.ended().await;
}

#[tokio::test]
async fn a_snapshot_that_comes_after_the_next_one_makes_everyones_refs_stale() {
    let hub = tuned(|tuning| tuning.legacy_frame = FRAME_TIME).await;
    let (mut tab, mut is_first) = (Tab::default(), true);
    let react = move |got: &Got| match got.kind.as_str() {
        "browser_snapshot" if std::mem::take(&mut is_first) => Said::Nothing,
        _ => tab.react(got),
    };
    let extension = FakeExtension::connect_with(legacy(&hub), react).await;
    let client = FakeClient::connect(hub.port, "one").await;
    let error = client.call("browser_snapshot", nothing()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::DeadlineExceeded);
    let late = extension.frames().into_iter().find(|got| got.kind == "browser_snapshot").unwrap();
    client.call("browser_snapshot", nothing()).await.unwrap();
    client.call("browser_click", json!({ "ref": "s1e5" })).await.unwrap();
    extension.answer(&late.id, json!("- button [ref=s3e5]")).await;
    // What comes on one connection is heard in its order: the answer to this one after the late one.
    client.call("browser_press_key", json!({ "key": "a" })).await.unwrap();
    let error = client.call("browser_click", json!({ "ref": "s2e5" })).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::StaleRef);
}
