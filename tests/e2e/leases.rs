//! Whose a tab is, told by real hosts to each other in one real browser: shared, handed off, claimed, and kept over the
//! death of everything between them.

use serde_json::{Value, json};

use crate::home::Home;
use crate::hosts::{browser_for, hub_of};
use crate::support::eventually;
use crate::support::mcp::{McpProcess, text_of};
use crate::support::site::{Page, Site};

const PAGE: &str =
    "<title>Notes</title><button onclick=\"this.textContent = 'n' + (window.n = (window.n || 0) + 1)\">n0</button>";

/// The host's own tab at this path.
async fn open(host: &McpProcess, site: &Site, path: &str) -> i64 {
    let page = host.call("browser_navigate", json!({ "url": site.url(path) })).await;
    page["_meta"]["tabhub/answer"]["page"]["tabId"].as_i64().unwrap_or_else(|| panic!("{}", text_of(&page)))
}

async fn tabs(host: &McpProcess, arguments: Value) -> String {
    host.text("browser_tabs", arguments).await
}

fn starts(text: &str, word: &str) {
    assert!(text.starts_with(&format!("{word}: ")), "{text}");
}

#[tokio::test]
async fn a_tab_is_read_by_whom_its_holder_names_and_goes_to_whom_it_is_handed_over_deaths_of_hub_and_worker() {
    let home = Home::new();
    let (ada, bob, cy) = (home.host("ada").await, home.host("bob").await, home.host("cy").await);
    for host in [&ada, &bob, &cy] {
        hub_of(host).await;
    }
    let chromium = browser_for(&home).await;
    let site = Site::serve(|_| Page::html(PAGE)).await;
    let tab = open(&ada, &site, "/ada").await;
    let on_it = |more: Value| {
        let mut arguments = json!({ "tabId": tab });
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        arguments
    };
    let refused = bob.error("browser_snapshot", on_it(json!({}))).await;
    starts(&refused, "tab_taken");
    assert!(refused.contains("\"ada\"") && refused.contains("share or handoff"), "{refused}");

    tabs(&ada, json!({ "action": "share", "tabId": tab, "to": "bob" })).await;
    for death in ["nothing", "the hub", "the worker"] {
        match death {
            "the hub" => home.kill_hub(),
            "the worker" => chromium.stop_workers().await,
            _ => {}
        }
        assert!(bob.text("browser_snapshot", on_it(json!({}))).await.contains("button \"n"), "after {death}");
        starts(&bob.error("browser_click", on_it(json!({ "ref": "button" }))).await, "tab_taken");
        starts(&cy.error("browser_snapshot", on_it(json!({}))).await, "tab_taken");
        ada.text("browser_click", json!({ "ref": "button" })).await;
    }
    let list = tabs(&bob, json!({ "action": "list" })).await;
    assert!(list.contains("held by ada, yours to read") && list.contains("/ada"), "{list}");
    let status = bob.text("browser_status", json!({})).await;
    assert!(status.contains("Held by ada, yours to read"), "{status}");

    tabs(&ada, json!({ "action": "handoff", "tabId": tab, "to": "cy" })).await;
    let told = cy.text("browser_snapshot", on_it(json!({}))).await;
    assert!(told.contains("ada handed tab"), "{told}");
    tabs(&cy, json!({ "action": "select", "tabId": tab })).await;
    let clicked = cy.text("browser_click", json!({ "ref": "button" })).await;
    assert!(clicked.contains("\"n4\""), "it is the same page, clicked three times before: {clicked}");
    starts(&ada.error("browser_snapshot", on_it(json!({}))).await, "tab_taken");
    starts(&bob.error("browser_snapshot", on_it(json!({}))).await, "tab_taken");
    home.kill_hub();
    assert!(cy.text("browser_click", json!({ "ref": "button" })).await.contains("\"n5\""));

    // A holder that is gone for good takes its shares along: the tab is the person's.
    tabs(&cy, json!({ "action": "share", "tabId": tab })).await;
    assert!(ada.text("browser_snapshot", on_it(json!({}))).await.contains("n5"));
    cy.close().await;
    eventually("the tab is free", async || {
        ada.call("browser_snapshot", on_it(json!({}))).await["content"][0]["text"]
            .as_str()
            .is_some_and(|text| text.starts_with("not_allowed: "))
    })
    .await;
}

