//! Subscriptions in both eras of the protocol: who is told of what, how often at most, and that the last change is told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tabhub::protocol::topics::{PagePart, Part};
use tabhub::protocol::{TabId, Topics};

use crate::fake::Fake;
use crate::resources::house;
use crate::wire::Host;

fn content(tab: i64) -> Topics {
    Topics { pages: [PagePart { tab_id: TabId(tab), part: Part::Content }].into(), ..Topics::default() }
}

fn tabs() -> Topics {
    Topics { tabs: true, ..Topics::default() }
}

fn everything() -> Topics {
    let parts = [Part::Content, Part::Console, Part::Network].map(|part| PagePart { tab_id: TabId(7), part });
    Topics { tabs: true, list: true, current: true, pages: parts.into(), downloads: true, status: true }
}

async fn subscribe(host: &mut Host, id: u64, uri: &str) {
    host.request(id, "resources/subscribe", json!({ "uri": uri })).await;
    let answer = host.next().await;
    assert_eq!((&answer["id"], &answer["result"]), (&json!(id), &json!({})), "{answer}");
}

/// The address of the next notification; an empty one is the list's.
async fn told(host: &mut Host) -> String {
    let news = host.next().await;
    match news["method"].as_str() {
        Some("notifications/resources/updated") => news["params"]["uri"].as_str().unwrap().to_owned(),
        Some("notifications/resources/list_changed") => String::new(),
        _ => panic!("{news}"),
    }
}

#[tokio::test]
async fn a_host_is_told_of_what_it_subscribed_to_and_of_nothing_else() {
    let backend = Arc::new(Fake::default());
    let mut host = Host::hello(&backend, "a", &[]).await;
    let all = [
        ("browser://current/state", tabs()),
        ("browser://tabs?format=json", tabs()),
        ("browser://current/dom", Topics { current: true, ..Topics::default() }),
        ("browser://downloads", Topics { downloads: true, ..Topics::default() }),
        ("browser://hub/status", Topics { status: true, ..Topics::default() }),
        ("browser://tab/7/screenshot", content(7)),
        ("browser://tab/8/dom", content(8)),
    ];
    for (id, (uri, _)) in (1..).zip(&all) {
        subscribe(&mut host, id, uri).await;
    }
    let mut sum = Topics::default();
    all.iter().for_each(|(_, topics)| sum.add(topics));
    assert_eq!(*backend.watches.wanted().borrow(), sum, "the hub is asked for just that");
    for (uri, topics) in &all[2..] {
        backend.watches.tell(topics);
        assert_eq!(told(&mut host).await, *uri);
    }
    backend.watches.tell(&tabs());
    let mut both = [told(&mut host).await, told(&mut host).await];
    both.sort();
    assert_eq!(both, ["browser://current/state", "browser://tabs?format=json"]);
    host.request(90, "resources/unsubscribe", json!({ "uri": "browser://tab/7/screenshot" })).await;
    assert_eq!(host.next().await["id"], 90);
    assert!(!backend.watches.wanted().borrow().pages.contains(content(7).pages.first().unwrap()));
    backend.watches.tell(&content(7));
    backend.watches.tell(&content(8));
    assert_eq!(told(&mut host).await, "browser://tab/8/dom");
}

#[tokio::test]
async fn an_address_that_is_no_resource_may_be_subscribed_to_and_never_changes() {
    let backend = Arc::new(Fake::default());
    let mut host = Host::hello(&backend, "a", &[]).await;
    subscribe(&mut host, 1, "test://watched-resource").await;
    assert!(backend.watches.wanted().borrow().is_empty());
    host.request(2, "resources/unsubscribe", json!({ "uri": "test://watched-resource" })).await;
    assert_eq!(host.next().await["result"], json!({}));
    host.request(3, "resources/unsubscribe", json!({ "uri": "never subscribed" })).await;
    assert_eq!(host.next().await["result"], json!({}));
}

#[tokio::test]
async fn a_host_that_subscribes_without_end_is_told_to_stop() {
    let backend = Arc::new(Fake::default());
    let mut host = Host::hello(&backend, "a", &[]).await;
    let mut refused = None;
    for id in 1..=600 {
        host.request(id, "resources/subscribe", json!({ "uri": format!("browser://tab/{id}/dom") })).await;
        let answer = host.next().await;
        if answer.get("error").is_some() {
            refused.get_or_insert((id, answer));
        }
    }
    let (id, answer) = refused.expect("a bound");
    assert!(id > 500 && answer["error"]["message"].as_str().unwrap().starts_with("rate_limited: "), "{answer}");
    assert!(backend.watches.wanted().borrow().pages.len() < 520);
}

