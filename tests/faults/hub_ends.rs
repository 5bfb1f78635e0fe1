//! The hub ends in every way that there is, or is suspended: calls are answered all the same, nothing is left behind,
//! and what people read meanwhile helps them.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};
use tabhub::daemon::port_owner::{self, PortOwner};
use tabhub::instance::{Farewell, HubPlace, Link, LinkConfig, Phase};
use tabhub::protocol::ClientId;

use crate::home::{Home, TABHUB, is_alive, signal};
use crate::links::{call, connected_link, request, result, start_call, until};
use crate::short_or_long;
use crate::support::mcp::{McpProcess, text_of};
use crate::support::wanderer::Wanderer;
use crate::support::{eventually, within};

fn last_exit(home: &Home) -> String {
    home.status()["lastExit"]["reason"].as_str().unwrap_or_default().to_owned()
}

/// A link whose first hub meets these faults, and whose later hubs meet none.
fn link_with_faults(home: &Home, faults: &str) -> Link {
    use std::os::unix::fs::PermissionsExt as _;
    let (program, mark) = (home.path().join("first-time"), home.path().join("mark"));
    let mark = mark.display();
    let script =
        format!("#!/bin/sh\nmkdir '{mark}' 2>/dev/null && export TABHUB_FAULTS='{faults}'\nexec '{TABHUB}' \"$@\"\n");
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let finder = tabhub::daemon::Finder { exe: program, ..home.finder() };
    let (client_id, place) = (ClientId::mint(), HubPlace::Daemon);
    Link::start(LinkConfig { finder, client_id, grace_secs: None, farewell: Farewell::Done, place }).0
}

/// Whether this process listens anywhere.
fn listens(pid: u32) -> bool {
    let tcp = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let ports = tcp.lines().skip(1).filter_map(|row| {
        let fields: Vec<&str> = row.split_whitespace().collect();
        let port = u16::from_str_radix(fields[1].rsplit_once(':')?.1, 16).ok()?;
        (fields[3] == "0A").then_some(port)
    });
    ports
        .into_iter()
        .any(|port| matches!(port_owner::find(port), PortOwner::Process { pid: owner, .. } if owner == pid))
}

#[tokio::test]
async fn a_hub_that_is_killed_while_it_starts_is_started_anew_and_the_call_that_waits_is_answered() {
    for point in ["hub.claimed", "hub.listening", "hub.ready"] {
        let home = Home::new();
        let browser = Wanderer::start(home.settings().paths);
        let link = link_with_faults(&home, &format!("{point}=delay:600000"));
        let waiting = start_call(&link, request("browser_click"));
        eventually("a hub has begun to start", async || home.is_hub_alive() && home.hubs().len() == 1).await;
        let first = home.hubs()[0];
        eventually(point, async || match point {
            "hub.claimed" => true,
            "hub.listening" => listens(first),
            _ => home.path().join("hub.json").exists(),
        })
        .await;
        signal(first, Signal::KILL);
        let answer = within("the answer", waiting).await.unwrap();
        assert!(answer.is_ok(), "{point}: {answer:?}");
        assert_eq!(browser.calls("browser_click").len(), 1, "{point}");
        assert_eq!(home.hubs(), [home.hub().pid], "{point}");
        assert_ne!(home.hub().pid, first, "{point}");
        assert_eq!(link.last_error(), None, "{point}: {:?}", link.history());
    }
}

#[tokio::test]
async fn a_hub_that_is_killed_while_it_stops_leaves_its_calls_to_the_next_one() {
    let home = Home::new();
    // The first time it takes longer than anybody waits.
    let slow = |call: &tabhub::protocol::Call| match call.body.tool.as_str() {
        "browser_click" => Some(Duration::from_secs(2)),
        _ => Some(Duration::ZERO),
    };
    let (link, other) = (connected_link(&home).await, connected_link(&home).await);
    let browser = Wanderer::start_with(home.settings().paths, slow);
    browser.connected().await;
    let first = home.hub().pid;
    let running = start_call(&link, request("browser_click"));
    eventually("the browser has the call", async || browser.calls("browser_click").len() == 1).await;
    signal(first, Signal::TERM);
    until(&other, |phase| !phase.is_connected()).await;
    assert!(is_alive(first), "it waits for the call");
    signal(first, Signal::KILL);
    let answer = within("the answer", running).await.unwrap();
    assert!(answer.is_ok(), "{answer:?}");
    assert_eq!(browser.ran_twice(), []);
    assert_eq!(browser.calls("browser_click").len(), 2, "the next hub asked again, and the journal answered");
    until(&other, Phase::is_connected).await;
    assert_ne!(home.hub().pid, first);
    assert!(last_exit(&home).contains("killed"), "{}", last_exit(&home));
}

