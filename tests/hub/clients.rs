//! Clients come, go and come back; the hub keeps what is theirs for the grace, and nothing after it.

use std::time::Duration;

use serde_json::json;
use tabhub::protocol::event::BrowserSummary;
use tabhub::protocol::{BrowserEpoch, BrowserId, CallId, Event};

use crate::support::browser::{FakeBrowser, Reaction, echo, tab};
use crate::support::client::{FakeClient, authorization, dial, hello, nothing, receive_bye, send};
use crate::support::hub::{TOKEN, TestHub};
use crate::support::{eventually, within};

fn is_gone(browser: &FakeBrowser, client: tabhub::protocol::ClientId) -> bool {
    let seen = browser.seen.lock().unwrap();
    seen.events.iter().any(|e| matches!(e, Event::ClientGone { client_id } if *client_id == client))
}

#[tokio::test]
async fn a_client_that_vanished_keeps_its_tabs_for_the_grace_and_then_nothing_of_it_is_left() {
    let hub = TestHub::start_with(|settings| settings.lease_grace = Duration::from_secs(2)).await;
    let browser = FakeBrowser::connect(hub.port).await;
    let (leaver, stayer) =
        (FakeClient::connect(hub.port, "leaver").await, FakeClient::connect(hub.port, "stayer").await);
    browser.tell_tabs(vec![tab(1, Some(leaver.id), true), tab(2, Some(stayer.id), true)]).await;
    let id = leaver.id;
    leaver.vanish();
    eventually("it is away", || async {
        hub.status().await.clients.iter().any(|c| c.id == id && c.state == "reconnecting")
    })
    .await;
    assert!(!is_gone(&browser, id), "its grace is not over");
    eventually("its tabs are released", || async { is_gone(&browser, id) }).await;
    let status = hub.status().await;
    assert_eq!(status.clients.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["stayer"]);
    assert!(!is_gone(&browser, stayer.id));
    assert!(stayer.call("browser_snapshot", nothing()).await.is_ok());
}

#[tokio::test]
async fn a_client_that_is_back_within_its_grace_keeps_its_id_name_and_tabs() {
    let hub = TestHub::start_with(|settings| settings.lease_grace = Duration::from_secs(20)).await;
    let browser = FakeBrowser::connect(hub.port).await;
    let client = FakeClient::connect(hub.port, "one").await;
    browser.tell_tabs(vec![tab(1, Some(client.id), true)]).await;
    let id = client.id;
    client.vanish();
    eventually("it is away", || async { hub.status().await.clients.iter().any(|c| c.state == "reconnecting") }).await;
    let back = FakeClient::connect_as(hub.port, "one", id).await;
    assert!(back.call("browser_snapshot", nothing()).await.is_ok());
    let clients = hub.status().await.clients;
    assert_eq!(clients.len(), 1);
    assert_eq!((clients[0].name.as_str(), clients[0].state.as_str(), clients[0].tabs.len()), ("one", "ready", 1));
    assert!(!is_gone(&browser, id));
}

#[tokio::test]
async fn a_client_that_said_goodbye_is_forgotten_at_once_and_its_calls_are_stopped() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), |call| {
        if call.body.params.get().contains("hang") { Reaction::Silence } else { echo(call) }
    })
    .await;
    let (leaver, stayer) =
        (FakeClient::connect(hub.port, "leaver").await, FakeClient::connect(hub.port, "stayer").await);
    let (id, call) = (leaver.id, CallId::mint());
    let _answer = leaver.start(call, 1, "browser_click", json!({ "hang": 1 }), Duration::from_secs(15)).await;
    eventually("the browser has the call", || async { browser.calls().len() == 1 }).await;
    leaver.leave().await;
    eventually("its tabs are released", || async { is_gone(&browser, id) }).await;
    assert_eq!(browser.seen.lock().unwrap().cancels, [call]);
    assert!(stayer.call("browser_snapshot", nothing()).await.is_ok());
    assert_eq!(hub.status().await.clients.len(), 1);
}

#[tokio::test]
async fn the_newest_connection_of_a_client_wins() {
    let hub = TestHub::start().await;
    let _browser = FakeBrowser::connect(hub.port).await;
    let old = FakeClient::connect(hub.port, "one").await;
    let new = FakeClient::connect_as(hub.port, "one", old.id).await;
    old.wait_closed().await;
    assert!(new.call("browser_snapshot", nothing()).await.is_ok());
    assert_eq!(hub.status().await.clients.len(), 1);
}

#[tokio::test]
async fn two_hosts_of_one_kind_are_told_apart_by_name() {
    let hub = TestHub::start().await;
    let _browser = FakeBrowser::connect(hub.port).await;
    let (one, two) = (FakeClient::connect(hub.port, "cursor").await, FakeClient::connect(hub.port, "cursor").await);
    let names = [
        one.call("browser_snapshot", nothing()).await.unwrap()["name"].clone(),
        two.call("browser_snapshot", nothing()).await.unwrap()["name"].clone(),
    ];
    assert_eq!(names, [json!("cursor"), json!("cursor 2")]);
}

#[tokio::test]
async fn a_host_that_introduces_itself_later_gets_its_name_then() {
    let hub = TestHub::start().await;
    let _browser = FakeBrowser::connect(hub.port).await;
    let client = FakeClient::connect(hub.port, "").await;
    let event = Event::Identify { client_name: "codex".to_owned(), client_version: "9".to_owned() };
    client.send(&tabhub::protocol::Frame::Event(event)).await;
    eventually("its name is known", || async { hub.status().await.clients.iter().any(|c| c.name == "codex") }).await;
    assert_eq!(client.call("browser_snapshot", nothing()).await.unwrap()["name"], "codex");
}

