//! Native messaging in real Chromium: the extension connects by it, and is back by itself whatever dies.

use rustix::process::Signal;
use serde_json::json;
use tabhub::protocol::EXTENSION_ID;

use crate::home::{Home, signal};
use crate::hosts::hub_of;
use crate::reference;
use crate::support::chromium::Chromium;
use crate::support::eventually;
use crate::support::mcp::McpProcess;
use crate::support::site::{Page, Site};

async fn counter() -> Site {
    Site::serve(|_| {
        Page::html(
            "<title>Count</title><button onclick=\"this.textContent = 'n' + (window.n = (window.n || 0) + 1)\">n0</button>",
        )
    })
    .await
}

fn is_connected(home: &Home) -> bool {
    home.status()["browsers"].as_array().is_some_and(|browsers| browsers.iter().any(|b| b["connected"] == true))
}

/// Sets native messaging up in a browser's profile, as a person does.
fn install(home: &Home, folder: &std::path::Path) {
    home.ok(["install", "--user-data-dir", folder.join("profile").to_str().unwrap()]);
}

/// What the popup says of the link.
async fn popup(chromium: &Chromium) -> String {
    chromium.show(&format!("chrome-extension://{EXTENSION_ID}/popup.html")).await;
    let status = "document.getElementById('status').textContent";
    let text = async || chromium.in_page("popup.html", status).await.as_str().unwrap_or_default().to_owned();
    eventually("the popup says something", async || text().await.contains("port")).await;
    text().await
}

async fn click(host: &McpProcess, button: &str, count: u32) {
    let text = host.text("browser_click", json!({ "ref": button })).await;
    assert!(text.contains(&format!("\"n{count}\"")), "{text}");
}

#[tokio::test]
async fn a_browser_by_native_messaging_needs_no_pairing_and_is_back_whatever_dies() {
    let home = Home::new();
    let host = home.host("one").await;
    hub_of(&host).await;
    let chromium = Chromium::launch_prepared(home.port(), "", |folder| {
        // Nothing but native messaging tells the extension where the hub is.
        std::fs::remove_file(folder.join("extension/hub.json")).unwrap();
        install(&home, folder);
    });
    eventually("the extension is connected", async || is_connected(&home)).await;
    let site = counter().await;
    let page = host.text("browser_navigate", json!({ "url": site.url("/") })).await;
    let button = reference(&page, "button \"n0\"");
    click(&host, &button, 1).await;
    let first = home.native_hosts();
    assert_eq!(first.len(), 1, "{first:?}");
    assert!(popup(&chromium).await.contains("by native messaging"));

    signal(first[0], Signal::KILL);
    click(&host, &button, 2).await;
    eventually("the next native host", async || {
        let now = home.native_hosts();
        now.len() == 1 && now != first
    })
    .await;

    let hosts = home.native_hosts();
    for count in 3..8 {
        home.kill_hub();
        click(&host, &button, count).await;
    }
    assert_eq!(home.native_hosts(), hosts, "it outlives the hubs");

    chromium.stop_workers().await;
    click(&host, &button, 8).await;
    eventually("one native host, of the worker that lives", async || home.native_hosts().len() == 1).await;
}

#[tokio::test]
async fn a_browser_goes_on_by_websocket_when_native_messaging_is_taken_away() {
    let home = Home::new();
    let host = home.host("one").await;
    hub_of(&host).await;
    let chromium = Chromium::launch_prepared(home.port(), &home.secret(), |folder| install(&home, folder));
    eventually("the extension is connected by native messaging", async || {
        is_connected(&home) && home.native_hosts().len() == 1
    })
    .await;
    let site = counter().await;
    let page = host.text("browser_navigate", json!({ "url": site.url("/") })).await;
    let button = reference(&page, "button \"n0\"");
    click(&host, &button, 1).await;

    home.ok(["uninstall", "--user-data-dir", chromium.folder().join("profile").to_str().unwrap()]);
    signal(home.native_hosts()[0], Signal::KILL);
    click(&host, &button, 2).await;
    eventually("no native host", async || home.native_hosts().is_empty()).await;
    let said = popup(&chromium).await;
    assert!(said.starts_with("Connected to the hub") && !said.contains("native"), "{said}");
}
