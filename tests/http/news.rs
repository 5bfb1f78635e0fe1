//! What a host over HTTP has subscribed to is told to it, in both eras of the protocol, whatever falls on the way.

use std::time::Duration;

use serde_json::json;
use tabhub::protocol::ClientId;
use tabhub::protocol::event::TabInfo;

use crate::support::browser::{FakeBrowser, tab};
use crate::support::http::{Alone, Reply, Session, next_id};
use crate::support::hub::TestHub;

const TABS: &str = "browser://tabs";

/// A tab that every client may see has this title.
async fn shows(browser: &FakeBrowser, holder: ClientId, title: &str) {
    let shown = TabInfo { title: title.to_owned(), shared_with_all: true, ..tab(7, Some(holder), true) };
    browser.tell_tabs(vec![shown]).await;
}

/// Changes the tab until the host is told: when the hub knows that somebody watches, no host can see.
async fn told_of_changes(browser: &FakeBrowser, holder: ClientId, stream: &mut Reply) {
    let changes = async {
        for n in 0.. {
            shows(browser, holder, &format!("title {n}")).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        () = stream.until_updated(TABS) => {}
        () = changes => {}
    }
}

#[tokio::test]
async fn a_session_is_told_of_what_it_subscribed_to_also_by_the_next_actor_of_its_session() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect(hub.port).await;
    let holder = ClientId::mint();
    shows(&browser, holder, "first").await;
    let session = Session::open(hub.mcp_port, "cursor").await;
    let mut stream = session.listen("").await;
    let subscribed = session.ask("resources/subscribe", &json!({ "uri": TABS })).await;
    assert!(subscribed.get("error").is_none(), "{subscribed}");
    told_of_changes(&browser, holder, &mut stream).await;
    let clients = hub.status().await.clients;
    let id = clients.iter().find(|client| client.name == "cursor").unwrap().id;
    hub.panic_client_session(id).await;
    told_of_changes(&browser, holder, &mut stream).await;
    let read = session.ask("resources/read", &json!({ "uri": "browser://tabs?format=json" })).await;
    assert!(read.get("error").is_none(), "{read}");
    told_of_changes(&browser, holder, &mut stream).await;
}

#[tokio::test]
async fn a_request_of_the_new_era_that_listens_is_told_until_it_ends() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect(hub.port).await;
    let holder = ClientId::mint();
    shows(&browser, holder, "first").await;
    let host = Alone::new(hub.mcp_port, "modern");
    let filter = json!({ "notifications": { "resourceSubscriptions": [TABS] } });
    let mut stream = host.request(next_id(), "subscriptions/listen", filter).send().await;
    assert_eq!(stream.status, 200);
    let first = stream.message().await.unwrap();
    assert_eq!(first["method"], "notifications/subscriptions/acknowledged", "{first}");
    told_of_changes(&browser, holder, &mut stream).await;
    let clients = hub.status().await.clients;
    assert!(clients.iter().any(|client| client.name == "modern" && client.state == "ready"), "{clients:?}");
    told_of_changes(&browser, holder, &mut stream).await;
}
