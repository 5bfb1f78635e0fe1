//! Resources through rmcp's client: addresses, both forms, parts, errors, and that a read changes nothing.

use std::sync::Arc;

use rmcp::RoleClient;
use rmcp::ServiceError;
use rmcp::model::{ClientConfig, ReadResourceRequestParams, ResourceContents};
use rmcp::service::RunningService;
use serde_json::{Value, json};

use crate::fake::{Fake, client};

type Host = RunningService<RoleClient, ClientConfig>;

/// The contents of a resource by their types.
async fn read(host: &Host, uri: &str) -> Vec<(String, String, Option<Value>)> {
    let result = host.read_resource(ReadResourceRequestParams::new(uri)).await.unwrap();
    let content = |content: ResourceContents| match content {
        ResourceContents::TextResourceContents { uri: told, mime_type, text, meta } => {
            assert_eq!(told, uri);
            (mime_type.unwrap(), text, meta.map(|meta| meta["tabhub/next"].clone()))
        }
        ResourceContents::BlobResourceContents { mime_type, blob, .. } => (mime_type.unwrap(), blob, None),
        other => panic!("{other:?}"),
    };
    result.contents.into_iter().map(content).collect()
}

async fn json_of(host: &Host, uri: &str) -> Value {
    let contents = read(host, uri).await;
    assert_eq!(contents[0].0, "application/json");
    serde_json::from_str(&contents[0].1).unwrap()
}

async fn markdown_of(host: &Host, uri: &str) -> String {
    let contents = read(host, uri).await;
    assert_eq!(contents[1].0, "text/markdown");
    contents[1].1.clone()
}

async fn refused(host: &Host, uri: &str) -> (i32, Value, String) {
    let error = host.read_resource(ReadResourceRequestParams::new(uri)).await.unwrap_err();
    let ServiceError::McpError(error) = error else { panic!("{error}") };
    (error.code.0, error.data.unwrap_or_default(), error.message.into_owned())
}

fn tabs(tabs: Value) -> Value {
    json!({ "text": "You hold tabs.", "value": { "tabs": tabs } })
}

pub fn house() -> Arc<Fake> {
    let backend = Arc::new(Fake::default());
    let own = json!({ "tabId": 7, "index": 0, "url": "https://a.test/", "title": "A", "current": true });
    let front = json!({ "tabId": 9, "url": "https://b.test/", "title": "B", "current": false, "active": true, "holder": "cursor" });
    let me = "11111111-1111-4111-8111-111111111111";
    let tab = |id: u32, more: Value| {
        let mut tab =
            json!({ "tabId": id, "url": format!("https://{id}.test/"), "title": format!("Tab\n{id}"), "active": true });
        tab.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        tab
    };
    let other = |id: &str, name: &str, tabs: Value| {
        json!({ "id": id, "name": name, "version": "1", "state": "ready", "connectedSecs": 1, "tabs": tabs, "inFlight": 0,
            "lastError": null, "history": [] })
    };
    let them = "22222222-2222-4222-8222-222222222222";
    let shared = tab(9, json!({ "owner": them, "readers": [{ "id": me, "name": "claude-code" }] }));
    let clients = json!([
        other(them, "cursor", json!([shared, tab(10, json!({ "owner": them }))])),
        other(me, "claude-code", json!([tab(7, json!({ "owner": me, "current": true }))])),
    ]);
    backend.answers.lock().unwrap().extend([
        ("browser_tabs", tabs(json!([own, front]))),
        ("browser_status", json!({ "client": me, "value": { "hub": null, "browsers": [], "clients": clients, "lastExit": null } })),
        (
            "browser_snapshot",
            json!({
                "page": { "tabId": 7, "url": "https://a.test/", "title": "A" },
                "snapshot": { "yaml": "- button \"Save\" [ref=e1]", "mode": "full", "cursor": "deadbeef.1.e1.0.5", "remainingChars": 90 },
            }),
        ),
    ]);
    backend
}

/// What the backend was asked since.
pub fn asked(backend: &Fake) -> Vec<(&'static str, Value)> {
    std::mem::take(&mut *backend.calls.lock().unwrap())
}

