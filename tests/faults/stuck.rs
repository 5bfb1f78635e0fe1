//! What does not die and does not answer either: an actor that hears nothing is named and then replaced, a hub whose
//! thread stands still is ended by its watchdog, and one that was only suspended is not.

use std::time::Duration;

use futures_util::future::join_all;
use rustix::process::Signal;
use serde_json::{Value, json};
use tabhub::protocol::status::Status;

use crate::desk::Desk;
use crate::home::{Home, signal};
use crate::links::{call, connected_link, request, result, start_call};
use crate::support::journal::{JournalBrowser, Setup, find_in};
use crate::support::{eventually, within};

const CLIENTS: usize = 3;
const TIME: Duration = Duration::from_secs(60);
/// Each actor, the point at which it stops to hear, and how the status names it.
const ACTORS: [(&str, &str, &str); 5] = [
    ("Supervisor", "supervisor.start", "Supervisor"),
    ("ClientRegistry", "registry.register", "ClientRegistry"),
    ("Router", "router.call", "Router"),
    ("BrowserSession", "browser.call", "BrowserSession of Journal"),
    ("ClientSession", "client.call", "ClientSession of client-0"),
];

#[tokio::test]
async fn an_actor_that_hears_nothing_is_replaced_and_its_calls_are_answered() {
    for (actor, point, _) in ACTORS {
        let desk = Desk::tuned(CLIENTS, |tuning| tuning.health_interval = Duration::from_millis(60)).await;
        desk.hub.house.faults.arm(&format!("{point}=delay:3600000")).unwrap();
        let visitor = desk.come("visitor");
        let calls: Vec<_> = (0..CLIENTS).map(|n| desk.start(n, "browser_click", json!({}), TIME)).collect();
        for made in calls {
            let done = made.done().await;
            assert!(done.outcome.is_ok(), "{actor}: {:?}", done.outcome);
            done.is_honest(&desk);
        }
        eventually("it is replaced", async || desk.hub.restarts(actor) == 1).await;
        eventually("the visitor is there", async || visitor.link.phase().is_connected()).await;
        assert!(visitor.start("browser_click", json!({}), TIME).done().await.outcome.is_ok());
        visitor.link.close().await;
        for (other, ..) in ACTORS.iter().filter(|(other, ..)| *other != actor) {
            assert_eq!(desk.hub.restarts(other), 0, "{actor} took {other} with it");
        }
        desk.is_well().await;
    }
}

#[tokio::test]
async fn the_status_names_who_does_not_answer_and_never_waits_long_for_it() {
    join_all(ACTORS.map(|(actor, point, name)| async move {
        let desk = Desk::of(2).await;
        desk.hub.house.faults.arm(&format!("{point}=delay:4000")).unwrap();
        let visitor = desk.come("visitor");
        let deaf = desk.start(0, "browser_click", json!({}), TIME);
        eventually("it is named", async || unwell(&desk.hub.status().await) == [name]).await;
        // Whoever asks through a call hears it as well, and before the actor is back.
        let told = desk.start(1, "browser_status", json!({}), TIME).done().await.outcome.unwrap();
        let told: Status = serde_json::from_value(told["value"].clone()).unwrap();
        assert_eq!(unwell(&told), [name]);
        assert!(deaf.done().await.outcome.is_ok());
        eventually("it is well again", async || unwell(&desk.hub.status().await).is_empty()).await;
        assert_eq!(desk.hub.restarts(actor), 0, "it came back by itself");
        drop(visitor);
    }))
    .await;
}

fn unwell(status: &Status) -> Vec<&str> {
    status.hub.iter().flat_map(|hub| hub.unwell.iter().map(String::as_str)).collect()
}