#[tokio::test]
async fn the_list_is_told_of_to_hosts_that_asked_for_it() {
    let backend = house();
    let mut host = Host::hello(&backend, "a", &[]).await;
    assert!(backend.watches.wanted().borrow().is_empty(), "who asked for nothing costs nothing");
    host.request(1, "resources/list", json!({})).await;
    assert_eq!(host.next().await["id"], 1);
    assert_eq!(*backend.watches.wanted().borrow(), Topics { list: true, ..Topics::default() });
    backend.watches.tell(&everything());
    assert_eq!(told(&mut host).await, "");
}

#[tokio::test]
async fn many_changes_are_ten_notifications_a_second_at_most_and_the_last_of_them_is_told() {
    let backend = house();
    let mut host = Host::hello(&backend, "a", &[]).await;
    subscribe(&mut host, 1, "browser://tabs").await;
    let began = Instant::now();
    let teller = tokio::spawn({
        let backend = backend.clone();
        async move {
            for n in 1..=250 {
                let tab = json!({ "tabId": 7, "url": "", "title": format!("Version {n}"), "current": true });
                backend.answers.lock().unwrap().insert("browser_tabs", json!({ "value": { "tabs": [tab] } }));
                backend.watches.tell(&tabs());
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
    });
    let mut notifications = 0;
    loop {
        assert_eq!(told(&mut host).await, "browser://tabs");
        notifications += 1;
        host.request(100 + notifications, "resources/read", json!({ "uri": "browser://tabs?format=json" })).await;
        let mut answer = host.next().await;
        while answer["id"].is_null() {
            notifications += 1; // It came while the read was under way: another read follows.
            answer = host.next().await;
        }
        if answer["result"]["contents"][0]["text"].as_str().unwrap().contains("Version 250") {
            break;
        }
    }
    teller.await.unwrap();
    // Counted against the time that really passed: the pauses between them are never shorter.
    let most = began.elapsed().as_millis() / 100 + 1;
    assert!(u128::from(notifications) <= most, "{notifications} notifications, {most} at most");
    assert!(notifications > 1, "a change after the first is told, too");
}

#[tokio::test]
async fn a_host_of_the_new_era_listens_with_a_request_and_its_notifications_are_the_requests() {
    let backend = house();
    let mut host = Host::modern(&backend);
    host.modern_request(1, "server/discover", json!({})).await;
    let discovered = host.next().await;
    assert_eq!(discovered["result"]["capabilities"]["resources"], json!({ "subscribe": true, "listChanged": true }));
    let filter = json!({
        "resourceSubscriptions": ["browser://tabs", "browser://tab/7/console"], "resourcesListChanged": true,
        "toolsListChanged": true,
    });
    host.modern_request(2, "subscriptions/listen", json!({ "notifications": filter })).await;
    let acknowledged = host.next().await;
    assert_eq!(acknowledged["method"], "notifications/subscriptions/acknowledged");
    let accepted =
        json!({ "resourceSubscriptions": ["browser://tabs", "browser://tab/7/console"], "resourcesListChanged": true });
    assert_eq!(acknowledged["params"]["notifications"], accepted, "the tools never change");
    let mut wanted = backend.watches.wanted();
    let is_wanted = |topics: &Topics| topics.tabs && topics.list && topics.pages.len() == 1;
    tokio::time::timeout(Duration::from_secs(20), wanted.wait_for(is_wanted)).await.expect("it watches").unwrap();
    backend.watches.tell(&everything());
    let mut news: Vec<(Value, Value)> = Vec::new();
    for _ in 0..3 {
        let one = host.next().await;
        assert_eq!(one["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], 2, "{one}");
        news.push((one["method"].clone(), one["params"]["uri"].clone()));
    }
    news.sort_by_key(|(method, uri)| format!("{method}{uri}"));
    let updated = |uri: &str| (json!("notifications/resources/updated"), json!(uri));
    let list = (json!("notifications/resources/list_changed"), Value::Null);
    assert_eq!(news, [list, updated("browser://tab/7/console"), updated("browser://tabs")]);
    let cancel = json!({ "requestId": 2, "reason": "enough" });
    host.send(json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": cancel })).await;
    tokio::time::timeout(Duration::from_secs(20), wanted.wait_for(Topics::is_empty)).await.expect("it ends").unwrap();
    host.modern_request(3, "resources/read", json!({ "uri": "browser://no/such" })).await;
    let answer = host.next().await;
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(3), &json!(-32602)), "{answer}");
    host.modern_request(4, "resources/list", json!({})).await;
    assert_eq!(host.next().await["id"], 4);
    assert!(backend.watches.wanted().borrow().is_empty(), "without a session there is nobody to tell of the list");
}

#[tokio::test]
async fn a_host_that_leaves_watches_no_more() {
    let backend = Arc::new(Fake::default());
    let mut host = Host::hello(&backend, "a", &[]).await;
    subscribe(&mut host, 1, "browser://tabs").await;
    let mut wanted = backend.watches.wanted();
    assert!(!wanted.borrow().is_empty());
    drop(host);
    tokio::time::timeout(Duration::from_secs(20), wanted.wait_for(Topics::is_empty)).await.expect("it ends").unwrap();
}
