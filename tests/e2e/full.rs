//! The set `full`, as a host lists and calls it: every tool answers what its output schema says, and files lie where they
//! are said to lie.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::home::Home;
use crate::hosts::browser_for;
use crate::support::chromium::Chromium;
use crate::support::eventually;
use crate::support::mcp::{McpProcess, text_of};
use crate::support::site::{Page, Site};

const PAGE: &str = r#"<!doctype html><title>Everything</title><style>body { margin: 0; height: 3000px }</style>
<button id=b onclick="this.textContent = 'Done'">Do</button><button id=ask onclick="confirm('Sure?')">Ask</button>
<form><label>Name <input id=name></label><label>Colour <select id=colour><option>Red<option>Green</select></label>
<label>File <input id=file type=file></label></form>
<div id=zone tabindex=0 style="width: 200px; height: 60px" ondragover="event.preventDefault()" ondrop="event.preventDefault()">Zone</div>
<ul><li id=one draggable=true>One</li><li id=two>Two</li></ul><a id=get href=/data.csv download>Get</a>
<table><tr><th>Name<th>Price</tr><tr><td>Tea<td>3</tr><tr><td>Milk<td>2</tr></table><a id=next href=/next>Next</a>
<script>console.log('hello', { a: 1 }); console.error('bad'); fetch('/data.csv'); document.cookie = 'a=1'; localStorage.b = '2';</script>"#;

fn pages(path: &str) -> Page {
    match path {
        "/" => Page::html(PAGE),
        "/next" => Page::html("<title>Next</title><h1>Next</h1>"),
        "/data.csv" => Page::text("a,b\n1,2\n"),
        _ => Page::missing(),
    }
}

struct Full {
    home: Home,
    host: McpProcess,
    chromium: Chromium,
    site: Site,
    schemas: BTreeMap<String, Value>,
    answered: std::sync::Mutex<BTreeSet<String>>,
}

impl Full {
    async fn start() -> Self {
        let home = Home::new().with("TABHUB_TOOLS", "full");
        let host = home.host("full").await;
        eventually("the hub", || async { host.text("browser_status", json!({})).await.contains("Hub") }).await;
        let chromium = browser_for(&home).await;
        let site = Site::serve(pages).await;
        let listed = host.request("tools/list", json!({})).await;
        let schema = |tool: &Value| (tool["name"].as_str().unwrap().to_owned(), tool["outputSchema"].clone());
        let schemas = listed["tools"].as_array().unwrap().iter().map(schema).collect();
        Self { home, host, chromium, site, schemas, answered: std::sync::Mutex::default() }
    }

    /// Calls a tool that must succeed, and holds its answer against its schema.
    async fn call(&self, tool: &str, arguments: Value) -> Value {
        let result = self.host.call(tool, arguments).await;
        assert_ne!(result["isError"], true, "{tool}: {}", text_of(&result));
        self.check(tool, &result);
        self.answered.lock().unwrap().insert(tool.to_owned());
        result
    }

    /// Calls a tool that must fail; errors have a place in the schema, too.
    async fn error(&self, tool: &str, arguments: Value) -> String {
        let result = self.host.call(tool, arguments).await;
        assert_eq!(result["isError"], true, "{tool} succeeded: {}", text_of(&result));
        assert!(result["structuredContent"]["error"]["code"].is_string(), "{tool}: {result}");
        self.check(tool, &result);
        text_of(&result)
    }

    fn check(&self, tool: &str, result: &Value) {
        let (schema, structured) = (&self.schemas[tool], &result["structuredContent"]);
        if schema.is_null() {
            // A host would drop the picture for it.
            assert_eq!(tool, "browser_screenshot");
            assert!(structured.is_null() || result["isError"] == true, "{result}");
            return;
        }
        let mut wrong = Vec::new();
        validate(schema, structured, tool, &mut wrong);
        assert!(wrong.is_empty(), "{}\nin {structured}", wrong.join("\n"));
        assert!(!structured.as_object().unwrap().is_empty(), "{tool} answers nothing");
    }
}

/// The part of JSON Schema that the schemas use; a field that no schema names is wrong, too.
fn validate(schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    let known = ["type", "properties", "items", "enum"];
    for keyword in schema.as_object().expect("a schema").keys() {
        assert!(known.contains(&keyword.as_str()), "{at}: this check does not know {keyword}");
    }
    let fits = |kind: &Value| match kind.as_str().expect("a type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|n| n.fract() == 0.0),
        other => panic!("{at}: {other}"),
    };
    let is_fitting = match &schema["type"] {
        Value::Null => true,
        Value::Array(kinds) => kinds.iter().any(fits),
        kind => fits(kind),
    };
    if !is_fitting {
        wrong.push(format!("{at} is no {}: {value}", schema["type"]));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        wrong.push(format!("{at} is none of {}: {value}", schema["enum"]));
    }
    if let (Some(fields), Some(given)) = (schema["properties"].as_object(), value.as_object()) {
        for (name, value) in given {
            match fields.get(name) {
                Some(schema) => validate(schema, value, &format!("{at}.{name}"), wrong),
                None => wrong.push(format!("{at}.{name} is not in the schema: {value}")),
            }
        }
    }
    if let (Some(schema), Some(items)) = (schema.get("items"), value.as_array()) {
        items.iter().for_each(|item| validate(schema, item, &format!("{at}[]"), wrong));
    }
}