#[tokio::test]
async fn every_client_hears_of_browsers_that_come_and_go() {
    let hub = TestHub::start().await;
    let client = FakeClient::connect(hub.port, "one").await;
    let browser = FakeBrowser::connect(hub.port).await;
    let id = browser.id;
    eventually("it hears of the browser", || async {
        client.saw(|e| matches!(e, Event::Browsers { browsers } if browsers.iter().any(|b| b.id == id)))
    })
    .await;
    client.events.lock().unwrap().clear();
    browser.vanish().await;
    eventually("it hears that it left", || async {
        let is_away = |browser: &BrowserSummary| browser.id == id && !browser.connected;
        client.saw(|e| matches!(e, Event::Browsers { browsers } if browsers.iter().any(is_away)))
    })
    .await;
}

#[tokio::test]
async fn tabs_of_a_client_that_a_new_hub_never_sees_are_released_after_the_grace() {
    let hub = TestHub::start_with(|settings| settings.lease_grace = Duration::from_millis(200)).await;
    let browser = FakeBrowser::connect(hub.port).await;
    let ghost = tabhub::protocol::ClientId::mint();
    browser.tell_tabs(vec![tab(1, Some(ghost), true)]).await;
    eventually("the ghost's tabs are released", || async { is_gone(&browser, ghost) }).await;
}

#[tokio::test]
async fn a_hub_without_clients_leaves_after_its_idle_time_and_not_before_its_last_client() {
    let mut hub = TestHub::start_with(|settings| settings.idle_exit = Some(Duration::from_millis(200))).await;
    let client = FakeClient::connect(hub.port, "one").await;
    assert!(client.call("browser_status", nothing()).await.is_ok());
    client.leave().await;
    let exit = hub.ended().await;
    assert!(exit.is_clean, "{exit:?}");
}

#[tokio::test]
async fn a_stopping_hub_lets_calls_finish_and_says_goodbye() {
    let mut hub = TestHub::start().await;
    let browser = FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), |_| {
        Reaction::Later(Duration::from_millis(200), json!({ "done": true }))
    })
    .await;
    let client = FakeClient::connect(hub.port, "one").await;
    let answer = client.start(CallId::mint(), 1, "browser_click", nothing(), Duration::from_secs(15)).await;
    eventually("the browser has the call", || async { browser.calls().len() == 1 }).await;
    hub.house.end("told to");
    assert!(within("the answer", answer).await.unwrap().outcome().unwrap().is_ok());
    client.wait_closed().await;
    assert!(hub.ended().await.is_clean);
    eventually("the browser heard the goodbye", || async {
        browser.seen.lock().unwrap().byes.iter().any(|bye| bye.code == "hub_stopping")
    })
    .await;
}

#[tokio::test]
async fn a_stopping_hub_takes_no_new_client_so_that_it_can_end() {
    let hub = TestHub::start().await;
    let browser =
        FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), |_| Reaction::Silence).await;
    let client = FakeClient::connect(hub.port, "busy").await;
    let call = CallId::mint();
    let answer = client.start(call, 1, "browser_click", nothing(), Duration::from_secs(15)).await;
    eventually("the browser has the call", || async { browser.calls().len() == 1 }).await;
    hub.house.end("told to");
    eventually("the hub stops", || async {
        // A status never waits in a lane: whether it is refused tells just whether the hub has heard.
        client.call("browser_status", nothing()).await.is_err_and(|e| e.code.word() == "hub_stopping")
    })
    .await;
    let mut socket = dial(hub.port, "/ws/instance", &[authorization(hub.port, TOKEN)]).await.unwrap();
    let hello = tabhub::protocol::Hello::Instance(hello("late"));
    send(&mut socket, &tabhub::protocol::Frame::Hello(Some(tabhub::protocol::ClientId::mint()), hello)).await;
    assert_eq!(receive_bye(&mut socket).await.unwrap().code, "hub_stopping");
    browser.send(crate::support::browser::answer(call, Some(client.id), Ok(json!({})))).await;
    assert!(within("the answer", answer).await.unwrap().outcome().unwrap().is_ok());
    let mut hub = hub;
    assert!(hub.ended().await.is_clean);
}

#[tokio::test]
async fn a_client_that_said_goodbye_does_not_come_back_as_a_ghost_by_old_news_of_its_tabs() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect(hub.port).await;
    let (leaver, stayer) =
        (FakeClient::connect(hub.port, "leaver").await, FakeClient::connect(hub.port, "stayer").await);
    let id = leaver.id;
    browser.tell_tabs(vec![tab(1, Some(id), true)]).await;
    leaver.leave().await;
    eventually("its tabs are released", || async { is_gone(&browser, id) }).await;
    // What the extension said before it heard of it.
    browser.tell_tabs(vec![tab(1, Some(id), true), tab(2, Some(stayer.id), true)]).await;
    eventually("the news are heard", || async {
        hub.status().await.clients.iter().any(|c| c.id == stayer.id && c.tabs.len() == 1)
    })
    .await;
    assert!(hub.status().await.clients.iter().all(|c| c.id != id), "the hub holds nothing of it");
    let times_told = || {
        let seen = browser.seen.lock().unwrap();
        seen.events.iter().filter(|e| matches!(e, Event::ClientGone { client_id } if *client_id == id)).count()
    };
    eventually("it is told again, since it may have missed it", async || times_told() == 2).await;
}
