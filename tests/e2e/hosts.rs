//! Real instances as hosts spawn them, over MCP, against one real browser.

use std::time::Duration;

use serde_json::{Value, json};

use crate::home::Home;
use crate::support::chromium::Chromium;
use crate::support::eventually;
use crate::support::mcp::{McpProcess, text_of};
use crate::support::site::{Page, Site};

fn page_of(path: &str) -> Page {
    let name = path.trim_start_matches('/');
    Page::html(format!(
        "<title>Page of {name}</title><h1>This is {name}</h1><button onclick=\"this.textContent = 'Done by {name}'\">Do {name}</button>"
    ))
}

/// Waits until the host's instance has its hub: `browser_status` itself never waits for one.
pub async fn hub_of(host: &McpProcess) {
    let status = || host.text("browser_status", json!({}));
    eventually("the instance has its hub", || async { status().await.contains("You are") }).await;
}

/// A browser on the home's hub, connected.
pub async fn browser_for(home: &Home) -> Chromium {
    let chromium = Chromium::launch(home.port(), &home.secret());
    eventually("the browser is connected", || async {
        home.status()["browsers"].as_array().is_some_and(|b| b.iter().any(|b| b["connected"] == true))
    })
    .await;
    chromium
}

#[tokio::test]
async fn ten_instances_started_at_once_elect_one_hub_and_never_mix_up_their_pages() {
    let home = Home::new();
    let hosts = futures_util::future::join_all((0..10).map(|n| {
        let home = &home;
        async move { home.host(&format!("host{n}")).await }
    }))
    .await;
    let pids = futures_util::future::join_all(hosts.iter().map(|host| async {
        hub_of(host).await;
        home.status()["hub"]["pid"].clone()
    }))
    .await;
    assert!(pids.iter().all(|pid| *pid == pids[0] && pid.is_number()), "one hub: {pids:?}");
    let _chromium = browser_for(&home).await;
    let site = Site::serve(page_of).await;

    let rounds = futures_util::future::join_all(hosts.iter().enumerate().map(|(n, host)| {
        let url = site.url(&format!("/host{n}"));
        async move { work(host, &format!("host{n}"), &url).await }
    }))
    .await;
    assert_eq!(rounds.iter().sum::<usize>(), 200);

    let status = home.status();
    let clients = status["clients"].as_array().unwrap();
    assert_eq!(clients.len(), 10);
    for client in clients {
        assert_eq!(client["tabs"].as_array().unwrap().len(), 1, "{client}");
        assert_eq!(client["tabs"][0]["title"], format!("Page of {}", client["name"].as_str().unwrap()));
    }
}

/// Twenty calls of one host; each answer must be of its own page and of no other.
async fn work(host: &McpProcess, name: &str, url: &str) -> usize {
    let mut calls = 0;
    for _ in 0..5 {
        let opened = host.text("browser_navigate", json!({ "url": url })).await;
        let button = crate::reference(&opened, &format!("button \"Do {name}\""));
        let clicked = host.text("browser_click", json!({ "ref": button, "element": "the button" })).await;
        assert!(clicked.contains(&format!("Done by {name}")), "{clicked}");
        let seen = host.text("browser_snapshot", json!({})).await;
        let title = host.text("browser_evaluate", json!({ "function": "() => document.title" })).await;
        assert!(title.contains(&format!("Page of {name}")), "{title}");
        for text in [&opened, &seen] {
            assert!(text.contains(&format!("Page of {name}")) && text.contains(&format!("This is {name}")), "{text}");
            let others = (0..10).map(|n| format!("host{n}")).filter(|other| other != name);
            for other in others {
                assert!(!text.contains(&other), "{name} sees {other}: {text}");
            }
        }
        calls += 4;
    }
    calls
}

#[tokio::test]
async fn an_instance_that_is_closed_or_killed_disturbs_no_other_and_leaves_nothing_after_its_grace() {
    let home = Home::new().with("TABHUB_LEASE_GRACE", "1");
    let (closed, mut killed, stays) = tokio::join!(home.host("closed"), home.host("killed"), home.host("stays"));
    hub_of(&stays).await;
    let _chromium = browser_for(&home).await;
    let site = Site::serve(page_of).await;
    for (host, name) in [(&closed, "closed"), (&killed, "killed"), (&stays, "stays")] {
        host.text("browser_navigate", json!({ "url": site.url(&format!("/{name}")) })).await;
    }
    let tabs = home.status()["browsers"][0]["tabs"].clone();
    // The one that stays goes on working all the time.
    let leaving = async {
        assert!(closed.close().await.success());
        killed.child.kill().await.unwrap();
    };
    let working = async {
        for _ in 0..20 {
            let text = stays.text("browser_snapshot", json!({})).await;
            assert!(text.contains("This is stays"), "{text}");
        }
    };
    tokio::join!(leaving, working);
    eventually("the hub holds nothing of those who left", || async {
        home.status()["clients"].as_array().unwrap().iter().map(|c| c["name"].clone()).collect::<Vec<_>>()
            == [json!("stays")]
    })
    .await;
    let status = home.status();
    assert_eq!(status["browsers"][0]["tabs"], tabs, "their tabs stay open");
    assert_eq!(status["browsers"][0]["inFlight"], 0);
    assert!(stays.text("browser_snapshot", json!({})).await.contains("This is stays"));
}

