//! Several clients in the one tab: whole calls in turn, refs that never hit another's element, several browsers.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tabhub::protocol::hello::InstanceHello;
use tabhub::protocol::{CallId, ErrorCode, Event};

use crate::support::browser::FakeBrowser;
use crate::support::client::{FakeClient, hello, nothing};
use crate::support::eventually;
use crate::support::legacy::{FakeExtension, Said};
use crate::{hub, legacy};

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_ref_is_good_until_anyone_looks_again_and_never_hits_another_element() {
    let hub = hub().await;
    let (extension, tab) = FakeExtension::connect(legacy(&hub)).await;
    let (one, two) = (FakeClient::connect(hub.port, "one").await, FakeClient::connect(hub.port, "two").await);
    let click = |reference: &str| json!({ "ref": reference, "element": "Buy" });
    assert_eq!(one.call("browser_click", click("s1e5")).await.unwrap_err().code, ErrorCode::StaleRef, "it saw nothing");
    let seen = one.call("browser_snapshot", nothing()).await.unwrap();
    assert!(seen["snapshot"]["yaml"].as_str().unwrap().contains("[ref=s1e5]"));
    // The same ref names another element after a navigation: the extension would take it.
    two.call("browser_navigate", json!({ "url": "https://danger.test/" })).await.unwrap();
    let error = one.call("browser_click", click("s1e5")).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::StaleRef);
    assert!(error.message.contains("two has looked at the tab since you did"), "{error}");
    assert!(!extension.kinds().contains(&"browser_click".to_owned()), "it is not even asked");
    // Who has looked last may act, and after a look of its own so may the other.
    let clicked = two.call("browser_click", click("s1e5")).await.unwrap();
    assert!(clicked["snapshot"]["yaml"].as_str().unwrap().contains("[ref=s2e5]"), "{clicked}");
    one.call("browser_snapshot", nothing()).await.unwrap();
    assert_eq!(two.call("browser_click", click("s2e5")).await.unwrap_err().code, ErrorCode::StaleRef);
    one.call("browser_click", click("s3e5")).await.unwrap();
    // What takes no snapshot leaves everyone's refs alone.
    two.call("browser_press_key", json!({ "key": "a" })).await.unwrap();
    two.call("browser_screenshot", nothing()).await.unwrap();
    one.call("browser_click", click("s4e5")).await.unwrap();
    assert_eq!(tab.lock().unwrap().done.iter().filter(|done| done.starts_with("browser_click")).count(), 3);
}

#[tokio::test]
async fn whole_calls_of_several_clients_come_one_after_another() {
    let hub = hub().await;
    let (extension, _tab) = FakeExtension::connect(legacy(&hub)).await;
    let clients: Vec<_> = join_all((0..5).map(|n| FakeClient::connect(hub.port, ["a", "b", "c", "d", "e"][n]))).await;
    let calls = clients.iter().enumerate().flat_map(|(n, client)| {
        (0..4).map(move |m| async move {
            let url = format!("https://{n}.test/{m}");
            (url.clone(), client.call("browser_navigate", json!({ "url": url })).await.unwrap())
        })
    });
    for (url, answer) in join_all(calls).await {
        assert_eq!(answer["page"]["url"], url, "another's page");
        assert!(answer["snapshot"]["yaml"].as_str().unwrap().contains("[ref=s1e5]"), "{answer}");
    }
    let kinds = extension.kinds();
    assert_eq!(kinds.len(), 5 * 4 * 4);
    for call in kinds.chunks(4) {
        assert_eq!(call, ["browser_navigate", "getUrl", "getTitle", "browser_snapshot"]);
    }
}

#[tokio::test]
async fn a_client_that_comes_back_under_its_id_keeps_its_refs() {
    let hub = hub().await;
    let (_extension, _tab) = FakeExtension::connect(legacy(&hub)).await;
    let one = FakeClient::connect(hub.port, "one").await;
    one.call("browser_snapshot", nothing()).await.unwrap();
    let id = one.id;
    one.vanish();
    let one = FakeClient::connect_as(hub.port, "one", id).await;
    one.call("browser_click", json!({ "ref": "s1e5" })).await.unwrap();
    // One that said goodbye has seen nothing when it comes again.
    one.leave().await;
    eventually("it is gone", || async { hub.status().await.clients.is_empty() }).await;
    let one = FakeClient::connect_as(hub.port, "one", id).await;
    let error = one.call("browser_click", json!({ "ref": "s2e5" })).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::StaleRef);
}