/// A home with a hub in which these faults wait; a hub that follows has none.
async fn home_with(faults: &str, settings: &[(&'static str, &str)]) -> (Home, JournalBrowser) {
    let home = Home::set(settings);
    let started = home.command(["start"]).env("TABHUB_FAULTS", faults).output().unwrap();
    assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
    let browser = JournalBrowser::start(find_in(home.path()), Setup::default());
    eventually("the browser is there", async || browser.is_connected()).await;
    (home, browser)
}

#[tokio::test]
async fn people_and_models_are_told_which_actor_does_not_answer() {
    let (home, _browser) = home_with("router.call=delay:3600000", &[]).await;
    let (link, host) = (connected_link(&home).await, home.host("curious").await);
    let _deaf = start_call(&link, request("browser_click"));
    eventually("models are told", async || {
        let said = host.text("browser_status", json!({})).await;
        said.contains("Without an answer now: Router.") && said.contains("Browsers: not known now")
    })
    .await;
    let said = home.ok_meanwhile(["status"]).await;
    assert!(said.contains("Without an answer now: Router.") && said.contains("not known now"), "{said}");
    assert!(!said.contains("No browser is connected"), "{said}");
    let json: Value = serde_json::from_str(&home.ok_meanwhile(["status", "--json"]).await).unwrap();
    assert_eq!(json["hub"]["unwell"], json!(["Router"]));
}

#[tokio::test]
async fn a_hub_that_stands_still_is_ended_by_its_watchdog_and_the_next_one_answers_and_says_why() {
    let (home, browser) = home_with("router.call=jam:3600000", &[("TABHUB_WATCHDOG", "1")]).await;
    let (link, other, host) = (connected_link(&home).await, connected_link(&home).await, home.host("host").await);
    let jammed = home.hub().pid;
    let calls = [start_call(&link, request("browser_click")), start_call(&other, request("browser_snapshot"))];
    host.text("browser_click", json!({ "ref": "e1" })).await;
    for call in calls {
        assert!(within("the answer", call).await.unwrap().is_ok());
    }
    assert_ne!(home.hub().pid, jammed);
    assert!(browser.record(|record| record.effects.values().all(|effects| effects.len() == 1)));
    let why = "its actors stood still for 1s, and its watchdog ended it";
    let status = home.status();
    assert_eq!((&status["lastExit"]["pid"], &status["lastExit"]["reason"]), (&json!(jammed), &json!(why)));
    assert!(host.text("browser_status", json!({})).await.contains(&format!("Last hub ended: {why}")));
    let told = result(call(&link, request("browser_status")).await);
    assert_eq!(told["value"]["lastExit"]["reason"], why);
    let log = std::fs::read_to_string(home.settings().paths.hub_log()).unwrap();
    assert!(log.contains(&format!("the last hub was {jammed}: {why}")), "{log}");
}

#[tokio::test]
async fn where_no_hub_follows_one_that_stood_still_the_status_says_why() {
    let (home, _browser) = home_with("client.call=jam:3600000", &[("TABHUB_WATCHDOG", "0.5")]).await;
    let (link, jammed) = (connected_link(&home).await, home.hub().pid);
    let _never = start_call(&link, request("browser_click"));
    // It stands still as soon as it has the call: from then on nobody gets an answer, and the instance is told to end.
    eventually("the hub does not answer", async || home.run(["status"]).code() != 0).await;
    link.close().await;
    eventually("the hub is gone", async || !home.is_hub_alive()).await;
    let said = home.run(["status"]).stdout();
    let why = format!("The last one (process {jammed}) ended: its actors stood still for 500ms");
    assert!(said.contains("No hub runs") && said.contains(&why), "{said}");
}

#[tokio::test]
async fn a_hub_that_was_suspended_for_longer_than_its_watchdog_waits_is_forgiven() {
    let (home, _browser) = home_with("", &[("TABHUB_WATCHDOG", "0.5")]).await;
    let link = connected_link(&home).await;
    let pid = home.hub().pid;
    for _ in 0..3 {
        signal(pid, Signal::STOP);
        let waiting = start_call(&link, request("browser_click"));
        // Three times as long as it would take a jam to be noticed.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        signal(pid, Signal::CONT);
        assert!(within("the answer", waiting).await.unwrap().is_ok());
    }
    assert_eq!((home.hub().pid, home.is_hub_alive()), (pid, true));
}