#[tokio::test]
async fn what_a_host_reads_of_errors_starts_with_their_word_and_says_what_to_do() {
    let home = Home::new();
    let host = home.host("reader").await;
    hub_of(&host).await;
    let _chromium = browser_for(&home).await;
    let site = Site::serve(|path| match path {
        "/never" => Page::never(),
        "/slow" => Page::text("slow").after(Duration::from_secs(30)),
        _ => Page::html("<title>Fine</title><button onclick=\"alert('Stop!')\">Alarm</button>"),
    })
    .await;
    let opened = host.text("browser_navigate", json!({ "url": site.url("/") })).await;
    assert!(opened.starts_with("- Page URL: http://127.0.0.1") && opened.contains("\n- Page Title: Fine"), "{opened}");
    let never = json!({ "url": site.url("/never"), "timeout": 500 });
    for (tool, arguments, word) in [
        ("browser_click", json!({ "ref": "e9999" }), "stale_ref: "),
        ("browser_click", json!({}), "invalid_params: "),
        ("browser_snapshot", json!({ "tabId": 1 }), "tab_gone: "),
        ("browser_navigate", never, "navigation_failed: "),
        ("browser_navigate", json!({ "url": "file:///etc/hosts" }), "not_allowed: "),
        ("browser_wait_for", json!({ "text": "never there", "timeout": 300 }), "deadline_exceeded: "),
    ] {
        let text = host.error(tool, arguments).await;
        assert!(text.starts_with(word), "{tool}: {text}");
        assert!(text.len() > word.len() + 20, "it says more than its word: {text}");
    }
    // The tab is where it was, after all this.
    host.text("browser_navigate", json!({ "url": site.url("/") })).await;
    let page = host.text("browser_snapshot", json!({})).await;
    let alarm = crate::reference(&page, "button \"Alarm\"");
    let dialog = host.text("browser_click", json!({ "target": alarm })).await;
    assert!(dialog.contains("Stop!") && dialog.contains("browser_handle_dialog"), "{dialog}");
    assert!(host.error("browser_snapshot", json!({})).await.starts_with("dialog_open: "));
    host.text("browser_handle_dialog", json!({ "accept": true })).await;
    let unknown = host.ask("tools/call", json!({ "name": "browser_fly", "arguments": {} })).await.1.await.unwrap();
    assert_eq!(unknown["error"]["code"], -32602, "{unknown}");
}

#[tokio::test]
async fn a_cancelled_call_stops_in_the_page_and_the_tab_is_free_at_once() {
    let home = Home::new();
    let host = home.host("canceller").await;
    hub_of(&host).await;
    let _chromium = browser_for(&home).await;
    let site = Site::serve(page_of).await;
    host.text("browser_navigate", json!({ "url": site.url("/canceller") })).await;
    let (id, answer) = host.ask("tools/call", json!({ "name": "browser_wait_for", "arguments": { "time": 50 } })).await;
    eventually("the call is with the browser", || async { home.status()["browsers"][0]["inFlight"] == 1 }).await;
    host.send(json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } })).await;
    drop(answer);
    eventually("the browser is free", || async { home.status()["browsers"][0]["inFlight"] == 0 }).await;
    assert!(host.text("browser_snapshot", json!({})).await.contains("This is canceller"));
}

#[tokio::test]
async fn pictures_arrive_as_pictures() {
    let home = Home::new();
    let host = home.host("painter").await;
    hub_of(&host).await;
    let _chromium = browser_for(&home).await;
    let site = Site::serve(page_of).await;
    host.text("browser_navigate", json!({ "url": site.url("/painter") })).await;
    let result = host.call("browser_take_screenshot", json!({})).await;
    let image: Vec<&Value> = result["content"].as_array().unwrap().iter().filter(|c| c["type"] == "image").collect();
    assert_eq!(image.len(), 1, "{}", text_of(&result));
    assert_eq!(image[0]["mimeType"], "image/png");
    assert!(image[0]["data"].as_str().unwrap().starts_with("iVBOR"));
}