#[tokio::test]
async fn who_waits_for_the_one_tab_is_told_its_place_and_the_status_shows_the_queue() {
    let hub = hub().await;
    let extension = FakeExtension::connect_with(legacy(&hub), |_| Said::Nothing).await;
    let (one, two) = (FakeClient::connect(hub.port, "one").await, FakeClient::connect(hub.port, "two").await);
    let _first = one.start(CallId::mint(), 1, "browser_press_key", json!({ "key": "a" }), LONG).await;
    extension.wait_for("browser_press_key").await;
    let _second = two.start(CallId::mint(), 1, "browser_snapshot", nothing(), LONG).await;
    let words = "waiting for the one tab: 1 call before this one, by one";
    eventually("its place", async || {
        two.saw(|event| matches!(event, Event::Progress { message, .. } if message == words))
    })
    .await;
    let browser = hub.status().await.browsers.remove(0);
    assert_eq!((browser.in_flight, browser.queued), (1, 1));
    assert_eq!(
        (browser.queues[0].running.as_deref(), browser.queues[0].waiting.as_slice()),
        (Some("one"), &["two".to_owned()][..])
    );
    assert_eq!(extension.frames().len(), 1, "the second waits");
}

#[tokio::test]
async fn two_browsers_with_this_extension_do_not_push_each_other_out() {
    let hub = hub().await;
    let (first, _tab) = FakeExtension::connect(legacy(&hub)).await;
    let (second, _tab) = FakeExtension::connect(legacy(&hub)).await;
    eventually("two browsers", || async { hub.status().await.browsers.iter().filter(|b| b.connected).count() == 2 })
        .await;
    let mut names: Vec<_> = hub.status().await.browsers.into_iter().map(|b| (b.name, b.id)).collect();
    names.sort();
    assert_eq!([&*names[0].0, &*names[1].0], ["Chrome with Browser MCP", "Chrome with Browser MCP 2"]);
    let client = FakeClient::connect(hub.port, "one").await;
    let use_second = json!({ "action": "use", "browserId": names[1].1 });
    client.call("browser_browsers", use_second).await.unwrap();
    client.call("browser_snapshot", nothing()).await.unwrap();
    assert_eq!((first.frames().len(), second.frames().len()), (0, 3));
    // The one that was away has its place again.
    second.vanish().await;
    eventually("it is away", || async { hub.status().await.browsers.iter().any(|b| !b.connected) }).await;
    let (second, _tab) = FakeExtension::connect(legacy(&hub)).await;
    client.call("browser_snapshot", nothing()).await.unwrap();
    assert_eq!((first.frames().len(), second.frames().len()), (0, 3));
    assert!(!first.is_over());
}

#[tokio::test]
async fn a_client_that_chose_such_a_browser_is_sent_to_no_other_by_the_next_hub_and_the_others_go_on_at_once() {
    let first = hub().await;
    let (_extension, _tab) = FakeExtension::connect(legacy(&first)).await;
    let (chooser, other) =
        (FakeClient::connect(first.port, "chooser").await, FakeClient::connect(first.port, "other").await);
    other.call("browser_snapshot", nothing()).await.unwrap();
    assert!(!other.saw(|event| matches!(event, Event::Home { .. })), "nothing is kept of it");
    let id = first.status().await.browsers[0].id;
    chooser.call("browser_browsers", json!({ "action": "use", "browserId": id })).await.unwrap();
    assert!(chooser.saw(|event| matches!(event, Event::Home { browser, chosen: true } if *browser == id)));
    let second = crate::tuned(|tuning| tuning.browser_first = Duration::ZERO).await;
    let (extension, _tab) = FakeExtension::connect(legacy(&second)).await;
    eventually("it is there", || async { second.status().await.browsers.len() == 1 }).await;
    let claims = InstanceHello { home: Some(id), home_chosen: true, ..hello("chooser") };
    let chooser = FakeClient::connect_with(second.port, chooser.id, claims).await;
    let error = chooser.call("browser_navigate", json!({ "url": "https://a.test/" })).await.unwrap_err();
    assert!(error.code == ErrorCode::NoBrowser && error.message.contains("has chosen"), "{error}");
    assert!(extension.frames().is_empty());
    let other = FakeClient::connect_as(second.port, "other", other.id).await;
    other.call("browser_snapshot", nothing()).await.unwrap();
}

#[tokio::test]
async fn a_browser_that_gives_tabs_of_ones_own_is_chosen_before_this_one() {
    let hub = hub().await;
    let (extension, _tab) = FakeExtension::connect(legacy(&hub)).await;
    eventually("it is there", || async { hub.status().await.browsers.len() == 1 }).await;
    let browser = FakeBrowser::connect(hub.port).await;
    eventually("both are there", || async { hub.status().await.browsers.len() == 2 }).await;
    let client = FakeClient::connect(hub.port, "one").await;
    client.call("browser_snapshot", nothing()).await.unwrap();
    assert_eq!((browser.calls().len(), extension.frames().len()), (1, 0));
}
