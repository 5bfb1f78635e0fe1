//! What the way costs: instance → hub → stand-in browser → back, beside a plain echo over the same two hops.

use serde_json::json;

use crate::echo::Echo;
use crate::support::browser::{FakeBrowser, Reaction};
use crate::support::mcp::McpProcess;
use crate::{Bench, Figure, median_ms, timed};

const ROUNDS: usize = 2000;

pub async fn measure(bench: &Bench) -> Vec<Figure> {
    let home = bench.home();
    home.run(&["start"]);
    let port = home.port();
    // The stand-in has a thread of its own, as a browser has a process of its own.
    let (ready, is_ready) = tokio::sync::oneshot::channel();
    let (over, is_over) = tokio::sync::oneshot::channel::<()>();
    let standin = std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async move {
            let answer = json!({ "page": { "tabId": 1, "url": "about:blank", "title": "" }, "text": "done" });
            let react = move |_: &_| Reaction::Answer(answer.clone());
            let ids = (tabhub::protocol::BrowserId::mint(), tabhub::protocol::BrowserEpoch::mint());
            let _browser = FakeBrowser::connect_with(port, ids.0, ids.1, react).await;
            let _ = ready.send(());
            let _ = is_over.await;
        });
    });
    is_ready.await.unwrap();
    let server = McpProcess::start(&bench.tabhub, &[], &home.env(), "bench").await;
    let mut echo = Echo::start().await;
    let text = json!({ "jsonrpc": "2.0", "id": 1, "method": "a plain message of sixty bytes" }).to_string();
    let (mut ours, mut plain) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS + 200 {
        let (time, result) = timed(server.call("browser_hover", json!({ "ref": "e1" }))).await;
        assert_ne!(result["isError"], true, "{result}");
        let (echo_time, ()) = timed(echo.round(&text)).await;
        if round >= 200 {
            ours.push(time);
            plain.push(echo_time);
        }
    }
    server.close().await;
    let _ = over.send(());
    let _ = standin.join();
    let (ours, plain) = (median_ms(ours), median_ms(plain));
    vec![Figure {
        name: "instance to stand-in browser and back",
        unit: "ms",
        limit: Some(0.3),
        tabhub: ours,
        beside: Some(("plain echo", plain)),
        note: format!("{:.1} times the echo (at most 3), stdio and MCP included", ours / plain),
    }]
}
