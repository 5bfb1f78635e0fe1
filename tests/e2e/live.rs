//! Live resources as a host has them: an instance over stdio, a real hub, real Chromium. What a page does by itself is told, and
//! what is read then shows it; what belongs to another client is neither told nor read.

use serde_json::{Value, json};

use crate::home::Home;
use crate::hosts::{browser_for, hub_of};
use crate::support::eventually;
use crate::support::mcp::McpProcess;
use crate::support::site::{Page, Site};

/// A page that changes when another window of the test says so, and not by any call of a client.
fn page_of(path: &str) -> Page {
    match path {
        "/file.csv" => Page::text("a,b\n"),
        _ => Page::html(format!(
            "<title>Live {path}</title><h1 id=a>First words of {path}</h1><button>Go</button><a id=file href=/file.csv download>File</a>"
        )),
    }
}

/// How often the host was told that a resource has changed.
fn updates(host: &McpProcess, uri: &str) -> usize {
    let heard = host.notifications.lock().unwrap();
    let is_it = |news: &&Value| news["method"] == "notifications/resources/updated" && news["params"]["uri"] == uri;
    heard.iter().filter(is_it).count()
}

fn list_changes(host: &McpProcess) -> usize {
    let heard = host.notifications.lock().unwrap();
    heard.iter().filter(|news| news["method"] == "notifications/resources/list_changed").count()
}

async fn subscribe(host: &McpProcess, uri: &str) {
    assert_eq!(host.request("resources/subscribe", json!({ "uri": uri })).await, json!({}));
}

/// The JSON form of a resource.
async fn read(host: &McpProcess, uri: &str) -> Value {
    let result = host.request("resources/read", json!({ "uri": format!("{uri}?format=json") })).await;
    serde_json::from_str(result["contents"][0]["text"].as_str().unwrap()).unwrap()
}

async fn refused(host: &McpProcess, uri: &str) -> Value {
    let (_, answer) = host.ask("resources/read", json!({ "uri": uri })).await;
    let answer = crate::support::within("an answer", answer).await.unwrap();
    assert!(answer.get("error").is_some(), "{answer}");
    answer["error"].clone()
}

/// Opens a page in the host's current tab and says which tab that is.
async fn open(host: &McpProcess, url: &str) -> i64 {
    let answer = host.call("browser_navigate", json!({ "url": url })).await;
    answer["_meta"]["tabhub/answer"]["page"]["tabId"].as_i64().unwrap_or_else(|| panic!("{answer}"))
}

/// Tells whether a change that is made until it is told was told.
async fn told_again(host: &McpProcess, uri: &str, before: usize) {
    eventually(&format!("{uri} is told to have changed"), async || updates(host, uri) > before).await;
}

#[tokio::test]
async fn a_page_that_changes_by_itself_is_told_to_who_subscribed_and_read_as_it_is_then() {
    let home = Home::new();
    let host = home.host("watcher").await;
    hub_of(&host).await;
    let chromium = browser_for(&home).await;
    let site = Site::serve(page_of).await;
    let error = refused(&host, "browser://current/dom").await;
    assert_eq!((&error["code"], &error["data"]["code"]), (&json!(-32002), &json!("tab_gone")), "{error}");
    assert_eq!(read(&host, "browser://tabs").await["tabs"], json!([]), "reading has opened nothing");
    let tab = open(&host, &site.url("/one")).await;
    let (dom, of_tab) = ("browser://current/dom", format!("browser://tab/{tab}/snapshot"));
    let (console, downloads) = (format!("browser://tab/{tab}/console"), "browser://downloads");
    for uri in [dom, &of_tab, &console, "browser://current/state", downloads] {
        subscribe(&host, uri).await;
    }
    assert!(read(&host, dom).await["snapshot"]["yaml"].as_str().unwrap().contains("First words of /one"));
    // The watch reaches the page a moment after it was asked for; then it holds.
    told_again(&host, &of_tab, 0).await;
    for round in 1..=3 {
        let (before, of_tab_before) = (updates(&host, dom), updates(&host, &of_tab));
        chromium.in_page("/one", &format!("a.textContent = 'Round {round}'")).await;
        told_again(&host, dom, before).await;
        told_again(&host, &of_tab, of_tab_before).await;
        eventually("what is read shows it", async || {
            read(&host, &of_tab).await["snapshot"]["yaml"].as_str().unwrap().contains(&format!("Round {round}"))
        })
        .await;
    }
    let before = updates(&host, &console);
    chromium.in_page("/one", "console.warn('Mind the gap')").await;
    told_again(&host, &console, before).await;
    assert!(read(&host, &console).await["entries"].to_string().contains("Mind the gap"));
    let before = updates(&host, "browser://current/state");
    chromium.in_page("/one", "document.title = 'Another name'").await;
    told_again(&host, "browser://current/state", before).await;
    eventually("the state has the new name", async || {
        read(&host, "browser://current/state").await["current"]["title"] == "Another name"
    })
    .await;
    let before = updates(&host, downloads);
    host.text("browser_click", json!({ "ref": "#file" })).await;
    told_again(&host, downloads, before).await;
    eventually("the download is complete", async || {
        read(&host, downloads).await["downloads"][0]["state"] == "complete"
    })
    .await;
    let picture = host.request("resources/read", json!({ "uri": format!("browser://tab/{tab}/screenshot") })).await;
    assert_eq!(picture["contents"][2]["mimeType"], "image/jpeg");
    assert!(picture["contents"][2]["blob"].as_str().unwrap().starts_with("/9j/"), "a JPEG");
}

