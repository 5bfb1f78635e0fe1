//! The set `browsermcp` beside recorded calls of Browser MCP 0.1.3: the same calls, and page, title, snapshot, console and
//! picture as its extension told them, must come out as the same content, byte for byte.

use std::sync::Arc;

use rmcp::ServiceExt;
use rmcp::model::{ClientConfig, Implementation};
use serde_json::{Value, json};

use crate::fake::{Fake, call, server};

/// What tabhub's extension would have answered where Browser MCP's told these things.
fn answer(extension: &Value, tool: &str) -> Value {
    let mut answer = json!({ "page": { "tabId": 1, "url": "https://example.com/", "title": "Example Domain" }, "text": "Our own words." });
    if let Some(yaml) =
        extension.get("browser_snapshot").filter(|_| !["browser_press_key", "browser_wait"].contains(&tool))
    {
        answer["snapshot"] = json!({ "yaml": yaml, "mode": "full" });
    }
    if let Some(lines) = extension.get("browser_get_console_logs").and_then(Value::as_array) {
        let entry =
            |line: &Value| json!({ "level": line["type"], "timestamp": line["timestamp"], "text": line["message"] });
        answer["value"] = json!({ "entries": lines.iter().map(entry).collect::<Vec<_>>(), "dropped": 0 });
    }
    if let Some(data) = extension.get("browser_screenshot") {
        answer["image"] = json!({ "mimeType": "image/png", "data": data, "width": 1, "height": 1 });
    }
    answer
}

#[tokio::test]
async fn every_recorded_call_is_answered_with_the_recorded_content() {
    let recorded: Vec<Value> = serde_json::from_str(include_str!("../goldens/browsermcp-calls.json")).unwrap();
    assert_eq!(recorded.len(), 12, "all tools of that server");
    let backend = Arc::new(Fake::default());
    let config = ClientConfig::new(Default::default(), Implementation::new("recorder", "0"));
    let host = config.serve(server(&backend, &[("TABHUB_TOOLS", "browsermcp")])).await.unwrap();
    for golden in recorded {
        let name: &'static str = golden["name"].as_str().unwrap().to_owned().leak();
        let tool = tabhub::mcp::registry::find(name).unwrap().name;
        backend.answers.lock().unwrap().insert(tool, answer(&golden["extension"], name));
        let result = host.call_tool(call(name, golden["arguments"].clone())).await.unwrap();
        assert_eq!(serde_json::to_value(&result.content).unwrap(), golden["content"], "{name}");
        assert!(result.structured_content.is_none() && result.meta.is_none(), "{name}: nothing else");
    }
    let asked =
        |tool: &str| backend.calls.lock().unwrap().iter().rfind(|(name, _)| *name == tool).unwrap().1["after"].clone();
    assert_eq!((asked("browser_click"), asked("browser_press_key")), (json!("page"), json!("nothing")));
}

#[tokio::test]
async fn what_there_was_no_place_for_stands_behind_the_recorded_form() {
    let backend = Arc::new(Fake::default());
    let config = ClientConfig::new(Default::default(), Implementation::new("recorder", "0"));
    let host = config.serve(server(&backend, &[("TABHUB_TOOLS", "browsermcp")])).await.unwrap();
    let texts = async |arguments: Value, answer: Value| {
        backend.answers.lock().unwrap().insert("browser_click", answer);
        let result = host.call_tool(call("browser_click", arguments)).await.unwrap();
        result.content.iter().map(|block| block.as_text().unwrap().text.clone()).collect::<Vec<_>>()
    };
    let page = json!({ "tabId": 1, "url": "https://a.test/", "title": "A" });
    // Words for the element may be left out; a page that is too long is cut, and says so within its YAML.
    let cut = json!({ "yaml": "- text: much", "mode": "full", "cursor": "c1", "remainingChars": 90 });
    let told =
        texts(json!({ "ref": "e5" }), json!({ "page": page, "snapshot": cut, "notes": ["A tab opened."] })).await;
    assert_eq!(told[0], "Clicked \"e5\"");
    assert!(
        told[1].ends_with("```yaml\n- text: much\n# 90 characters more: browser_snapshot with cursor=\"c1\"\n```\n"),
        "{}",
        told[1]
    );
    assert_eq!(told[2], "- Note: A tab opened.\n");
    // Under a dialog there is no page to be seen.
    let dialog = json!({ "type": "alert", "message": "Really?" });
    let told = texts(json!({ "ref": "e5", "element": "Buy" }), json!({ "page": page, "dialog": dialog })).await;
    assert_eq!(told[0], "Clicked \"Buy\"");
    assert!(told.len() == 2 && told[1].contains("alert \"Really?\""), "{told:?}");
}
