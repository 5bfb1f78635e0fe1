//! Several browsers at one hub: a client's choice is kept whatever dies, each has its name, and the default is the one that
//! the person used last.

use std::time::Duration;

use serde_json::{Value, json};
use tabhub::protocol::{BrowserId, CallId, ClientId, ErrorCode, Event, Frame};
use tabhub::supervise::fault::PanicNow;

use crate::support::browser::{FakeBrowser, Reaction, answer, echo, tab};
use crate::support::client::{FakeClient, hello, nothing};
use crate::support::hub::TestHub;
use crate::support::{eventually, within};

async fn list(client: &FakeClient) -> Vec<Value> {
    let listed = client.call("browser_browsers", json!({ "action": "list" })).await.unwrap();
    listed["value"]["browsers"].as_array().unwrap().clone()
}

async fn choose(client: &FakeClient, browser: &str) -> Value {
    client.call("browser_browsers", json!({ "action": "use", "browserId": browser })).await.unwrap()
}

/// Two browsers that echo, the hub knowing both.
async fn two(hub: &TestHub) -> (FakeBrowser, FakeBrowser) {
    let (a, b) = (FakeBrowser::connect(hub.port).await, FakeBrowser::connect(hub.port).await);
    eventually("the hub knows both", || async { hub.status().await.browsers.len() == 2 }).await;
    (a, b)
}

/// A client that comes with a choice that it made at an earlier hub.
async fn with_choice(hub: &TestHub, browser: BrowserId) -> FakeClient {
    let chosen = tabhub::protocol::hello::InstanceHello { home: Some(browser), home_chosen: true, ..hello("one") };
    FakeClient::connect_with(hub.port, ClientId::mint(), chosen).await
}

#[tokio::test]
async fn calls_go_to_the_browser_that_the_client_chose_and_those_with_a_tab_to_the_tabs() {
    let hub = TestHub::start().await;
    let (a, b) = two(&hub).await;
    let (one, other) = (FakeClient::connect(hub.port, "one").await, FakeClient::connect(hub.port, "other").await);
    a.tell_tabs(vec![tab(1, Some(one.id), true)]).await;
    one.call("browser_snapshot", nothing()).await.unwrap();
    assert_eq!((a.calls().len(), b.calls().len()), (1, 0));
    let said = choose(&one, &b.id.to_string()).await;
    assert!(said["text"].as_str().unwrap().contains("from now on"), "{said}");
    assert!(one.saw(|e| *e == Event::Home { browser: b.id, chosen: true }), "its instance keeps it for the next hub");
    one.call("browser_snapshot", nothing()).await.unwrap();
    one.call("browser_snapshot", json!({ "tabId": 1 })).await.unwrap();
    assert_eq!((a.calls().len(), b.calls().len()), (2, 1), "a tab is where it is");
    let rows = list(&one).await;
    let yours: Vec<_> = rows.iter().map(|row| (row["browserId"].clone(), row["yours"].clone())).collect();
    assert_eq!(yours, [(json!(a.id), json!(false)), (json!(b.id), json!(true))]);
    assert_eq!((&rows[0]["held"], &rows[0]["tabs"], &rows[0]["connected"]), (&json!(1), &json!(1), &json!(true)));
    assert!(list(&other).await.iter().all(|row| row["yours"] == false));
}

#[tokio::test]
async fn an_earlier_call_that_is_answered_late_does_not_undo_the_choice() {
    let hub = TestHub::start().await;
    let a = FakeBrowser::connect_with(hub.port, BrowserId::mint(), tabhub::protocol::BrowserEpoch::mint(), |_| {
        Reaction::Silence
    })
    .await;
    let one = FakeClient::connect(hub.port, "one").await;
    let id = CallId::mint();
    let early = one.start(id, 1, "browser_click", nothing(), Duration::from_secs(15)).await;
    eventually("it is with the first browser", || async { a.calls().len() == 1 }).await;
    let b = FakeBrowser::connect(hub.port).await;
    eventually("the hub knows both", || async { hub.status().await.browsers.len() == 2 }).await;
    choose(&one, "Standin 2").await;
    a.send(answer(id, Some(one.id), Ok(json!({})))).await;
    within("the early answer", early).await.unwrap();
    one.call("browser_snapshot", nothing()).await.unwrap();
    assert_eq!((a.calls().len(), b.calls().len()), (1, 1));
}