#[test]
fn the_check_of_schemas_finds_what_is_wrong() {
    let schema = json!({ "type": "object", "properties": {
        "a": { "type": "integer" }, "b": { "type": "array", "items": { "type": ["string", "null"] } }, "c": { "enum": ["x"] },
    } });
    let found = |value: Value| {
        let mut wrong = Vec::new();
        validate(&schema, &value, "it", &mut wrong);
        wrong.len()
    };
    assert_eq!(found(json!({ "a": 1, "b": ["x", null], "c": "x" })), 0);
    for value in
        [json!([]), json!({ "a": 1.5 }), json!({ "b": [1] }), json!({ "c": "y" }), json!({ "d": 1 }), json!(null)]
    {
        assert_eq!(found(value.clone()), 1, "{value}");
    }
}

#[tokio::test]
async fn every_tool_of_full_answers_what_its_schema_says() {
    let full = Full::start().await;
    let url = full.site.url("/");
    full.call("browser_navigate", json!({ "url": url })).await;
    full.chromium.in_page("worker.js", "chrome.storage.local.set({ siteDataAllowed: true })").await;
    for (tool, arguments) in [
        ("browser_snapshot", json!({})),
        ("browser_snapshot", json!({ "maxChars": 300 })),
        ("browser_find", json!({ "text": "Do" })),
        ("browser_get_text", json!({ "maxChars": 200, "format": "markdown" })),
        ("browser_extract", json!({ "fields": ["Name", "Price"] })),
        ("browser_click", json!({ "ref": "#b" })),
        ("browser_hover", json!({ "ref": "#b" })),
        ("browser_type", json!({ "ref": "#name", "text": "Ada" })),
        ("browser_fill_form", json!({ "fields": [{ "ref": "#name", "value": "Eve" }] })),
        ("browser_select_option", json!({ "ref": "#colour", "values": ["Green"] })),
        ("browser_press_key", json!({ "key": "Tab" })),
        ("browser_click", json!({ "ref": "#ask" })),
        ("browser_handle_dialog", json!({ "accept": true })),
        ("browser_drag", json!({ "startRef": "#one", "endRef": "#two" })),
        ("browser_scroll", json!({ "to": "top" })),
        ("browser_wait_for", json!({ "text": "Zone" })),
        ("browser_screenshot", json!({ "annotate": true })),
        ("browser_tabs", json!({ "action": "list" })),
        ("browser_tabs", json!({ "action": "new", "url": full.site.url("/next") })),
        ("browser_tabs", json!({ "action": "close" })),
        (
            "browser_batch",
            json!({ "steps": [
            { "tool": "browser_find", "args": { "text": "Done" } }, { "tool": "browser_click", "args": { "ref": "#none" } },
            { "tool": "browser_evaluate", "args": { "function": "() => [1]" } },
        ], "onError": "continue" }),
        ),
        ("browser_evaluate", json!({ "function": "() => ({ a: [1, null, 'x'] })" })),
        ("browser_get_console_logs", json!({})),
        ("browser_network_requests", json!({ "static": true })),
        ("browser_network_request", json!({ "id": 1, "part": "headers" })),
        ("browser_network_request", json!({ "id": 1, "part": "body", "maxChars": 10 })),
        ("browser_click", json!({ "ref": "#get" })),
        ("browser_downloads", json!({ "action": "wait" })),
        ("browser_pdf_save", json!({})),
        ("browser_resize", json!({ "width": 700, "height": 600 })),
        ("browser_emulate", json!({ "colorScheme": "dark" })),
        ("browser_mouse_click_xy", json!({ "x": 10, "y": 10 })),
        ("browser_mouse_move_xy", json!({ "x": 10, "y": 10 })),
        ("browser_mouse_drag_xy", json!({ "startX": 300, "startY": 200, "endX": 350, "endY": 220 })),
        ("browser_mouse_wheel", json!({ "deltaY": 10 })),
        ("browser_cookies", json!({})),
        ("browser_cookies", json!({ "action": "set", "name": "n", "value": "v", "expires": "2100-01-01" })),
        ("browser_cookies", json!({ "values": true })),
        ("browser_storage", json!({ "values": true })),
        ("browser_reload", json!({})),
        ("browser_click", json!({ "ref": "#next" })),
        ("browser_go_back", json!({})),
        ("browser_go_forward", json!({})),
        ("browser_status", json!({})),
        ("browser_browsers", json!({ "action": "list" })),
    ] {
        full.call(tool, arguments).await;
    }
    let (answer, ()) =
        tokio::join!(full.call("browser_ask_user", json!({ "message": "Yes?", "options": ["Yes"] })), async {
            let is_there = "document.querySelector('#options button') !== null";
            eventually("the question", || async { full.chromium.in_page("ask.html", is_there).await == true }).await;
            full.chromium.in_page("ask.html", "document.querySelector('#options button').click()").await;
        });
    assert_eq!(answer["structuredContent"]["value"]["answer"], "Yes");
    upload_and_drop(&full).await;

    let listed: BTreeSet<_> = full.schemas.keys().cloned().collect();
    assert_eq!(*full.answered.lock().unwrap(), listed, "every tool was called");
    for (tool, arguments) in [
        ("browser_click", json!({ "ref": "#nowhere" })),
        ("browser_evaluate", json!({ "function": "() => { throw new Error('no') }" })),
        ("browser_pdf_save", json!({ "filename": "../x.pdf" })),
        ("browser_downloads", json!({ "action": "wait", "id": 12345 })),
        ("browser_tabs", json!({ "action": "select", "index": 99 })),
        ("browser_network_request", json!({ "id": 99_999 })),
        ("browser_screenshot", json!({ "ref": "#nowhere" })),
    ] {
        full.error(tool, arguments).await;
    }
}

