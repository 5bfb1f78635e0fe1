//! One tab, several clients: who waits sees where, who only watches keeps nobody waiting, and a share ends with its reader.

use std::time::Duration;

use serde_json::json;
use tabhub::protocol::event::{Reader, TabInfo};
use tabhub::protocol::{BrowserEpoch, BrowserId, CallId, ClientId, Event};

use crate::support::browser::{FakeBrowser, Reaction, answer, tab};
use crate::support::client::FakeClient;
use crate::support::hub::TestHub;
use crate::support::{eventually, within};

const LONG: Duration = Duration::from_secs(60);

async fn silent(hub: &TestHub) -> FakeBrowser {
    FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), |_| Reaction::Silence).await
}

/// A tab of one client that every client may read.
fn shared(id: i64, owner: ClientId) -> TabInfo {
    TabInfo { shared_with_all: true, ..tab(id, Some(owner), true) }
}

fn progress(client: &FakeClient, call: CallId) -> Vec<(f64, String)> {
    let events = client.events.lock().unwrap();
    let told = events.iter().filter_map(|event| match event {
        Event::Progress { call_id, progress, message, .. } if *call_id == call => Some((*progress, message.clone())),
        _ => None,
    });
    told.collect()
}

#[tokio::test]
async fn a_call_that_waits_for_its_tab_is_told_its_place_and_the_status_shows_the_queue() {
    let hub = TestHub::start().await;
    let browser = silent(&hub).await;
    let (holder, reader) =
        (FakeClient::connect(hub.port, "holder").await, FakeClient::connect(hub.port, "reader").await);
    browser.tell_tabs(vec![shared(12, holder.id)]).await;
    let on_it = || json!({ "tabId": 12 });
    let (first, second, third) = (CallId::mint(), CallId::mint(), CallId::mint());
    let first_answer = holder.start(first, 1, "browser_click", on_it(), LONG).await;
    eventually("the first has the tab", || async { browser.calls().len() == 1 }).await;
    let _second = holder.start(second, 1, "browser_click", on_it(), LONG).await;
    eventually("the second waits", || async { hub.status().await.browsers[0].queued == 1 }).await;
    let _third = reader.start(third, 1, "browser_snapshot", on_it(), LONG).await;
    let last = |client: &FakeClient, call| progress(client, call).last().map(|(_, message)| message.clone());
    let says = |client, call, words: &str| last(client, call).as_deref() == Some(words);
    eventually("the reader is told its place", async || {
        says(&reader, third, "waiting for tab 12: 2 calls before this one, by holder")
    })
    .await;
    eventually("the holder is told its own", async || {
        says(&holder, second, "waiting for tab 12: 1 call before this one, by you")
    })
    .await;
    assert!(progress(&holder, first).is_empty(), "it does not wait");
    // A host that hears nothing for a while is told that tabhub still works on its call, which would be untrue here.
    eventually("the reader is told again where it stands", async || {
        let told = progress(&reader, third);
        told.iter().filter(|(_, message)| message.contains("2 calls before")).count() > 2
    })
    .await;
    let queues = hub.status().await.browsers[0].queues.clone();
    assert_eq!(queues.len(), 1);
    assert_eq!((queues[0].tab_id.0, queues[0].running.as_deref()), (12, Some("holder")));
    assert_eq!(queues[0].waiting, ["holder", "reader"]);
    browser.send(answer(first, Some(holder.id), Ok(json!({})))).await;
    within("the first answer", first_answer).await.unwrap();
    eventually("the reader has moved up", async || {
        says(&reader, third, "waiting for tab 12: 1 call before this one, by holder")
    })
    .await;
    let steps: Vec<f64> = progress(&reader, third).iter().map(|(step, _)| *step).collect();
    assert!(steps.windows(2).all(|pair| pair[0] < pair[1]), "{steps:?}");
    assert!(steps.iter().all(|step| *step < 1.0), "the tool's own progress is still ahead of it: {steps:?}");
}

#[tokio::test]
async fn who_waits_for_a_browser_that_is_away_is_told_so() {
    let hub = TestHub::start().await;
    let browser = silent(&hub).await;
    let client = FakeClient::connect(hub.port, "one").await;
    browser.vanish().await;
    eventually("it is away", || async { hub.status().await.browsers.iter().all(|b| !b.connected) }).await;
    let call = CallId::mint();
    let _answer = client.start(call, 1, "browser_click", json!({ "tabId": 3 }), LONG).await;
    eventually("it is told", async || {
        progress(&client, call).iter().any(|(_, message)| message == "waiting for the browser to come back")
    })
    .await;
}