#[tokio::test]
async fn a_choice_outlives_the_router_the_registry_the_clients_session_and_the_browsers_restart() {
    let hub = TestHub::start().await;
    let (a, b) = two(&hub).await;
    let one = FakeClient::connect(hub.port, "one").await;
    choose(&one, &b.id.to_string()).await;
    hub.house.router.tell(PanicNow);
    one.call("browser_snapshot", nothing()).await.unwrap();
    hub.house.registry.tell(PanicNow);
    one.call("browser_snapshot", nothing()).await.unwrap();
    assert_eq!((hub.restarts("Router"), hub.restarts("ClientRegistry")), (1, 1));
    assert_eq!((a.calls().len(), b.calls().len()), (0, 2));
    hub.panic_client_session(one.id).await;
    one.wait_closed().await;
    // An instance comes back with its choice; a shell, each of whose calls is a process, finds it at the hub.
    let shell = FakeClient::connect(hub.port, "shell").await;
    let shells = shell.id;
    choose(&shell, &b.id.to_string()).await;
    shell.vanish();
    for id in [one.id, shells] {
        let back = FakeClient::connect_as(hub.port, "back", id).await;
        back.call("browser_snapshot", nothing()).await.unwrap();
    }
    assert_eq!((a.calls().len(), b.calls().len()), (0, 4));
    let id = b.id;
    let chosen = with_choice(&hub, id).await;
    b.vanish().await;
    let waiting = chosen.start(CallId::mint(), 1, "browser_snapshot", nothing(), Duration::from_secs(15)).await;
    let anew = FakeBrowser::connect_with(hub.port, id, tabhub::protocol::BrowserEpoch::mint(), echo).await;
    assert!(within("the answer", waiting).await.unwrap().outcome().unwrap().is_ok());
    assert_eq!((a.calls().len(), anew.calls().len()), (0, 1));
}

#[tokio::test]
async fn a_choice_outlives_the_hub_and_no_call_goes_to_another_browser_meanwhile() {
    let hub = TestHub::start().await;
    let a = FakeBrowser::connect(hub.port).await;
    let mine = BrowserId::mint();
    let one = with_choice(&hub, mine).await;
    let waiting = one.start(CallId::mint(), 1, "browser_snapshot", nothing(), Duration::from_secs(15)).await;
    one.call("browser_status", nothing()).await.unwrap();
    let b = FakeBrowser::connect_with(hub.port, mine, tabhub::protocol::BrowserEpoch::mint(), echo).await;
    assert!(within("the answer", waiting).await.unwrap().outcome().unwrap().is_ok());
    assert_eq!((a.calls().len(), b.calls().len()), (0, 1));
}

#[tokio::test]
async fn a_client_whose_chosen_browser_is_gone_is_told_so_and_may_choose_another() {
    let hub = TestHub::start_tuned(|_| {}, |tuning| tuning.browser_first = Duration::from_millis(200)).await;
    let a = FakeBrowser::connect(hub.port).await;
    let gone = BrowserId::mint();
    let one = with_choice(&hub, gone).await;
    let error = one.call("browser_navigate", json!({ "url": "https://a.test/" })).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NoBrowser);
    assert!(error.message.contains(&gone.to_string()) && error.next.contains("browser_browsers"), "{}", error.text());
    assert!(a.calls().is_empty(), "another profile has another person's logins");
    choose(&one, "standin").await;
    one.call("browser_snapshot", nothing()).await.unwrap();
    assert_eq!(a.calls().len(), 1);
}