/// Files of the folder in which the host works.
async fn upload_and_drop(full: &Full) {
    full.call("browser_navigate", json!({ "url": full.site.url("/") })).await;
    for (tool, target) in [("browser_file_upload", "#file"), ("browser_drop", "#zone")] {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let said = text_of(&full.call(tool, json!({ "ref": target, "paths": [path] })).await);
        assert!(said.contains("\"Cargo.toml\""), "{said}");
        let refused = full.error(tool, json!({ "ref": target, "paths": ["/etc/hostname"] })).await;
        assert!(refused.starts_with("not_allowed: "), "{refused}");
    }
}

#[tokio::test]
async fn a_pdf_lies_where_a_person_expects_it_and_overwrites_nothing() {
    let full = Full::start().await;
    full.call("browser_navigate", json!({ "url": full.site.url("/next") })).await;
    let folder = full.home.path().canonicalize().unwrap().join("files");
    for (arguments, name) in [
        (json!({}), "Next.pdf"),
        (json!({}), "Next (2).pdf"),
        (json!({ "filename": "report" }), "report.pdf"),
        (json!({ "filename": "2026/report.pdf", "pages": "1" }), "2026/report.pdf"),
    ] {
        let answer = full.call("browser_pdf_save", arguments).await;
        let path = folder.join(name);
        let written = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(written.starts_with(b"%PDF-"));
        let value = &answer["structuredContent"]["value"];
        assert_eq!(*value, json!({ "path": path, "bytes": written.len(), "pages": 1 }));
        assert!(text_of(&answer).contains(path.to_str().unwrap()), "{}", text_of(&answer));
        assert!(!answer.to_string().contains("JVBERi"), "the bytes themselves stay out of the answer");
    }
    let error = full.error("browser_pdf_save", json!({ "filename": "/tmp/elsewhere.pdf" })).await;
    assert!(error.starts_with("not_allowed: ") && error.contains("TABHUB_OUTPUT_DIR"), "{error}");
    let url = full.site.url("/next");
    full.home.ok_meanwhile(["call", "browser_navigate", "--url", &url]).await;
    let said = full.home.ok_meanwhile(["call", "browser_pdf_save", "--filename", "shell.pdf"]).await;
    let path = folder.join("shell.pdf");
    assert!(said.contains(path.to_str().unwrap()) && path.is_file(), "{said}");
}

#[tokio::test]
async fn without_the_persons_leave_cookies_and_storage_stay_closed() {
    let full = Full::start().await;
    full.call("browser_navigate", json!({ "url": full.site.url("/") })).await;
    for tool in ["browser_cookies", "browser_storage"] {
        for action in [json!({ "action": "get" }), json!({ "action": "clear" })] {
            let error = full.error(tool, action).await;
            assert!(error.starts_with("not_allowed: ") && error.contains("“Cookies and storage”"), "{error}");
        }
    }
    let kept = full.call("browser_evaluate", json!({ "function": "() => [document.cookie, localStorage.b]" })).await;
    assert_eq!(kept["structuredContent"]["value"], json!(["a=1", "2"]));
}
