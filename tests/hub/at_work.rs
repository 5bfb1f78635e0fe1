//! What a browser is at though the hub never sent it, or has lost that it did: nothing else comes to that tab meanwhile.

use std::time::Duration;

use serde_json::json;
use tabhub::protocol::event::CallAtWork;
use tabhub::protocol::{CallId, ClientId, Event, Frame, TabId, now_ms};

use crate::support::browser::{FakeBrowser, answer, tab};
use crate::support::client::FakeClient;
use crate::support::hub::TestHub;
use crate::support::{eventually, within};

const LONG: Duration = Duration::from_secs(60);

/// A hub whose browser session has just died, and whose browser has told the next one that it is at these calls.
async fn hub_that_found_at_work(
    calls: impl FnOnce(ClientId) -> Vec<CallAtWork>,
) -> (TestHub, FakeBrowser, FakeClient, Vec<CallAtWork>) {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect(hub.port).await;
    let client = FakeClient::connect(hub.port, "one").await;
    let calls = calls(client.id);
    let tabs = vec![tab(7, Some(client.id), true), tab(8, Some(client.id), false)];
    let at_work = Some(calls.clone());
    browser.send(Frame::Event(Event::Tabs { tabs, focused: false, focused_at: None, at_work })).await;
    eventually("the tabs are known", || async { hub.status().await.browsers.iter().any(|b| b.tabs == 2) }).await;
    hub.panic_browser_session().await;
    eventually("the next session knows what is at work", || async {
        hub.status().await.browsers.iter().any(|b| b.in_flight == calls.len())
    })
    .await;
    (hub, browser, client, calls)
}

fn at_work(client: ClientId, tab: Option<i64>, names_tab: bool) -> CallAtWork {
    CallAtWork {
        id: CallId::mint(),
        client_id: client,
        tool: "browser_click".to_owned(),
        tab_id: tab.map(TabId),
        names_tab,
        expires_at: now_ms() + 60_000,
    }
}

fn came(browser: &FakeBrowser) -> Vec<CallId> {
    browser.calls().iter().map(|call| call.id).collect()
}

#[tokio::test]
async fn a_call_waits_for_what_the_browser_is_at_in_its_tab_though_the_hub_has_lost_that_it_sent_it() {
    for (tab, names_tab) in [(Some(7), true), (Some(7), false), (None, false)] {
        let (_hub, browser, client, found) = hub_that_found_at_work(|c| vec![at_work(c, tab, names_tab)]).await;
        let (same, other) = (CallId::mint(), CallId::mint());
        let later = client.start(same, 1, "browser_click", json!({ "tabId": 7 }), LONG).await;
        let now = client.start(other, 1, "browser_click", json!({ "tabId": 8 }), LONG).await;
        // They came in this order: with the answer of the second it is certain that the first was held back.
        assert!(within("the answer", now).await.unwrap().outcome().unwrap().is_ok());
        assert_eq!(came(&browser), [other]);
        browser.send(answer(found[0].id, Some(client.id), Ok(json!({})))).await;
        assert!(within("the answer", later).await.unwrap().outcome().unwrap().is_ok());
        assert_eq!(came(&browser), [other, same]);
    }
}

#[tokio::test]
async fn a_call_that_the_browser_is_at_is_joined_at_once_when_its_caller_comes_again() {
    let (_hub, browser, client, found) = hub_that_found_at_work(|c| vec![at_work(c, Some(7), false)]).await;
    let next = CallId::mint();
    let later = client.start(next, 1, "browser_click", json!({ "tabId": 7 }), LONG).await;
    let again = client.start(found[0].id, 2, "browser_click", json!({}), LONG).await;
    assert!(within("the answer", again).await.unwrap().outcome().unwrap().is_ok());
    assert!(within("the answer", later).await.unwrap().outcome().unwrap().is_ok());
    assert_eq!(came(&browser), [found[0].id, next]);
}

#[tokio::test]
async fn a_call_that_the_browser_is_at_and_nobody_waits_for_is_stopped_by_its_callers_cancel() {
    let (hub, browser, client, found) = hub_that_found_at_work(|c| vec![at_work(c, Some(7), true)]).await;
    let next = CallId::mint();
    let later = client.start(next, 1, "browser_click", json!({ "tabId": 7 }), LONG).await;
    client.send(&Frame::Cancel(found[0].id, None)).await;
    eventually("the browser is told", || async { browser.seen.lock().unwrap().cancels == [found[0].id] }).await;
    assert_eq!(came(&browser), [], "until the browser says that it stopped");
    browser.send(answer(found[0].id, Some(client.id), Ok(json!({})))).await;
    assert!(within("the answer", later).await.unwrap().outcome().unwrap().is_ok());
    eventually("nothing is in hand", || async { hub.status().await.browsers.iter().all(|b| b.in_flight == 0) }).await;
}
