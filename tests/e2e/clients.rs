//! Several clients in one real browser: each has its own tabs, and nobody's calls touch another's.

use serde_json::json;

use crate::support::client::{FakeClient, nothing};
use crate::support::eventually;
use crate::support::site::Page;
use crate::{Stage, yaml};

fn named(path: &str) -> Page {
    let name = path.trim_start_matches('/').to_owned();
    Page::html(format!(
        "<title>Page of {name}</title><h1>This is {name}</h1><button onclick=\"this.textContent='Done by {name}'\">Do {name}</button>"
    ))
}

#[tokio::test]
async fn clients_work_at_the_same_time_and_each_sees_only_its_own_page() {
    let stage = Stage::with_site(named).await;
    let names = ["alpha", "beta", "gamma", "delta"];
    let mut tasks = Vec::new();
    for name in names {
        let client = FakeClient::connect(stage.hub.port, name).await;
        let url = stage.site.url(&format!("/{name}"));
        tasks.push(tokio::spawn(async move {
            for round in 0..5 {
                let answer = client.call("browser_navigate", json!({ "url": url })).await.unwrap();
                assert_eq!(answer["page"]["title"], format!("Page of {name}"), "round {round}");
                let button = crate::reference(&yaml(&answer), &format!("button \"Do {name}\""));
                let answer = client.call("browser_click", json!({ "ref": button })).await.unwrap();
                assert!(yaml(&answer).contains(&format!("Done by {name}")), "{answer}");
                let answer = client.call("browser_snapshot", nothing()).await.unwrap();
                let text = yaml(&answer);
                assert!(text.contains(&format!("This is {name}")), "{text}");
                assert!(names.iter().all(|other| *other == name || !text.contains(other)), "{text}");
            }
            client
        }));
    }
    let mut clients = Vec::new();
    for task in tasks {
        clients.push(task.await.unwrap());
    }
    let status = stage.hub.status().await;
    for client in &clients {
        let row = status.clients.iter().find(|c| c.id == client.id).unwrap();
        assert_eq!(row.tabs.len(), 1);
        assert!(row.tabs[0].title.contains(&row.name));
    }
}

#[tokio::test]
async fn a_tab_of_another_client_or_of_the_person_is_not_touched() {
    let stage = Stage::with_site(named).await;
    let owner = FakeClient::connect(stage.hub.port, "owner").await;
    let answer = owner.call("browser_navigate", json!({ "url": stage.site.url("/owner") })).await.unwrap();
    let tab = answer["page"]["tabId"].clone();
    let error = stage.client.call("browser_snapshot", json!({ "tabId": tab })).await.unwrap_err();
    assert_eq!(error.code.word(), "tab_taken", "{error}");
    assert!(error.message.contains("owner"), "{error}");
    // Chromium was started with a page of the person's own.
    let status = stage.hub.status().await;
    let browser_tabs = status.browsers[0].tabs;
    assert!(browser_tabs >= 2);
    let listed = stage.call("browser_tabs", json!({ "action": "list" })).await;
    assert_eq!(listed["value"]["tabs"], json!([]));
    let gone = stage.client.call("browser_snapshot", json!({ "tabId": 1 })).await.unwrap_err();
    assert_eq!(gone.code.word(), "tab_gone", "{gone}");
}

#[tokio::test]
async fn tabs_of_a_client_that_left_stay_open_and_belong_to_nobody() {
    let stage = Stage::with_site(named).await;
    let leaver = FakeClient::connect(stage.hub.port, "leaver").await;
    leaver.call("browser_navigate", json!({ "url": stage.site.url("/leaver") })).await.unwrap();
    let before = stage.hub.status().await.browsers[0].tabs;
    let id = leaver.id;
    leaver.leave().await;
    eventually("the hub holds nothing of it", || async { stage.hub.status().await.clients.iter().all(|c| c.id != id) })
        .await;
    let back = FakeClient::connect_as(stage.hub.port, "leaver", id).await;
    let listed = back.call("browser_tabs", json!({ "action": "list" })).await.unwrap();
    assert_eq!(listed["value"]["tabs"], json!([]), "its tabs are not its own any more");
    assert_eq!(stage.hub.status().await.browsers[0].tabs, before, "the tab stays open");
}

#[tokio::test]
async fn a_tab_that_a_page_opens_belongs_to_its_client_and_is_named() {
    let stage = Stage::with_site(|path| match path {
        "/opener" => Page::html("<title>Opener</title><a href=/opened target=_blank>Open it</a>"),
        other => named(other),
    })
    .await;
    let page = stage.open("/opener").await;
    let answer = stage.call("browser_click", json!({ "ref": crate::reference(&page, "link \"Open it\"") })).await;
    assert!(answer["notes"].to_string().contains("tab"), "the answer names the new tab: {answer}");
    let listed = stage.call("browser_tabs", json!({ "action": "list" })).await;
    assert_eq!(listed["value"]["tabs"].as_array().unwrap().len(), 2, "{listed}");
}
