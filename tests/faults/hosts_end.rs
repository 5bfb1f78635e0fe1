//! Hosts end in every way that there is: an instance lives exactly as long as its host holds the other ends of its
//! pipes, and one that is killed takes nothing from anybody else.

use std::path::Path;

use rustix::process::Signal;
use serde_json::{Value, json};
use tabhub::protocol::ClientId;

use crate::home::{Home, TABHUB, is_alive, signal};
use crate::links::{call, connected_link, request};
use crate::short_or_long;
use crate::support::browser::tab;
use crate::support::mcp::McpProcess;
use crate::support::wanderer::Wanderer;
use crate::support::{eventually, within};

/// A host of two programs, as most are: it holds the pipes of the instance that it starts, and passes lines on.
const HOST: &str = "
    const { spawn } = require('node:child_process');
    const server = spawn(process.argv[1], ['stdio'], { stdio: ['pipe', 'pipe', 'ignore'] });
    process.stdin.on('data', (lines) => server.stdin.write(lines));
    server.stdout.on('data', (lines) => process.stdout.write(lines));
";

/// A wrapper as `npx` is: what it starts has its own streams.
const WRAPPER: &str = "require('node:child_process').spawn(process.argv[1], ['stdio'], { stdio: 'inherit' });";

async fn host_of_two(home: &Home, name: &str) -> (McpProcess, u32) {
    started(home, Path::new("node"), &["-e", HOST, TABHUB], name).await
}

/// A program with an instance behind it, and that instance's process.
async fn started(home: &Home, program: &Path, args: &[&str], name: &str) -> (McpProcess, u32) {
    let host = McpProcess::start(program, args, &home.env(), name).await;
    eventually("its instance is a client", async || client(home, name).is_some()).await;
    let instance = child_of(host.child.id().unwrap());
    assert_eq!(std::fs::read_link(format!("/proc/{instance}/exe")).unwrap(), Path::new(TABHUB));
    (host, instance)
}

fn child_of(pid: u32) -> u32 {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    children.split_whitespace().next().expect("it has a child").parse().unwrap()
}

fn client(home: &Home, name: &str) -> Option<Value> {
    home.status()["clients"].as_array()?.iter().find(|client| client["name"] == name).cloned()
}

#[tokio::test]
async fn an_instance_ends_with_its_host_also_when_the_host_is_killed() {
    let home = Home::new();
    let browser = Wanderer::start(home.settings().paths);
    let (host, instance) = host_of_two(&home, "doomed").await;
    browser.connected().await;
    assert!(!host.text("browser_click", json!({ "ref": "e1" })).await.is_empty());
    signal(host.child.id().unwrap(), Signal::KILL);
    eventually("the instance has ended", async || !is_alive(instance)).await;
    eventually("its client is gone at once", async || client(&home, "doomed").is_none()).await;
    assert!(home.is_hub_alive(), "the hub is not the host's");
}

#[tokio::test]
async fn a_wrapper_that_goes_away_alone_does_not_end_the_instance_behind_it() {
    let wrappers: [(&str, &[&str]); 2] = [
        ("sh", &["-c", "\"$0\" stdio; true", TABHUB]), //
        ("node", &["-e", WRAPPER, TABHUB]),
    ];
    for (program, args) in wrappers {
        let home = Home::new();
        let browser = Wanderer::start(home.settings().paths);
        let (mut host, instance) = started(&home, Path::new(program), args, "wrapped").await;
        browser.connected().await;
        signal(host.child.id().unwrap(), Signal::KILL);
        within("the wrapper's end", host.child.wait()).await.unwrap();
        for _ in 0..3 {
            assert!(!host.text("browser_click", json!({ "ref": "e1" })).await.is_empty(), "{program}");
        }
        assert!(is_alive(instance), "{program}");
        host.close().await;
        eventually("it ends with its input", async || !is_alive(instance)).await;
        eventually("and its client is gone", async || client(&home, "wrapped").is_none()).await;
    }
}

#[tokio::test]
async fn a_suspended_host_keeps_its_instance_and_finds_its_answers_when_it_goes_on() {
    let home = Home::new();
    let browser = Wanderer::start(home.settings().paths);
    let (host, instance) = host_of_two(&home, "suspended").await;
    let other = connected_link(&home).await;
    browser.connected().await;
    let pid = host.child.id().unwrap();
    let click = json!({ "name": "browser_click", "arguments": { "ref": "e1" } });
    let (_, answer) = host.ask("tools/call", click).await;
    eventually("the browser has the call", async || browser.calls("browser_click").len() == 1).await;
    signal(pid, Signal::STOP);
    let since = tokio::time::Instant::now();
    while since.elapsed() < short_or_long(std::time::Duration::from_secs(1), std::time::Duration::from_secs(10)) {
        assert!(call(&other, request("browser_hover")).await.is_ok());
    }
    assert!(is_alive(instance));
    assert_eq!(client(&home, "suspended").unwrap()["state"], "ready");
    signal(pid, Signal::CONT);
    let answer = within("the answer", answer).await.unwrap();
    assert!(answer["result"]["isError"] != true && answer["error"].is_null(), "{answer}");
    assert!(!host.text("browser_click", json!({ "ref": "e2" })).await.is_empty());
}

#[tokio::test]
async fn an_instance_that_is_killed_in_mid_call_keeps_its_tabs_for_the_grace_and_costs_nobody_else_anything() {
    let home = Home::set(&[("TABHUB_LEASE_GRACE", "3")]);
    let plan = |call: &tabhub::protocol::Call| (call.body.tool != "browser_click").then_some(std::time::Duration::ZERO);
    let browser = Wanderer::start_with(home.settings().paths, plan);
    let (mut doomed, other) = (home.host("doomed").await, connected_link(&home).await);
    browser.connected().await;
    eventually("it is a client", async || client(&home, "doomed").is_some()).await;
    let id = ClientId(client(&home, "doomed").unwrap()["id"].as_str().unwrap().parse().unwrap());
    browser.tell_tabs(vec![tab(7, Some(id), true)]);
    let click = json!({ "name": "browser_click", "arguments": { "ref": "e1" } });
    let _ = doomed.ask("tools/call", click).await;
    eventually("the browser has the call", async || browser.calls("browser_click").len() == 1).await;
    let key = (id, browser.calls("browser_click")[0].id);
    eventually("its tab is known", async || client(&home, "doomed").is_some_and(|c| c["tabs"][0]["tabId"] == 7)).await;
    doomed.child.kill().await.unwrap();
    eventually("it is away", async || client(&home, "doomed").is_none_or(|c| c["state"] == "reconnecting")).await;
    let away = client(&home, "doomed").expect("its grace has only begun");
    assert_eq!(away["tabs"][0]["tabId"], 7, "its tab is its own meanwhile: {away}");
    eventually("the grace is over", async || {
        // Nobody else has to wait for anything.
        assert!(call(&other, request("browser_hover")).await.is_ok());
        browser.book().gone.contains(&id)
    })
    .await;
    eventually("the call was stopped in the browser", async || browser.book().cancels.contains(&key)).await;
    assert!(client(&home, "doomed").is_none());
    assert_eq!(browser.ran_twice(), []);
}