#[tokio::test]
async fn a_hub_that_is_killed_in_its_last_moment_frees_the_way_for_the_next_one() {
    let home = Home::new();
    let link = link_with_faults(&home, "hub.stopping=delay:600000");
    until(&link, Phase::is_connected).await;
    let browser = Wanderer::start(home.settings().paths);
    let first = home.hub().pid;
    signal(first, Signal::TERM);
    until(&link, |phase| !phase.is_connected()).await;
    let waiting = start_call(&link, request("browser_click"));
    eventually("the call is on its way to a hub", async || link.phase() != Phase::Reconnecting).await;
    assert_eq!(home.hubs(), [first], "while the old one holds its lock there is no other");
    signal(first, Signal::KILL);
    assert!(within("the answer", waiting).await.unwrap().is_ok());
    assert_ne!(home.hub().pid, first);
    assert_eq!(browser.calls("browser_click").len(), 1);
}

#[tokio::test]
async fn a_hub_that_gets_sigterm_lets_calls_finish_tells_everyone_and_leaves_nothing_behind() {
    let home = Home::new();
    let (link, idle) = (connected_link(&home).await, connected_link(&home).await);
    let plan = |_: &tabhub::protocol::Call| Some(Duration::from_millis(700));
    let browser = Wanderer::start_with(home.settings().paths, plan);
    browser.connected().await;
    let first = home.hub().pid;
    let running = start_call(&link, request("browser_click"));
    eventually("the browser has the call", async || browser.calls("browser_click").len() == 1).await;
    signal(first, Signal::TERM);
    let answer = within("the answer", running).await.unwrap();
    assert!(answer.is_ok(), "{answer:?}");
    eventually("its process has ended", async || !is_alive(first)).await;
    assert_eq!(browser.calls("browser_click").len(), 1, "it was finished, not left to the next one");
    for link in [&link, &idle] {
        until(link, |phase| phase == Phase::Reconnecting).await;
        let last = link.history().pop().unwrap();
        assert!(last.reason.contains("SIGTERM") && last.reason.contains("the next call starts a hub"), "{last:?}");
    }
    assert!(!home.is_hub_alive() && home.hubs().is_empty(), "nobody starts a hub that somebody has stopped");
    let status = home.status();
    assert_eq!(status["lastExit"], json!({ "pid": first, "at": status["lastExit"]["at"], "reason": "it got SIGTERM" }));
    assert!(call(&idle, request("browser_click")).await.is_ok(), "the next call starts the next hub");
    until(&link, Phase::is_connected).await;
    assert_eq!(home.hubs(), [home.hub().pid]);
    assert!(home.log().contains(&format!("the last hub was {first}: it got SIGTERM")), "{}", home.log());
}

#[tokio::test]
async fn a_second_signal_ends_a_stopping_hub_at_once() {
    let home = Home::new();
    let link = connected_link(&home).await;
    let idle = connected_link(&home).await;
    let browser = Wanderer::start_with(home.settings().paths, |call| (call.body.attempt > 1).then_some(Duration::ZERO));
    browser.connected().await;
    let first = home.hub().pid;
    let running = start_call(&link, request("browser_snapshot"));
    eventually("the browser has the call", async || browser.calls("browser_snapshot").len() == 1).await;
    signal(first, Signal::TERM);
    until(&idle, |phase| !phase.is_connected()).await;
    signal(first, Signal::INT);
    eventually("its process has ended", async || !is_alive(first)).await;
    assert!(within("the answer of the next hub", running).await.unwrap().is_ok());
    assert!(home.log().contains("it got SIGINT while it stopped, and waited for nothing more"), "{}", home.log());
}

#[tokio::test]
async fn a_hub_that_nobody_needed_is_gone_and_the_next_instance_starts_another() {
    let home = Home::set(&[("TABHUB_IDLE_EXIT", "0.3")]);
    let first = {
        let host = home.host("short").await;
        eventually("it has a hub", async || home.status()["clients"][0]["name"] == "short").await;
        let hub = home.hub().pid;
        assert!(host.close().await.success());
        hub
    };
    eventually("its process has ended", async || !is_alive(first)).await;
    assert!(!home.is_hub_alive());
    assert!(last_exit(&home).contains("nobody needed the hub"), "{}", last_exit(&home));
    let _host = home.host("next").await;
    eventually("there is a hub again", async || home.status()["clients"][0]["name"] == "next").await;
    assert_ne!(home.hub().pid, first);
}

/// How long a process is suspended.
fn pause() -> Duration {
    short_or_long(Duration::from_millis(1500), Duration::from_secs(10))
}

