//! Each actor is made to panic, and comes back; whoever waited for it is answered all the same.

use std::time::Duration;

use serde_json::json;
use tabhub::protocol::{BrowserEpoch, BrowserId, CallId};
use tabhub::supervise::fault::PanicNow;

use crate::support::browser::{FakeBrowser, Reaction, echo, tab};
use crate::support::client::{FakeClient, nothing};
use crate::support::hub::TestHub;
use crate::support::{eventually, within};

#[tokio::test]
async fn a_registry_that_panicked_is_back_and_knows_everyone_again() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect(hub.port).await;
    let client = FakeClient::connect(hub.port, "one").await;
    browser.tell_tabs(vec![tab(1, Some(client.id), true)]).await;
    eventually("the lease is known", || async {
        hub.status().await.clients.first().is_some_and(|c| c.tabs.len() == 1)
    })
    .await;
    hub.house.registry.tell(PanicNow);
    eventually("the registry is restarted", || async { hub.restarts("ClientRegistry") == 1 }).await;
    eventually("the client and its tab are known again", || async {
        let status = hub.status().await;
        status.clients.first().is_some_and(|c| c.name == "one" && c.state == "ready" && c.tabs.len() == 1)
    })
    .await;
    assert!(client.call("browser_snapshot", nothing()).await.is_ok());
}

#[tokio::test]
async fn a_router_that_panicked_is_back_and_finds_the_browsers_again() {
    let hub = TestHub::start().await;
    let _browser = FakeBrowser::connect(hub.port).await;
    let client = FakeClient::connect(hub.port, "one").await;
    assert!(client.call("browser_snapshot", nothing()).await.is_ok());
    hub.house.router.tell(PanicNow);
    // Not even waited for: a call that comes into the gap is sent again.
    assert!(client.call("browser_snapshot", nothing()).await.is_ok());
    assert_eq!(hub.restarts("Router"), 1);
    assert_eq!(hub.status().await.browsers.len(), 1);
}

#[tokio::test]
async fn a_browser_session_that_panicked_takes_over_the_living_connection() {
    let hub = TestHub::start().await;
    let mut first = true;
    let browser = FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), move |call| {
        // The first sending of the call is never answered: the session that sent it dies.
        if std::mem::take(&mut first) { Reaction::Silence } else { echo(call) }
    })
    .await;
    let client = FakeClient::connect(hub.port, "one").await;
    let id = CallId::mint();
    let answer = client.start(id, 1, "browser_click", json!({ "ref": "e1" }), Duration::from_secs(15)).await;
    eventually("the browser has the call", || async { browser.calls().len() == 1 }).await;
    hub.panic_browser_session().await;
    assert!(within("the answer", answer).await.unwrap().outcome().unwrap().is_ok());
    assert_eq!(hub.restarts("BrowserSession"), 1);
    assert!(!browser.is_over(), "the connection was handed over, not lost");
    let calls = browser.calls();
    assert_eq!(calls.iter().map(|c| (c.id, c.body.attempt)).collect::<Vec<_>>(), [(id, 1), (id, 2)]);
    assert_eq!(calls[1].body.browser_epoch, Some(browser.epoch));
}

#[tokio::test]
async fn a_repeat_that_cannot_say_where_it_was_first_sent_never_claims_the_browsers_present_run() {
    let hub = TestHub::start().await;
    let browser =
        FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), |_| Reaction::Silence).await;
    let client = FakeClient::connect(hub.port, "one").await;
    eventually("the client knows the browser", || async {
        client.saw(|e| matches!(e, tabhub::protocol::Event::Browsers { browsers } if browsers.len() == 1))
    })
    .await;
    // The instance sent it before, to a hub that died: the browser may have been another run then.
    let _answer = client.start(CallId::mint(), 2, "browser_click", json!({}), Duration::from_secs(15)).await;
    eventually("the browser has the call", || async { browser.calls().len() == 1 }).await;
    hub.panic_browser_session().await;
    eventually("the browser has it again", || async { browser.calls().len() == 2 }).await;
    for call in browser.calls() {
        assert_ne!(call.body.browser_epoch, Some(browser.epoch), "attempt {}", call.body.attempt);
    }
}

#[tokio::test]
async fn a_client_session_that_panicked_costs_its_client_a_reconnect_and_nobody_else_anything() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect(hub.port).await;
    let (one, two) = (FakeClient::connect(hub.port, "one").await, FakeClient::connect(hub.port, "two").await);
    browser.tell_tabs(vec![tab(1, Some(one.id), true)]).await;
    hub.panic_client_session(one.id).await;
    one.wait_closed().await;
    assert!(two.call("browser_snapshot", nothing()).await.is_ok());
    let back = FakeClient::connect_as(hub.port, "one", one.id).await;
    assert!(back.call("browser_snapshot", nothing()).await.is_ok());
    let status = hub.status().await;
    let row = status.clients.iter().find(|c| c.id == one.id).unwrap();
    assert_eq!((row.name.as_str(), row.tabs.len()), ("one", 1), "it kept its name and its tab");
    assert_eq!(hub.restarts("ClientSession"), 1);
}

#[tokio::test]
async fn a_supervisor_that_panicked_is_back_over_the_same_children() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect(hub.port).await;
    let client = FakeClient::connect(hub.port, "one").await;
    hub.house.supervisor.tell(PanicNow);
    eventually("the supervisor is restarted", || async { hub.restarts("Supervisor") == 1 }).await;
    assert!(client.call("browser_snapshot", nothing()).await.is_ok());
    assert!(!browser.is_over());
    hub.house.router.tell(PanicNow);
    eventually("it still restarts its children", || async { hub.restarts("Router") == 1 }).await;
    assert!(client.call("browser_snapshot", nothing()).await.is_ok());
    assert!(FakeClient::connect(hub.port, "two").await.call("browser_snapshot", nothing()).await.is_ok());
}

#[tokio::test]
async fn an_actor_that_dies_again_and_again_ends_the_hub_with_a_reason() {
    let mut hub = TestHub::start().await;
    eventually("the router runs", || async { hub.house.router.current().is_some() }).await;
    for death in 1..=tabhub::config::limits::RESTART_INTENSITY as u64 {
        let mut runs = hub.house.router.runs();
        hub.house.router.tell(PanicNow);
        assert!(within("the next run of the router", runs.next()).await.is_some());
        assert_eq!(hub.restarts("Router"), death);
    }
    hub.house.router.tell(PanicNow);
    let exit = hub.ended().await;
    assert!(!exit.is_clean && exit.reason.contains("Router died"), "{exit:?}");
}