#[tokio::test]
async fn who_waits_for_no_tab_is_told_for_what_else() {
    let hub = TestHub::start_tuned(|_| {}, |tuning| tuning.calls_per_browser = 1).await;
    let browser = silent(&hub).await;
    let (one, other) = (FakeClient::connect(hub.port, "one").await, FakeClient::connect(hub.port, "other").await);
    let (first, second) = (CallId::mint(), CallId::mint());
    let _first = one.start(first, 1, "browser_click", json!({ "tabId": 3 }), LONG).await;
    eventually("the browser has it", || async { browser.calls().len() == 1 }).await;
    let _second = other.start(second, 1, "browser_click", json!({ "tabId": 4 }), LONG).await;
    eventually("the browser is full", async || {
        progress(&other, second).iter().any(|(_, message)| message.contains("as many calls as it can"))
    })
    .await;

    let hub = TestHub::start().await;
    let browser = silent(&hub).await;
    let client = FakeClient::connect(hub.port, "one").await;
    let _first = client.start(CallId::mint(), 1, "browser_click", json!({}), LONG).await;
    eventually("the browser has it", || async { browser.calls().len() == 1 }).await;
    let _second = client.start(second, 1, "browser_click", json!({}), LONG).await;
    eventually("its own call is before it", async || {
        progress(&client, second).iter().any(|(_, message)| message == "waiting for an earlier call of yours")
    })
    .await;
}

#[tokio::test]
async fn a_reader_that_waits_for_what_the_holder_will_do_does_not_keep_it_from_doing_it() {
    let hub = TestHub::start().await;
    let browser = silent(&hub).await;
    let (holder, reader) =
        (FakeClient::connect(hub.port, "holder").await, FakeClient::connect(hub.port, "reader").await);
    browser.tell_tabs(vec![shared(12, holder.id)]).await;
    eventually("the hub knows the tab", || async {
        hub.status().await.clients.iter().any(|client| client.id == holder.id && client.tabs.len() == 1)
    })
    .await;
    let watch = json!({ "tabId": 12, "text": "Done" });
    let _watching = reader.start(CallId::mint(), 1, "browser_wait_for", watch, LONG).await;
    eventually("the reader watches", || async { browser.calls().len() == 1 }).await;
    let _acting = holder.start(CallId::mint(), 1, "browser_click", json!({ "tabId": 12 }), LONG).await;
    eventually("the holder acts", || async { browser.calls().len() == 2 }).await;
    // What looks once is in order with what the holder does.
    let look = CallId::mint();
    let _looking = reader.start(look, 1, "browser_snapshot", json!({ "tabId": 12 }), LONG).await;
    eventually("the look waits", || async { hub.status().await.browsers[0].queued == 1 }).await;
    assert_eq!(browser.calls().len(), 2);
}

#[tokio::test]
async fn a_reader_that_a_new_hub_never_sees_is_told_to_the_browser_as_gone_after_the_grace() {
    let hub = TestHub::start_with(|settings| settings.lease_grace = Duration::from_millis(300)).await;
    let browser = silent(&hub).await;
    let (holder, ghost) = (FakeClient::connect(hub.port, "holder").await, ClientId::mint());
    let reader = Reader { id: ghost, name: "ghost".to_owned() };
    browser.tell_tabs(vec![TabInfo { readers: vec![reader], ..tab(12, Some(holder.id), true) }]).await;
    let is_told = |client| {
        let seen = browser.seen.lock().unwrap();
        seen.events.iter().any(|e| matches!(e, Event::ClientGone { client_id } if *client_id == client))
    };
    eventually("its share ends", async || is_told(ghost)).await;
    assert!(!is_told(holder.id));
}

#[tokio::test]
async fn a_reader_that_said_goodbye_and_is_named_by_old_news_is_told_to_the_browser_again() {
    let hub = TestHub::start().await;
    let browser = silent(&hub).await;
    let (holder, reader) =
        (FakeClient::connect(hub.port, "holder").await, FakeClient::connect(hub.port, "reader").await);
    let gone = reader.id;
    reader.leave().await;
    let times = || {
        let seen = browser.seen.lock().unwrap();
        seen.events.iter().filter(|e| matches!(e, Event::ClientGone { client_id } if *client_id == gone)).count()
    };
    eventually("the browser is told", async || times() == 1).await;
    let old = Reader { id: gone, name: "reader".to_owned() };
    browser.tell_tabs(vec![TabInfo { readers: vec![old], ..tab(12, Some(holder.id), true) }]).await;
    eventually("it is told again", async || times() == 2).await;
    assert!(hub.status().await.clients.iter().all(|client| client.id != gone));
}
