//! Hosts over HTTP and over stdio at once, against one real browser.

use serde_json::json;

use crate::home::Home;
use crate::hosts::{browser_for, hub_of};
use crate::support::eventually;
use crate::support::http::{Alone, Session, next_id, text};
use crate::support::site::{Page, Site};

#[tokio::test]
async fn hosts_over_http_and_over_stdio_drive_one_browser_at_once_each_in_its_own_tab() {
    let home = Home::new();
    let stdio = home.host("stdio").await;
    hub_of(&stdio).await;
    let _chromium = browser_for(&home).await;
    let site = Site::serve(|path| {
        let name = path.trim_start_matches('/');
        Page::html(format!("<title>Page of {name}</title><h1>This is {name}</h1><p id=slow></p>"))
    })
    .await;
    let token = home.ok(["token"]).trim().to_owned();
    let port = home.hub().mcp_port.expect("HTTP is served");
    let session = Session::open_with(port, "/mcp", "session", &json!({}), &token).await;
    let alone = Alone { token, ..Alone::at(port, "shop", "modern") };
    let url = |name: &str| json!({ "url": site.url(&format!("/{name}")) });
    let opened = tokio::join!(
        stdio.text("browser_navigate", url("stdio")),
        session.call("browser_navigate", url("session")),
        alone.call("browser_navigate", url("shop")),
    );
    let seen = [opened.0, text(&opened.1), text(&opened.2)];
    for (mine, name) in seen.iter().zip(["stdio", "session", "shop"]) {
        assert!(mine.contains(&format!("This is {name}")), "{name}: {mine}");
    }
    for _ in 0..5 {
        let seen = tokio::join!(
            stdio.text("browser_get_text", json!({})),
            session.call("browser_get_text", json!({})),
            alone.call("browser_get_text", json!({})),
        );
        let seen = [seen.0, text(&seen.1), text(&seen.2)];
        for (mine, name) in seen.iter().zip(["stdio", "session", "shop"]) {
            assert!(mine.contains(&format!("This is {name}")), "{name}: {mine}");
        }
    }
    let status = home.status();
    let clients = status["clients"].as_array().unwrap();
    assert_eq!(clients.len(), 3, "{status}");
    for client in clients {
        assert_eq!(client["tabs"].as_array().unwrap().len(), 1, "{client}");
        assert_eq!(client["tabs"][0]["title"], format!("Page of {}", client["name"].as_str().unwrap()));
    }
    assert_eq!(session.delete().await, 202);
    eventually("its tab is nobody's", async || {
        let status = home.status();
        status["clients"].as_array().unwrap().len() == 2 && status["browsers"][0]["held"] == 2
    })
    .await;

    // A host that goes away in the middle of a wait: the wait ends, and the next call in that tab need not wait for it.
    let waits = json!({ "name": "browser_wait_for", "arguments": { "text": "never", "time": 50 } });
    let sent = tokio::spawn(alone.request(next_id(), "tools/call", waits).send());
    let in_flight = || home.status()["browsers"][0]["inFlight"].clone();
    eventually("the wait is in the browser", async || in_flight() == 1).await;
    sent.abort();
    eventually("the wait was cancelled in the page", async || in_flight() == 0).await;
    assert!(text(&alone.call("browser_get_text", json!({})).await).contains("This is shop"));
}