#[tokio::test]
async fn what_belongs_to_another_client_is_neither_told_nor_read_until_it_is_shared() {
    let home = Home::new();
    let (host, other) = (home.host("watcher").await, home.host("owner").await);
    hub_of(&host).await;
    hub_of(&other).await;
    let chromium = browser_for(&home).await;
    let site = Site::serve(page_of).await;
    host.request("resources/list", json!({})).await;
    let theirs = open(&other, &site.url("/theirs")).await;
    let uri = format!("browser://tab/{theirs}/snapshot");
    subscribe(&host, &uri).await;
    subscribe(&host, "browser://tabs").await;
    let error = refused(&host, &uri).await;
    let by_tool = host.error("browser_snapshot", json!({ "tabId": theirs })).await;
    assert_eq!(error["message"].as_str().unwrap(), by_tool, "the same error as the tool gives");
    assert_eq!(error["data"]["code"], "tab_taken");
    chromium.in_page("/theirs", "document.title = a.textContent = 'Secret'").await;
    eventually("its owner sees the change", async || {
        read(&other, "browser://tabs").await["tabs"][0]["title"] == "Secret"
    })
    .await;
    // Its own tab is told after that: what was to be told of the other's would have come before.
    let tabs_before = updates(&host, "browser://tabs");
    let (list_before, own) = (list_changes(&host), open(&host, &site.url("/own")).await);
    told_again(&host, "browser://tabs", tabs_before).await;
    eventually("the list has changed", async || list_changes(&host) > list_before).await;
    assert_eq!(updates(&host, &uri), 0);
    let listed = host.request("resources/list", json!({})).await.to_string();
    assert!(listed.contains(&format!("browser://tab/{own}/snapshot")) && !listed.contains("Secret"), "{listed}");
    let completion = json!({
        "ref": { "type": "ref/resource", "uri": "browser://tab/{tabId}/dom" }, "argument": { "name": "tabId", "value": "" },
    });
    let offered = host.request("completion/complete", completion.clone()).await;
    assert_eq!(offered["completion"]["values"], json!([own.to_string()]));

    other.text("browser_tabs", json!({ "action": "share", "tabId": theirs, "to": "watcher" })).await;
    told_again(&host, &uri, 0).await;
    assert!(read(&host, &uri).await["snapshot"]["yaml"].as_str().unwrap().contains("Secret"));
    let before = updates(&host, &uri);
    chromium.in_page("/theirs", "a.textContent = 'Shared words'").await;
    told_again(&host, &uri, before).await;
    eventually("what is read shows it", async || {
        read(&host, &uri).await["snapshot"]["yaml"].as_str().unwrap().contains("Shared words")
    })
    .await;
    let state = read(&host, "browser://current/state").await;
    assert_eq!((state["tabs"].as_array().unwrap().len(), &state["current"]["tabId"]), (2, &json!(own)));
}

#[tokio::test]
async fn a_subscription_outlives_the_hub() {
    let home = Home::new();
    let host = home.host("watcher").await;
    hub_of(&host).await;
    let chromium = browser_for(&home).await;
    let site = Site::serve(page_of).await;
    let tab = open(&host, &site.url("/one")).await;
    let uri = format!("browser://tab/{tab}/dom");
    subscribe(&host, &uri).await;
    told_again(&host, &uri, 0).await;
    let before = updates(&host, &uri);
    home.kill_hub();
    told_again(&host, &uri, before).await;
    eventually("the page is read through the next hub", async || {
        read(&host, &uri).await["snapshot"]["yaml"].as_str().unwrap().contains("First words")
    })
    .await;
    // What the way back itself makes anew is told a few times; that many can only be changes of the page.
    let before = updates(&host, &uri);
    eventually("changes are told through the next hub", async || {
        chromium.in_page("/one", "a.textContent += ' and more'").await;
        updates(&host, &uri) > before + 10
    })
    .await;
}
