//! What an instance and the hub take of the machine's memory: PSS, which counts shared pages by their share.

use serde_json::json;

use crate::support::mcp::McpProcess;
use crate::{Bench, Figure, median};

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
    let hub = pss_mib(home.hub_pid());
    for server in instances {
        server.close().await;
    }
    let peer = match bench.peer() {
        Some((program, args)) => {
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let server = McpProcess::start(&program, &args, &[], "bench").await;
            server.request("tools/list", json!({})).await;
            Some(("Playwright MCP", pss_mib(server.child.id().unwrap())))
        }
        None => None,
    };
    vec![
        Figure {
            name: "memory of one instance (PSS)",
            unit: "MiB",
            limit: Some(6.0),
            tabhub: one,
            beside: peer,
            note: format!("with ten running: {of_ten:.2} each"),
        },
        Figure {
            name: "memory of the hub, 10 clients (PSS)",
            unit: "MiB",
            limit: Some(20.0),
            tabhub: hub,
            beside: None,
            note: String::new(),
        },
    ]
}

fn pss_mib(pid: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).expect("Linux tells the PSS");
    let line = text.lines().find(|line| line.starts_with("Pss:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}
