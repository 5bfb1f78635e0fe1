//! Who may come in over HTTP, with what, and how often; and what they are told.

use std::num::NonZeroU32;

use serde_json::{Value, json};

use crate::sessions::browser;
use crate::support::http::{Alone, MODERN, Reply, Request, Session, hello, rpc, text};
use crate::support::hub::TestHub;

/// A request that is right, at a path.
fn right(hub: &TestHub) -> Request {
    Request::new(hub.mcp_port, "POST", "/mcp").body(rpc(1, "initialize", &hello("host", &json!({}))))
}

/// What a refusal says, which is nothing of this machine.
async fn said(reply: Reply) -> Value {
    let text = reply.text().await;
    assert!(!text.contains('/') || text.contains("/mcp") || text.contains("application/json"), "{text}");
    assert!(!text.contains(".rs") && !text.contains("panicked"), "{text}");
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

#[tokio::test]
async fn no_web_page_and_no_rebound_name_gets_in() {
    let hub = TestHub::start().await;
    let port = hub.mcp_port;
    let evil = [
        ("host", format!("evil.example:{port}")),
        ("host", "127.0.0.1:1".to_owned()),
        ("origin", "https://evil.example".to_owned()),
        ("origin", format!("http://localhost.evil.example:{port}")),
        ("origin", "null".to_owned()),
    ];
    for (name, value) in evil {
        for method in ["POST", "GET", "DELETE", "OPTIONS"] {
            let mut request = right(&hub).header(name, &value);
            request.method = method;
            assert_eq!(request.send().await.status, 403, "{method} {name}: {value}");
        }
    }
    let own = right(&hub).header("origin", &format!("http://127.0.0.1:{port}")).send().await;
    assert_eq!(own.status, 200, "a page of the server itself is none of a stranger");
}

#[tokio::test]
async fn nobody_gets_in_without_the_token() {
    let hub = TestHub::start().await;
    for wrong in ["", "Bearer", "Bearer wrong", "Basic 0123456789abcdef", "Bearer 0123456789abcdeF"] {
        for path in ["/mcp", "/mcp/shop", "/elsewhere"] {
            let mut request = right(&hub).header("authorization", wrong);
            path.clone_into(&mut request.path);
            let reply = request.send().await;
            assert_eq!(reply.status, 401, "{wrong} {path}");
            assert!(reply.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Bearer")));
            assert!(said(reply).await["error"]["message"].as_str().unwrap().contains("tabhub token"));
        }
    }
    assert!(hub.status().await.clients.is_empty());
    assert_eq!(right(&hub).send().await.status, 200);
}

#[tokio::test]
async fn who_wants_no_token_is_asked_for_none() {
    let hub = TestHub::start_with(|settings| settings.http_auth = false).await;
    assert_eq!(right(&hub).header("authorization", "").send().await.status, 200);
    let page = right(&hub).header("authorization", "").header("origin", "https://evil.example").send().await;
    assert_eq!(page.status, 403, "and web pages stay out");
}

#[tokio::test]
async fn a_body_over_the_cap_is_refused_however_it_is_announced() {
    let hub = TestHub::start_as(|_| {}, |config| config.http.body_bytes = 1000).await;
    let long = rpc(1, "initialize", &hello(&"x".repeat(2000), &json!({}))).to_string();
    let announced = right(&hub).body(&long).send().await;
    assert_eq!(announced.status, 413);
    said(announced).await;
    let chunk = format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
    let chunked = right(&hub).body(chunk).header("transfer-encoding", "chunked").send().await;
    assert_eq!(chunked.status, 413);
    assert_eq!(right(&hub).send().await.status, 200);
}

#[tokio::test]
async fn a_client_that_asks_too_often_is_told_when_to_come_again_and_others_are_not() {
    let hub = TestHub::start_with(|settings| settings.http_rate = NonZeroU32::new(5).unwrap()).await;
    let _browser = browser(&hub).await;
    let (greedy, modest) = (Session::open(hub.mcp_port, "greedy").await, Session::open(hub.mcp_port, "modest").await);
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    let mut refused = None;
    for _ in 0..20 {
        let reply = greedy.post(&ping).await;
        if reply.status == 429 {
            refused = Some(reply);
            break;
        }
        assert_eq!(reply.status, 200);
    }
    let refused = refused.expect("twenty at once are too many");
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    assert!(said(refused).await["error"]["message"].as_str().unwrap().contains("Too many requests"));
    assert!(text(&modest.call("browser_get_text", json!({})).await).contains("for modest"));
    let mut told = Vec::new();
    for n in 0..20 {
        let made_up = Session { id: format!("made-up-{n}"), ..modest.clone() };
        told.push(made_up.post(&ping).await.status);
    }
    assert_eq!(told.last(), Some(&429), "a session that is made up for each request has no pace of its own: {told:?}");
}

#[tokio::test]
async fn what_is_no_json_and_no_message_is_told_so() {
    let hub = TestHub::start().await;
    let post = |body: &str| right(&hub).body(body).send();
    for broken in ["", "{", "not json"] {
        let reply = post(broken).await;
        assert_eq!(reply.status, 400, "{broken}");
        let error = said(reply).await;
        assert_eq!((&error["error"]["code"], &error["id"]), (&json!(-32700), &Value::Null), "{error}");
    }
    for strange in ["[]", "7", "{}", "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}"] {
        let reply = post(strange).await;
        assert_eq!(reply.status, 400, "{strange}");
        assert_eq!(said(reply).await["error"]["code"], -32600, "{strange}");
    }
}

#[tokio::test]
async fn wrong_media_types_methods_and_places_are_told_apart() {
    let hub = TestHub::start().await;
    for accept in ["text/html", "application/json", "text/event-stream"] {
        assert_eq!(right(&hub).header("accept", accept).send().await.status, 406, "{accept}");
    }
    for kind in ["text/plain", "application/jsonx", ""] {
        assert_eq!(right(&hub).header("content-type", kind).send().await.status, 415, "{kind}");
    }
    let mut put = right(&hub);
    put.method = "PUT";
    let reply = put.send().await;
    assert_eq!((reply.status, reply.header("allow")), (405, Some("GET, POST, DELETE")));
    let mut elsewhere = right(&hub);
    "/elsewhere".clone_into(&mut elsewhere.path);
    assert_eq!(elsewhere.send().await.status, 404);
    let mut nameless = right(&hub);
    "/mcp/%20".clone_into(&mut nameless.path);
    assert_eq!(nameless.send().await.status, 400);
}

#[tokio::test]
async fn unknown_methods_tools_and_bad_arguments_are_told_apart_in_both_eras() {
    let hub = TestHub::start().await;
    let _browser = browser(&hub).await;
    let session = Session::open(hub.mcp_port, "cursor").await;
    let alone = Alone::new(hub.mcp_port, "modern");
    let unknown = [session.ask("tools/lost", &json!({})).await, alone.ask("tools/lost", json!({})).await];
    for answer in unknown {
        assert_eq!(answer["error"]["code"], -32601, "{answer}");
    }
    let bad = json!({ "tabId": "seven" });
    for answer in [session.call("browser_get_text", bad.clone()).await, alone.call("browser_get_text", bad).await] {
        assert_eq!(answer["result"]["isError"], true, "{answer}");
        assert!(text(&answer).starts_with("invalid_params:"), "{answer}");
    }
    let none = json!({});
    for answer in [session.call("browser_fly", none.clone()).await, alone.call("browser_fly", none).await] {
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
    }
}

#[tokio::test]
async fn the_hubs_own_setting_decides_which_tools_hosts_over_http_see() {
    let hub = TestHub::start_with(|settings| settings.tools = tabhub::config::ToolSet::Browsermcp).await;
    let tools = Session::open(hub.mcp_port, "cursor").await.ask("tools/list", &json!({})).await;
    let names: Vec<&str> =
        tools["result"]["tools"].as_array().unwrap().iter().filter_map(|tool| tool["name"].as_str()).collect();
    assert!(names.contains(&"browser_go_back") && !names.contains(&"browser_tabs"), "{names:?}");
}

#[tokio::test]
async fn a_request_of_the_new_era_that_contradicts_its_headers_is_refused() {
    let hub = TestHub::start().await;
    let host = Alone::new(hub.mcp_port, "modern");
    let request = host.request(1, "tools/call", json!({ "name": "browser_status", "arguments": {} }));
    let reply = request.clone().header("mcp-name", "browser_click").send().await;
    assert_eq!(reply.status, 400);
    let reply = request.header("mcp-protocol-version", "1999-01-01").send().await;
    assert_eq!(reply.status, 400, "{MODERN} is what it can");
}

#[tokio::test]
async fn what_the_new_era_has_no_more_is_an_unknown_method_there() {
    let hub = TestHub::start().await;
    let host = Alone::new(hub.mcp_port, "modern");
    let subscribed = json!({ "uri": "browser://tabs" });
    for (method, params) in [
        ("initialize", json!({})),
        ("ping", json!({})),
        ("logging/setLevel", json!({})),
        ("resources/subscribe", json!({})),
        ("resources/subscribe", subscribed.clone()),
        ("resources/unsubscribe", subscribed),
    ] {
        let uri = params["uri"].as_str().unwrap_or_default().to_owned();
        let reply = host.request(1, method, params).header("mcp-name", &uri).send().await;
        assert_eq!(reply.status, 404, "{method}");
        assert_eq!(reply.json().await["error"]["code"], -32601, "{method}");
    }
}

#[tokio::test]
async fn a_host_over_http_uploads_only_from_folders_that_were_named_for_the_hub() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().canonicalize().unwrap().join("a.txt");
    std::fs::write(&file, "x").unwrap();
    let named = folder.path().to_owned();
    // The folder in which the hub runs has this file; no host over HTTP has chosen that folder.
    let upload = |path: &str| json!({ "paths": [path], "ref": "e1" });
    for dirs in [None, Some(vec![named])] {
        let hub = TestHub::start_with(|settings| settings.upload_dirs = dirs.clone()).await;
        let browser = browser(&hub).await;
        let (session, alone) = (Session::open(hub.mcp_port, "cursor").await, Alone::new(hub.mcp_port, "modern"));
        let asked = [file.to_str().unwrap(), concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), "Cargo.toml"];
        for (n, path) in asked.into_iter().enumerate() {
            let answers = [
                session.call("browser_file_upload", upload(path)).await,
                alone.call("browser_file_upload", upload(path)).await,
            ];
            for answer in answers {
                let is_allowed = n == 0 && dirs.is_some();
                assert_eq!(answer["result"]["isError"] != true, is_allowed, "{path} of {dirs:?}: {answer}");
                let says = text(&answer);
                assert!(is_allowed || n > 1 || says.starts_with("not_allowed:"), "{says}");
                assert!(is_allowed || dirs.is_some() || says.contains("TABHUB_UPLOAD_DIRS"), "{says}");
            }
        }
        let given: Vec<_> = browser.calls().iter().map(|call| call.body.params.get().to_owned()).collect();
        assert_eq!(given.len(), if dirs.is_some() { 2 } else { 0 }, "{given:?}");
        assert!(given.iter().all(|params| params.contains(file.to_str().unwrap())), "{given:?}");
    }
}
