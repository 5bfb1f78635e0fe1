//! The frames of each tool, byte for byte as the extension's own server sent them, and the contents that it made of the
//! answers: through a real host's instance, a real hub, and the port.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::home::Home;
use crate::support::legacy::{FakeExtension, Got, Said};
use crate::support::mcp::text_of;

/// What was recorded of one frame: what the server sent, and what the extension said then.
type Script = Arc<Mutex<VecDeque<(String, Vec<String>)>>>;

fn recorded(part: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("../goldens/browsermcp-frames.json")).unwrap();
    all[part].as_array().cloned().unwrap()
}

/// Says what was recorded, where the frame is the recorded one but for its id.
fn replay(script: &Script, got: &Got) -> Said {
    let (sent, said) = script.lock().unwrap().pop_front().unwrap_or_else(|| panic!("one frame too many: {}", got.text));
    let sent_id = serde_json::from_str::<Value>(&sent).unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(got.id.len(), sent_id.len());
    assert_eq!(got.text, sent.replace(&sent_id, &got.id));
    Said::Texts(said.iter().map(|text| text.replace(&sent_id, &got.id)).collect())
}

fn script_of(call: &Value) -> VecDeque<(String, Vec<String>)> {
    let frames = call["frames"].as_array().unwrap().iter();
    let texts = |said: &Value| said.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect();
    frames.map(|frame| (frame["sent"].as_str().unwrap().to_owned(), texts(&frame["said"]))).collect()
}

async fn with_extension(home: &Home) -> (FakeExtension, Script) {
    home.ok_meanwhile(["start"]).await;
    let script = Script::default();
    let replayed = Arc::clone(&script);
    let port = home.hub().legacy_port.expect("hub.json tells the port");
    (FakeExtension::connect_with(port, move |got| replay(&replayed, got)).await, script)
}

#[tokio::test]
async fn every_tool_sends_the_recorded_frames_and_answers_with_the_recorded_content() {
    let home = Home::set(&[("TABHUB_LEGACY_PORT", "0"), ("TABHUB_TOOLS", "browsermcp")]);
    let (extension, script) = with_extension(&home).await;
    let host = home.host("recorder").await;
    let calls = recorded("every tool");
    assert_eq!(calls.len(), 12, "all tools of that server");
    for call in calls.into_iter().chain(recorded("odd answers")) {
        let name = call["name"].as_str().unwrap();
        *script.lock().unwrap() = script_of(&call);
        let result = host.call(name, call["arguments"].clone()).await;
        assert_eq!(result["content"], call["content"], "{name}");
        assert!(script.lock().unwrap().is_empty(), "{name}: a frame was not sent");
        assert!(!extension.is_over(), "{name}");
    }
}

#[tokio::test]
async fn what_the_extension_fails_at_is_told_in_the_tables_words() {
    let home = Home::set(&[("TABHUB_LEGACY_PORT", "0"), ("TABHUB_TOOLS", "browsermcp")]);
    let (_extension, script) = with_extension(&home).await;
    let host = home.host("recorder").await;
    let words = ["no_browser: ", "tool_failed: ", "tool_failed: "];
    for (call, word) in recorded("errors").into_iter().zip(words) {
        *script.lock().unwrap() = script_of(&call);
        let result = host.call(call["name"].as_str().unwrap(), call["arguments"].clone()).await;
        let text = text_of(&result);
        assert!(result["isError"] == true && text.starts_with(word), "{}: {text}", call["name"]);
        assert!(word != "no_browser: " || text.contains("Connect"), "{text}");
    }
}

#[tokio::test]
async fn the_tools_of_core_that_have_a_verb_work_and_the_others_say_what_to_do() {
    let home = Home::set(&[("TABHUB_LEGACY_PORT", "0")]);
    home.ok_meanwhile(["start"]).await;
    let (extension, tab) = FakeExtension::connect(home.hub().legacy_port.unwrap()).await;
    let host = home.host("core").await;
    let page = host.text("browser_navigate", json!({ "url": "https://a.test/" })).await;
    assert!(page.starts_with("- Page URL: https://a.test/\n- Page Title: Title of https://a.test/"), "{page}");
    assert!(page.contains("- button \"Buy\" [ref=s1e5]"), "{page}");
    let dragged = host.text("browser_drag", json!({ "startRef": "s1e5", "endTarget": "s1e2" })).await;
    assert!(dragged.contains("Dragged \"s1e5\" to \"s1e2\"") && dragged.contains("[ref=s2e5]"), "{dragged}");
    let typed = json!({ "target": "[ref=s2e5]", "text": "a b" });
    assert!(host.text("browser_type", typed).await.contains("Typed \"a b\" into \"s2e5\""));
    assert!(host.text("browser_console_messages", json!({})).await.contains("[info] hi"));
    assert!(host.text("browser_wait_for", json!({ "time": 0.1 })).await.contains("Waited for 0.1 seconds"));
    let picture = host.call("browser_take_screenshot", json!({})).await;
    assert_eq!(picture["content"][1]["data"], "iVBORw0KGgo=", "{picture}");
    let whole = host.text("browser_snapshot", json!({ "interactiveOnly": true })).await;
    assert!(whole.contains("- Note: ") && whole.contains("whole page"), "{whole}");
    let before = extension.frames().len();
    for (tool, arguments) in [
        ("browser_click", json!({ "ref": "s3e5", "doubleClick": true })),
        ("browser_click", json!({ "ref": "#buy" })),
        ("browser_wait_for", json!({ "text": "Done" })),
        ("browser_tabs", json!({ "action": "list" })),
        ("browser_evaluate", json!({ "function": "() => 1" })),
        ("browser_reload", json!({})),
    ] {
        let text = host.error(tool, arguments).await;
        assert!(text.starts_with("unsupported: ") && text.contains("Browser MCP extension"), "{tool}: {text}");
    }
    assert_eq!(extension.frames().len(), before, "nothing of these is sent");
    assert_eq!(tab.lock().unwrap().done.len(), 4, "{:?}", tab.lock().unwrap().done);
    let status = host.text("browser_status", json!({})).await;
    assert!(status.contains("Chrome with Browser MCP 142.0.0.0: connected"), "{status}");
    assert!(status.contains("one tab, which all clients share"), "{status}");
    // Its name is the hub's to keep: that extension is not asked.
    let frames = extension.frames().len();
    host.text("browser_browsers", json!({ "action": "name", "name": "shop" })).await;
    let browsers = host.text("browser_browsers", json!({ "action": "list" })).await;
    assert!(browsers.contains("- shop [browserId=") && browsers.contains("one tab"), "{browsers}");
    assert_eq!(extension.frames().len(), frames);
    extension.vanish().await;
    let (_extension, _tab) = FakeExtension::connect(home.hub().legacy_port.unwrap()).await;
    host.text("browser_snapshot", json!({})).await;
    assert!(host.text("browser_status", json!({})).await.contains("- shop 142"), "it keeps its name");
}