#[tokio::test]
async fn a_free_tab_is_claimed_by_leave_of_the_person_who_sees_who_wants_which() {
    let home = Home::new();
    let (ada, bob) = (home.host("ada").await, home.host("bob").await);
    for host in [&ada, &bob] {
        hub_of(host).await;
    }
    let chromium = browser_for(&home).await;
    let site = Site::serve(|_| Page::html(PAGE)).await;
    let tab = open(&ada, &site, "/report").await;
    let said = tabs(&ada, json!({ "action": "release" })).await;
    assert!(said.contains("stays open"), "{said}");
    starts(&ada.error("browser_snapshot", json!({ "tabId": tab })).await, "not_allowed");

    let claim = json!({ "action": "claim", "tabId": tab });
    let answer = async |option: &str| {
        let look = || chromium.in_page("ask.html", "document.body.innerText");
        eventually("the person is asked", async || {
            look()
                .await
                .as_str()
                .is_some_and(|text| text.contains("bob asks to use a tab of yours") && text.contains("/report"))
        })
        .await;
        let press = format!(
            "[...document.querySelectorAll('#options button')].find(b => b.textContent === '{option}').click()"
        );
        chromium.in_page("ask.html", &press).await;
    };
    let (refused, ()) = tokio::join!(bob.error("browser_tabs", claim.clone()), answer("Refuse"));
    starts(&refused, "not_allowed");
    assert!(refused.contains("was asked"), "{refused}");
    eventually("the question is closed", async || chromium.in_page("ask.html", "1").await.is_null()).await;
    let (claimed, ()) = tokio::join!(tabs(&bob, claim), answer("Allow"));
    assert!(claimed.contains("yours now"), "{claimed}");
    assert!(bob.text("browser_click", json!({ "ref": "button" })).await.contains("\"n1\""));
    starts(&ada.error("browser_snapshot", json!({ "tabId": tab })).await, "tab_taken");
}

#[tokio::test]
async fn a_call_that_waits_for_its_tab_tells_its_host_where_it_stands() {
    let home = Home::new();
    let (ada, bob) = (home.host("ada").await, home.host("bob").await);
    for host in [&ada, &bob] {
        hub_of(host).await;
    }
    let _chromium = browser_for(&home).await;
    let site = Site::serve(|_| Page::html(PAGE)).await;
    let tab = open(&ada, &site, "/busy").await;
    tabs(&ada, json!({ "action": "share", "to": "bob" })).await;
    let (busy, working) =
        ada.ask("tools/call", json!({ "name": "browser_wait_for", "arguments": { "time": 50 } })).await;
    eventually("the tab is busy", async || home.status()["browsers"][0]["inFlight"] == 1).await;
    let params =
        json!({ "name": "browser_snapshot", "arguments": { "tabId": tab }, "_meta": { "progressToken": "p" } });
    let (_, looking) = bob.ask("tools/call", params).await;
    let place = format!("waiting for tab {tab}: 1 call before this one, by ada");
    eventually("the host is told its place", async || {
        bob.notifications.lock().unwrap().iter().any(|news| news["params"]["message"] == place.as_str())
    })
    .await;
    let status = bob.text("browser_status", json!({})).await;
    assert!(status.contains(&format!("tab {tab}: ada has it; 1 waiting: bob")), "{status}");
    ada.send(json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": busy } })).await;
    drop(working);
    let looked = looking.await.unwrap();
    assert!(text_of(&looked["result"]).contains("button \"n0\""), "{looked}");
}