#[tokio::test]
async fn the_list_has_the_fixed_resources_and_each_tab_that_the_client_may_see() {
    let backend = house();
    let host = client(&backend).await;
    let listed = host.list_all_resources().await.unwrap();
    let uris: Vec<_> = listed.iter().map(|resource| resource.uri.as_str()).collect();
    let expected = [
        "browser://hub/status",
        "browser://current/state",
        "browser://current/dom",
        "browser://dom/state",
        "browser://tabs",
        "browser://downloads",
        "browser://tab/7/snapshot",
        "browser://tab/9/snapshot",
    ];
    assert_eq!(uris, expected, "tab 10 is another client's, and is not shared");
    assert_eq!(listed[6].title.as_deref(), Some("Tab 7"));
    let templates = host.list_all_resource_templates().await.unwrap();
    let templates: Vec<_> = templates.iter().map(|template| template.uri_template.as_str()).collect();
    let views = ["snapshot", "dom", "console", "network", "screenshot"];
    assert_eq!(templates, views.map(|view| format!("browser://tab/{{tabId}}/{view}")));
    assert_eq!(asked(&backend), [("browser_status", json!({ "aside": true }))]);
}

#[tokio::test]
async fn the_page_comes_in_both_forms_or_in_the_one_that_is_asked_for() {
    let backend = house();
    let host = client(&backend).await;
    for uri in ["browser://tab/7/snapshot", "browser://tab/7/dom"] {
        let next = format!("{uri}?cursor=deadbeef.1.e1.0.5");
        let json = json_of(&host, uri).await;
        assert_eq!(json["page"]["title"], "A");
        assert_eq!(json["snapshot"], json!({ "mode": "full", "yaml": "- button \"Save\" [ref=e1]" }));
        assert_eq!(json["next"], next);
        let markdown = markdown_of(&host, uri).await;
        assert!(markdown.starts_with("- Page URL: https://a.test/\n- Page Title: A\n"), "{markdown}");
        assert!(markdown.contains("```yaml\n- button \"Save\" [ref=e1]\n```"), "{markdown}");
        assert!(markdown.ends_with(&format!("There is more: read the resource {next}")), "{markdown}");
        assert!(!markdown.contains("browser_snapshot"), "the tool's cursor is told as an address: {markdown}");
        assert!(read(&host, uri).await.iter().all(|(_, _, told)| *told == Some(next.clone().into())));
    }
    asked(&backend);
    for (format, mime_type) in [("json", "application/json"), ("markdown", "text/markdown")] {
        let contents = read(&host, &format!("browser://tab/7/dom?format={format}&cursor=deadbeef.1.e1.0.5")).await;
        assert_eq!(contents.len(), 1);
        assert_eq!(contents[0].0, mime_type);
        let next = format!("browser://tab/7/dom?cursor=deadbeef.1.e1.0.5&format={format}");
        assert_eq!(contents[0].2, Some(next.into()));
        let params = json!({ "maxChars": 24000, "cursor": "deadbeef.1.e1.0.5", "tabId": 7, "aside": true });
        assert_eq!(asked(&backend), [("browser_snapshot", params)]);
    }
}

#[tokio::test]
async fn the_current_page_is_the_clients_own_or_else_the_one_in_front_and_no_read_goes_without_a_tab() {
    let backend = house();
    let host = client(&backend).await;
    let list = ("browser_tabs", json!({ "action": "list", "aside": true }));
    let tab = |id: u32| ("browser_snapshot", json!({ "maxChars": 24000, "tabId": id, "aside": true }));
    json_of(&host, "browser://current/dom").await;
    assert_eq!(asked(&backend), [list.clone(), tab(7)]);
    let front = json!([{ "tabId": 9, "url": "", "title": "", "current": false, "active": true, "holder": "cursor" }]);
    backend.answers.lock().unwrap().insert("browser_tabs", tabs(front));
    json_of(&host, "browser://dom/state").await;
    assert_eq!(asked(&backend), [list.clone(), tab(9)]);
    backend.answers.lock().unwrap().insert("browser_tabs", tabs(json!([])));
    let (code, data, message) = refused(&host, "browser://current/dom").await;
    assert_eq!((code, &data["code"], &data["uri"]), (-32002, &json!("tab_gone"), &json!("browser://current/dom")));
    assert!(
        message.starts_with("tab_gone: There is no page to show") && message.contains("browser_navigate"),
        "{message}"
    );
    assert_eq!(asked(&backend), [list]);
}

#[tokio::test]
async fn the_state_tells_what_is_in_front_what_is_current_and_all_tabs() {
    let backend = house();
    let host = client(&backend).await;
    let state = json_of(&host, "browser://current/state").await;
    assert_eq!((&state["active"]["tabId"], &state["current"]["tabId"]), (&json!(9), &json!(7)));
    assert_eq!(state["tabs"].as_array().unwrap().len(), 2);
    let markdown = markdown_of(&host, "browser://current/state").await;
    assert!(markdown.starts_with("- In front of the person: tab 9\n- Your current tab: 7\n"), "{markdown}");
    assert!(markdown.contains("held by cursor, yours to read: [tabId=9] \"B\""), "{markdown}");
    assert_eq!(json_of(&host, "browser://tabs").await, json!({ "tabs": state["tabs"] }));
    backend.answers.lock().unwrap().insert("browser_tabs", tabs(json!([])));
    let state = json_of(&host, "browser://current/state").await;
    assert_eq!(state, json!({ "active": null, "current": null, "tabs": [] }));
    assert!(markdown_of(&host, "browser://current/state").await.contains("a tab that is not yours to see, or none"));
}