#[tokio::test]
async fn a_repeat_whose_browser_does_not_come_back_goes_to_no_other_one() {
    let hub = TestHub::start_tuned(|_| {}, |tuning| tuning.browser_first = Duration::from_millis(200)).await;
    let other = FakeBrowser::connect(hub.port).await;
    eventually("the hub knows the other browser", || async { hub.status().await.browsers.len() == 1 }).await;
    // The client was at home there, without having chosen it: what has not run may go elsewhere, what may have may not.
    let at_home = tabhub::protocol::hello::InstanceHello { home: Some(BrowserId::mint()), ..hello("one") };
    let one = FakeClient::connect_with(hub.port, ClientId::mint(), at_home).await;
    let long = Duration::from_secs(10);
    let error = one.call_as(CallId::mint(), 2, "browser_click", json!({ "ref": "e1" }), long).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::OutcomeUnknown);
    assert!(other.calls().is_empty(), "{}", error.text());
    assert!(one.call_as(CallId::mint(), 1, "browser_click", json!({ "ref": "e1" }), long).await.is_ok());
    assert_eq!(other.calls().len(), 1);
}

#[tokio::test]
async fn a_name_goes_to_the_browser_that_keeps_it_and_is_unique() {
    let hub = TestHub::start().await;
    let (a, b) = two(&hub).await;
    let one = FakeClient::connect(hub.port, "one").await;
    choose(&one, &a.id.to_string()).await;
    let name = json!({ "action": "name", "browserId": "Standin 2", "name": "work" });
    one.call("browser_browsers", name).await.unwrap();
    assert_eq!((a.calls().len(), b.calls().len()), (0, 1), "it is told to the one that is named");
    b.send(Frame::Event(Event::Renamed { given_name: "work".to_owned() })).await;
    eventually("it is called so", || async { list(&one).await[1]["name"] == "work" }).await;
    assert_eq!(list(&one).await[1]["product"], "Standin");
    let taken = one.call("browser_browsers", json!({ "action": "name", "name": "Work" })).await.unwrap_err();
    assert_eq!(taken.code, ErrorCode::InvalidParams);
    assert!(taken.message.contains("already"), "{taken}");
    one.call("browser_browsers", json!({ "action": "name", "name": "home" })).await.unwrap();
    one.call("browser_snapshot", nothing()).await.unwrap();
    assert_eq!((a.calls().len(), b.calls().len()), (2, 1), "its own browser is still the one that it chose");
    let unknown = one.call("browser_browsers", json!({ "action": "use", "browserId": "play" })).await;
    // A hub this young waits for browsers that may be on their way.
    let unknown = unknown.unwrap_err();
    assert!(unknown.message.contains("\"play\"") && unknown.message.contains("\"work\""), "{unknown}");
}

#[tokio::test]
async fn a_client_without_a_browser_of_its_own_begins_in_the_one_that_the_person_used_last() {
    let hub = TestHub::start().await;
    let (a, b) = two(&hub).await;
    let focused = |at| Frame::Event(Event::Focus { at: Some(at) });
    b.send(focused(200)).await;
    a.send(focused(100)).await;
    let is_default = |rows: &[Value], n: usize| rows[n]["focused"] == true && rows[1 - n]["focused"] == false;
    let looker = FakeClient::connect(hub.port, "looker").await;
    eventually("the later one counts", || async { is_default(&list(&looker).await, 1) }).await;
    FakeClient::connect(hub.port, "one").await.call("browser_snapshot", nothing()).await.unwrap();
    assert_eq!((a.calls().len(), b.calls().len()), (0, 1));
    a.send(focused(300)).await;
    eventually("the person has turned to the other", || async { is_default(&list(&looker).await, 0) }).await;
    hub.house.router.tell(PanicNow);
    eventually("the next router knows it too", || async {
        let rows = list(&looker).await;
        rows.len() == 2 && rows.iter().any(|row| row["browserId"] == json!(a.id) && row["focused"] == true)
    })
    .await;
    FakeClient::connect(hub.port, "two").await.call("browser_snapshot", nothing()).await.unwrap();
    assert_eq!((a.calls().len(), b.calls().len()), (1, 1));
}
