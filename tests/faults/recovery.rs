//! How long twenty clients wait when their hub is killed. A measurement, not a test: machines differ.
//!
//! `TABHUB_BIN=target/release/tabhub cargo test --test faults recovery -- --ignored --nocapture`

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use crate::home::{Home, TABHUB, signal};
use crate::support::eventually;
use crate::support::mcp::McpProcess;
use crate::support::wanderer::Wanderer;

const CLIENTS: usize = 20;
const KILLS: usize = 20;

/// From the kill to the answer of each client's first call, in milliseconds.
async fn recover(home: &Home, hosts: &[McpProcess], is_working: bool) -> Vec<f64> {
    let hub = home.hub().pid;
    let click = || json!({ "name": "browser_click", "arguments": { "ref": "e1" } });
    let mut under_way = Vec::new();
    if is_working {
        for host in hosts {
            under_way.push(host.ask("tools/call", click()).await.1);
        }
    }
    let began = Instant::now();
    signal(hub, Signal::KILL);
    if !is_working {
        for host in hosts {
            under_way.push(host.ask("tools/call", click()).await.1);
        }
    }
    let waits = under_way.into_iter().map(|answer| async move {
        let answer = answer.await.unwrap();
        assert!(answer["error"].is_null() && answer["result"]["isError"] != true, "{answer}");
        began.elapsed().as_secs_f64() * 1000.0
    });
    futures_util::future::join_all(waits).await
}

#[tokio::test]
#[ignore = "a measurement"]
#[allow(clippy::print_stdout, reason = "it is what this is for")]
async fn measure() {
    let program = std::env::var_os("TABHUB_BIN").map_or_else(|| PathBuf::from(TABHUB), PathBuf::from);
    let program = std::path::absolute(program).unwrap();
    for is_working in [false, true] {
        let home = Home::new();
        let mut hosts = Vec::new();
        for n in 0..CLIENTS {
            hosts.push(McpProcess::start(&program, &[], &home.env(), &format!("host-{n}")).await);
        }
        // A call under way at the kill is one that the browser has.
        let plan = move |call: &tabhub::protocol::Call| {
            Some(Duration::from_millis(if is_working && call.body.attempt == 1 { 30 } else { 0 }))
        };
        let browser = Wanderer::start_with(home.settings().paths, plan);
        browser.connected().await;
        for host in &hosts {
            host.text("browser_click", json!({ "ref": "e1" })).await;
        }
        let (mut all, mut each) = (Vec::new(), Vec::new());
        for _ in 0..KILLS {
            let times = recover(&home, &hosts, is_working).await;
            all.push(times.iter().copied().fold(0.0, f64::max));
            each.extend(times);
            eventually("everyone is settled", async || {
                home.status()["clients"].as_array().is_some_and(|clients| clients.len() == CLIENTS)
            })
            .await;
            tokio::time::sleep(Duration::from_millis(1200)).await;
        }
        let name = if is_working { "with calls under way" } else { "idle" };
        for (what, mut times) in [("all clients", all), ("a client", each)] {
            times.sort_by(f64::total_cmp);
            let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
            println!("{name}, {what}: median {median:.0} ms, worst {worst:.0} ms");
        }
    }
}
