//! What an instance and the hub take of the machine's memory: PSS, which counts shared pages by their share.

use serde_json::json;

use crate::fleet::{Fleet, Port};
use crate::standin::Standin;
use crate::support::mcp::McpProcess;
use crate::{Bench, Figure, median};

/// How many clients are connected when the hub's memory is looked at.
const SIZES: [usize; 4] = [0, 10, 100, 1000];

pub async fn measure(bench: &Bench) -> Vec<Figure> {
    let home = bench.home();
    home.run(&["start"]);
    let alone = McpProcess::start(&bench.tabhub, &[], &home.env(), "alone").await;
    alone.request("tools/list", json!({})).await;
    alone.call("browser_status", json!({})).await;
    let one = pss_mib(alone.child.id().unwrap());
    let mut instances = vec![alone];
    for n in 1..10 {
        let server = McpProcess::start(&bench.tabhub, &[], &home.env(), &format!("bench {n}")).await;
        server.request("tools/list", json!({})).await;
        server.call("browser_status", json!({})).await;
        instances.push(server);
    }
    let of_ten = median(instances.iter().map(|server| pss_mib(server.child.id().unwrap())).collect());
    let hub = pss_mib(home.hub().pid);
    for server in instances {
        server.close().await;
    }
    let mut peers = Vec::new();
    for peer in bench.peers() {
        let server = McpProcess::start(&peer.program, &peer.args(), &peer.env(), "bench").await;
        server.request("tools/list", json!({})).await;
        peers.push((peer.name, pss_mib(server.child.id().unwrap())));
    }
    let note = format!("with ten running: {of_ten:.2} each");
    let mut figures = vec![
        Figure::new("memory of one instance (PSS)", "MiB", one).at_most(6.0).beside(peers).note(note),
        Figure::new("memory of the hub, 10 clients (PSS)", "MiB", hub).at_most(20.0),
    ];
    figures.extend(of_many(bench).await);
    figures
}

/// The hub with more and more clients, each of which has called once.
async fn of_many(bench: &Bench) -> [Figure; 2] {
    let home = bench.home();
    home.run(&["start"]);
    let hub = home.hub();
    let pid = hub.pid;
    let _standin = Standin::start(&home).await;
    let mut fleet = Fleet::new(Port::Hub(Box::new(hub)));
    let mut seen = Vec::new();
    for size in SIZES {
        fleet.grow(size).await;
        for client in 0..size {
            fleet.call(client).await;
        }
        seen.push(pss_mib(pid));
    }
    let [none, ten, hundred, thousand] = seen[..] else { unreachable!("one for each size") };
    let note = format!("with none {none:.2}, with 10 {ten:.2}, with 100 {hundred:.2}");
    [
        Figure::new("memory of the hub, 1,000 clients (PSS)", "MiB", thousand).at_most(100.0).note(note),
        Figure::new("memory of the hub for each client", "KiB", (thousand - none) * 1024.0 / 1000.0),
    ]
}

fn pss_mib(pid: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).expect("Linux tells the PSS");
    let line = text.lines().find(|line| line.starts_with("Pss:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}
