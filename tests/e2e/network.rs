//! What a page asked its servers, as its client sees it.

use serde_json::{Value, json};

use crate::Stage;
use crate::support::site::Page;

fn site(path: &str) -> Page {
    match path {
        "/api/data" => Page::text("{\"answer\":42}"),
        "/style.css" => Page::text("p{}"),
        "/api/gone" => Page::missing(),
        path if path.starts_with("/api/login") => Page::text("ok"),
        _ => Page::html(
            "<title>Net</title><link rel=stylesheet href=/style.css><p>page</p><script>
             document.cookie = 'sid=s3cret; path=/';
             window.go = async () => {
               await (await fetch('/api/data', { headers: { Authorization: 'Bearer abc123', 'X-Plain': 'yes' } })).text();
               await fetch('/api/login', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ user: 'ada', password: 'hunter2' }) });
               await fetch('/api/gone');
               await fetch('http://127.0.0.1:1/refused').catch(() => 0);
             };</script><button onclick='go()'>Go</button>",
        ),
    }
}

async fn requests(stage: &Stage, params: Value) -> Vec<Value> {
    let answer = stage.call("browser_network_requests", params).await;
    answer["value"]["requests"].as_array().unwrap().clone()
}

#[tokio::test]
async fn requests_are_listed_with_their_outcome_and_told_in_full_but_for_secrets() {
    let stage = Stage::with_site(site).await;
    stage.open("/").await;
    stage.call("browser_click", json!({ "ref": "button" })).await;
    let all = requests(&stage, json!({})).await;
    let of = |end: &str| {
        all.iter()
            .find(|r| r["url"].as_str().unwrap().ends_with(end))
            .unwrap_or_else(|| panic!("{end}: {all:?}"))
            .clone()
    };
    assert_eq!((of("/")["status"].clone(), of("/")["type"].clone()), (json!(200), json!("document")));
    assert_eq!(of("/api/data")["status"], 200);
    assert_eq!(of("/api/gone")["status"], 404);
    assert!(of("/refused")["error"].as_str().unwrap().contains("ERR_"), "{all:?}");
    assert!(!all.iter().any(|r| r["url"].as_str().unwrap().ends_with(".css")));
    assert!(requests(&stage, json!({ "static": true })).await.len() > all.len());
    assert_eq!(requests(&stage, json!({ "filter": "4xx" })).await.len(), 1);
    assert_eq!(requests(&stage, json!({ "filter": "POST" })).await.len(), 1);
    assert_eq!(requests(&stage, json!({ "filter": "api/(data|gone)$" })).await.len(), 2);

    let one = async |id: &Value, part: &str| {
        stage.call("browser_network_request", json!({ "id": id, "part": part })).await["value"].clone()
    };
    let headers = one(&of("/api/data")["id"], "headers").await;
    assert_eq!(headers["requestHeaders"]["authorization"], "Bearer ••••");
    assert_eq!(headers["requestHeaders"]["x-plain"], "yes");
    assert_eq!(headers["requestHeaders"]["cookie"], "sid=••••");
    assert_eq!(headers["responseHeaders"]["content-type"], "text/plain; charset=utf-8");
    assert_eq!(one(&of("/api/data")["id"], "body").await["body"], "{\"answer\":42}");
    let sent = one(&of("/api/login")["id"], "request").await.to_string();
    assert!(sent.contains("ada") && !sent.contains("hunter2"), "{sent}");
    let error = stage
        .client
        .call("browser_network_request", json!({ "id": of("/refused")["id"], "part": "body" }))
        .await
        .unwrap_err();
    assert!(error.message.contains("failed"), "{error}");
    let error = stage.client.call("browser_network_request", json!({ "id": 99_999 })).await.unwrap_err();
    assert_eq!(error.code.word(), "invalid_params");
}

#[tokio::test]
async fn a_client_sees_the_requests_of_its_own_tabs_and_only_so_many_of_them() {
    let stage = Stage::with_site(site).await;
    stage.open("/").await;
    let other = crate::support::client::FakeClient::connect(stage.hub.port, "two").await;
    other.call("browser_navigate", json!({ "url": stage.site.url("/other") })).await.unwrap();
    assert!(requests(&stage, json!({})).await.iter().all(|r| !r["url"].as_str().unwrap().ends_with("/other")));
    stage.evaluate("async () => { for (let i = 0; i < 40; i++) await Promise.all(Array.from({ length: 30 }, (_, j) => fetch('/api/login?' + (i * 30 + j)))) }").await;
    let answer = stage.call("browser_network_requests", json!({ "limit": 1000 })).await;
    assert_eq!(answer["value"]["requests"].as_array().unwrap().len(), 1000);
    assert!(answer["value"]["dropped"].as_u64().unwrap() > 200, "{}", answer["value"]["dropped"]);
}
