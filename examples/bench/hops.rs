//! What the way costs: instance → hub → stand-in browser → back, beside a plain echo over the same two hops.

use std::path::Path;

use serde_json::json;
use serde_json::value::RawValue;
use tabhub::config::{Overrides, Settings};
use tabhub::daemon::Finder;
use tabhub::instance::{Farewell, HubPlace, Link, LinkConfig};
use tabhub::mcp::{Backend, CallRequest};
use tabhub::protocol::{CallId, ClientId, Deadline};

use crate::echo::Echo;
use crate::support::browser::{FakeBrowser, Reaction};
use crate::support::mcp::McpProcess;
use crate::{Bench, Figure, Home, median_ms, timed};

const TURNS: usize = 10;
const ROUNDS: usize = 200;

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
    let link = link_to(&home, &bench.tabhub);
    let server = McpProcess::start(&bench.tabhub, &[], &home.env(), "bench").await;
    let mut echo = Echo::start().await;
    let text = json!({ "jsonrpc": "2.0", "id": 1, "method": "a plain message of sixty bytes" }).to_string();
    let (mut from_host, mut from_instance, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    // In turns, so that all three see the same machine; each turn long enough to be at its own pace. The first warms up.
    for turn in 0..=TURNS {
        let (mut host_turn, mut instance_turn, mut plain_turn) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let (time, result) = timed(server.call("browser_hover", json!({ "ref": "e1" }))).await;
            assert_ne!(result["isError"], true, "{result}");
            host_turn.push(time);
        }
        for _ in 0..ROUNDS {
            let (time, result) = timed(link.call(hover())).await;
            assert!(result.is_ok(), "{result:?}");
            instance_turn.push(time);
        }
        for _ in 0..ROUNDS {
            plain_turn.push(timed(echo.round(&text)).await.0);
        }
        if turn > 0 {
            from_host.extend(host_turn);
            from_instance.extend(instance_turn);
            plain.extend(plain_turn);
        }
    }
    server.close().await;
    link.close().await;
    let _ = over.send(());
    let _ = standin.join();
    let plain = median_ms(plain);
    let figure = |name, limit, times| {
        let ours = median_ms(times);
        let note = format!("{:.1} times the echo", ours / plain);
        Figure { name, unit: "ms", limit, tabhub: ours, beside: Some(("plain echo, two hops", plain)), note }
    };
    vec![
        figure("instance to stand-in browser and back", Some(0.3), from_instance),
        figure("the same from the host, over stdio and MCP", None, from_host),
    ]
}

/// The link of an instance, in this process: what it costs without its host's pipe.
fn link_to(home: &Home, tabhub: &Path) -> Link {
    let env = home.env();
    let settings = Settings::from_sources(Overrides::default(), |name| {
        env.iter().find(|(n, _)| *n == name).map(|(_, value)| value.clone())
    });
    let finder = Finder { settings: settings.unwrap(), exe: tabhub.to_owned() };
    let (client_id, farewell, place) = (ClientId::mint(), Farewell::Done, HubPlace::Daemon);
    Link::start(LinkConfig { finder, client_id, grace_secs: None, farewell, place }).0
}

fn hover() -> CallRequest {
    CallRequest {
        id: CallId::mint(),
        tool: "browser_hover",
        params: RawValue::from_string(r#"{"ref":"e1"}"#.to_owned()).unwrap(),
        deadline: Deadline::after(std::time::Duration::from_secs(60)),
        progress: None,
    }
}