#[tokio::test]
async fn a_long_record_comes_in_parts_the_newest_first() {
    let backend = house();
    let entries: Vec<_> =
        (0..60).map(|n| json!({ "level": "info", "text": format!("{n:980}"), "timestamp": n })).collect();
    let answer =
        json!({ "page": { "tabId": 7, "url": "", "title": "" }, "value": { "entries": entries, "dropped": 5 } });
    backend.answers.lock().unwrap().insert("browser_get_console_logs", answer);
    let host = client(&backend).await;
    let (mut uri, mut times, mut parts) = ("browser://tab/7/console".to_owned(), Vec::new(), 0);
    loop {
        let part = json_of(&host, &uri).await;
        assert!(part.to_string().len() < 26_000 && markdown_of(&host, &uri).await.len() < 26_000);
        let mut here: Vec<_> =
            part["entries"].as_array().unwrap().iter().map(|e| e["timestamp"].as_i64().unwrap()).collect();
        here.append(&mut times);
        (times, parts) = (here, parts + 1);
        match part["next"].as_str() {
            Some(next) => next.clone_into(&mut uri),
            None => break,
        }
    }
    assert_eq!(times, (0..60).collect::<Vec<_>>());
    assert_eq!(parts, 3);
}

#[tokio::test]
async fn pictures_downloads_and_the_status_have_their_forms() {
    let backend = house();
    let image = json!({ "mimeType": "image/jpeg", "data": "AAAA", "width": 8, "height": 6, "scale": 1.0 });
    let page = json!({ "tabId": 7, "url": "https://a.test/", "title": "A" });
    backend.answers.lock().unwrap().extend([
        ("browser_screenshot", json!({ "page": page, "text": "The picture has 8 × 6 pixels.", "image": image })),
        (
            "browser_downloads",
            json!({ "text": "One.", "value": { "downloads": [{ "id": 3, "state": "complete", "path": "/d/a.txt" }] } }),
        ),
    ]);
    let host = client(&backend).await;
    let picture = read(&host, "browser://tab/7/screenshot").await;
    assert_eq!(
        picture.iter().map(|(kind, ..)| kind.as_str()).collect::<Vec<_>>(),
        ["application/json", "text/markdown", "image/jpeg"]
    );
    assert_eq!(picture[2].1, "AAAA");
    assert!(picture[0].1.contains("\"width\":8") && !picture[0].1.contains("AAAA"), "{}", picture[0].1);
    assert_eq!(asked(&backend), [("browser_screenshot", json!({ "type": "jpeg", "tabId": 7, "aside": true }))]);
    assert_eq!(json_of(&host, "browser://downloads").await["downloads"][0]["path"], "/d/a.txt");
    assert!(markdown_of(&host, "browser://downloads").await.contains("/d/a.txt"));
    let status = json_of(&host, "browser://hub/status").await;
    assert_eq!((&status["clients"][0]["me"], &status["clients"][1]["tabCount"]), (&json!(true), &json!(2)));
    assert!(!status.to_string().contains("10.test"), "{status}");
    let network = json!({ "limit": 1000, "static": true, "tabId": 7, "aside": true });
    asked(&backend);
    read(&host, "browser://tab/7/network").await;
    assert_eq!(asked(&backend), [("browser_network_requests", network)]);
}

#[tokio::test]
async fn what_is_no_resource_and_what_cannot_be_read_are_told_apart() {
    let backend = house();
    let host = client(&backend).await;
    for stranger in ["browser://tab/7", "test://static-text", "browser://tabs?format=xml"] {
        let (code, data, _) = refused(&host, stranger).await;
        assert_eq!((code, data), (-32002, json!({ "uri": stranger })));
    }
    assert_eq!(asked(&backend), []);
    let (code, data, message) = refused(&host, "browser://tabs?cursor=x").await;
    assert_eq!((code, &data["code"]), (-32602, &json!("invalid_params")), "{message}");
    backend
        .refusals
        .lock()
        .unwrap()
        .insert("browser_snapshot", ("tab_taken", "Tab 10 is held by another client, \"cursor\"."));
    let (code, data, message) = refused(&host, "browser://tab/10/dom").await;
    assert_eq!((code, &data["code"]), (-32603, &json!("tab_taken")));
    assert!(message.starts_with("tab_taken: Tab 10 is held by another client, \"cursor\"."), "{message}");
}
