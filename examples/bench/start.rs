//! How fast an instance is there, and how fast a first status comes where no hub runs.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::support::mcp::{McpProcess, text_of};
use crate::{Bench, Figure, median_ms, timed};

pub async fn measure(bench: &Bench) -> Vec<Figure> {
    let home = bench.home();
    home.run(&["start"]);
    let ours = initialize_times(&bench.tabhub, &[], &home.env(), 40).await;
    let mut peers = Vec::new();
    for peer in bench.peers() {
        let times = initialize_times(&peer.program, &peer.args(), &peer.env(), 5).await;
        peers.push((peer.name, median_ms(&times)));
    }
    let mut first = Vec::new();
    for _ in 0..10 {
        let home = bench.home();
        let (time, server) = timed(async {
            let server = McpProcess::start(&bench.tabhub, &[], &home.env(), "bench").await;
            let status = server.call("browser_status", json!({})).await;
            assert!(text_of(&status).contains("hub"), "{status}");
            server
        })
        .await;
        first.push(time);
        server.close().await;
    }
    vec![
        Figure::new("spawn to initialize answered", "ms", median_ms(&ours)).at_most(5.0).beside(peers),
        Figure::new("first browser_status, no hub running", "ms", median_ms(&first))
            .at_most(100.0)
            .note("from spawn, the hub's start included"),
    ]
}

async fn initialize_times(program: &Path, args: &[&str], env: &[(&str, String)], runs: usize) -> Vec<Duration> {
    let mut times = Vec::new();
    for _ in 0..runs {
        let (time, server) = timed(async {
            let server = McpProcess::spawn(program, args, env);
            server.initialize("bench").await;
            server
        })
        .await;
        times.push(time);
        server.close().await;
    }
    times
}