fn lost(link: &Link) -> Vec<String> {
    link.history().into_iter().map(|change| change.state).filter(|state| state == "reconnecting").collect()
}

#[tokio::test]
async fn a_suspended_hub_loses_nobody_is_not_replaced_and_people_are_told_what_to_do() {
    let home = Home::set(&[("TABHUB_START_TIMEOUT", "0.9")]);
    let (link, host) = (connected_link(&home).await, home.host("host").await);
    let browser = Wanderer::start(home.settings().paths);
    browser.connected().await;
    assert!(call(&link, request("browser_click")).await.is_ok());
    let has_hub =
        async |host: &McpProcess| text_of(&host.call("browser_status", json!({})).await).contains("Hub: tabhub");
    eventually("the host has its hub", || has_hub(&host)).await;
    let hub = home.hub().pid;
    signal(hub, Signal::STOP);
    let asked = tokio::time::Instant::now();
    let (by_link, by_host) = (
        start_call(&link, request("browser_click")),
        host.ask(
            "tools/call",
            json!({
                "name": "browser_click", "arguments": { "ref": "e2" },
            }),
        ),
    );
    let (_, by_host) = by_host.await;
    let advice = format!("kill -CONT {hub}");

    let newcomer = home.host("newcomer").await;
    let said = |tool: &'static str| async { text_of(&newcomer.call(tool, json!({ "ref": "e1" })).await) };
    eventually("a new instance says what is wrong", async || said("browser_status").await.contains(&advice)).await;
    let told = result(call(&link, request("browser_status")).await)["text"].as_str().unwrap().to_owned();
    assert!(told.contains(&advice) && told.contains("has not answered"), "{told}");
    let status = tokio::process::Command::from(home.command(["status"])).output().await.unwrap();
    let complaint = String::from_utf8(status.stderr).unwrap();
    assert_eq!((status.status.code(), String::from_utf8(status.stdout).unwrap().as_str()), (Some(1), ""));
    assert!(complaint.contains(&advice) && complaint.contains("is suspended"), "{complaint}");
    let json = tokio::process::Command::from(home.command(["status", "--json"])).output().await.unwrap();
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert!(json["hub"].is_null() && json["lastExit"].is_null(), "it was not killed: {json}");

    tokio::time::sleep_until(asked + pause()).await;
    assert_eq!(home.hubs(), [hub], "no second hub was started");
    signal(hub, Signal::CONT);
    assert!(within("the answer to the link", by_link).await.unwrap().is_ok());
    let answer = within("the answer to the host", by_host).await.unwrap();
    assert!(answer["result"]["isError"] != true && answer["error"].is_null(), "{answer}");
    assert_eq!(browser.ran_twice(), []);
    eventually("the newcomer has its hub, too", || has_hub(&newcomer)).await;
    assert_eq!(home.hubs(), [hub]);
    assert_eq!(lost(&link), [] as [&str; 0], "no connection was lost");
    assert_eq!(browser.book().welcomes.len(), 1, "nor the browser's");
}

#[tokio::test]
async fn a_suspended_instance_costs_nobody_else_anything_and_goes_on_where_it_was() {
    let home = Home::new();
    let (other, host) = (connected_link(&home).await, home.host("suspended").await);
    let plan = |_: &tabhub::protocol::Call| Some(Duration::from_millis(300));
    let browser = Wanderer::start_with(home.settings().paths, plan);
    browser.connected().await;
    let click = json!({ "name": "browser_click", "arguments": { "ref": "e1" } });
    let (_, answer) = host.ask("tools/call", click).await;
    eventually("the browser has the call", async || browser.calls("browser_click").len() == 1).await;
    let instance = host.child.id().unwrap();
    signal(instance, Signal::STOP);
    let since = tokio::time::Instant::now();
    while since.elapsed() < pause() {
        assert!(call(&other, request("browser_hover")).await.is_ok());
    }
    signal(instance, Signal::CONT);
    let answer = within("the answer", answer).await.unwrap();
    assert!(answer["result"]["isError"] != true && answer["error"].is_null(), "{answer}");
    assert!(!host.text("browser_click", json!({ "ref": "e2" })).await.is_empty());
    assert_eq!(browser.ran_twice(), []);
    let clients = home.status()["clients"].as_array().unwrap().clone();
    let row = clients.iter().find(|client| client["name"] == "suspended").unwrap();
    let states: Vec<_> = row["history"].as_array().unwrap().iter().map(|change| change["state"].clone()).collect();
    assert!(!states.contains(&json!("reconnecting")), "its connection held: {states:?}");
}
