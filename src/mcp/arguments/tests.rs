//! Each tool's arguments as models write them, and as the extension reads them.

use serde_json::json;

use super::*;
use crate::mcp::registry::find;

fn normalised(tool: &str, given: Value) -> Result<Value, String> {
    let given = given.as_object().cloned().unwrap_or_default();
    normalise(find(tool).expect("a tool"), given).map(Value::Object).map_err(|error| error.text())
}

#[test]
fn each_tool_takes_its_arguments_and_brings_them_into_one_form() {
    let table = [
        (
            "browser_navigate",
            json!({ "url": "https://a.b/", "newTab": "true", "timeout": "5000", "waitUntil": "DOMContentLoaded" }),
            json!({ "url": "https://a.b/", "newTab": true, "waitUntil": "domcontentloaded", "timeout": 5000 }),
        ),
        ("browser_navigate_back", json!({ "tabId": "12" }), json!({ "tabId": 12 })),
        ("browser_navigate_forward", json!({}), json!({})),
        ("browser_reload", json!({ "ignoreCache": true }), json!({ "ignoreCache": true })),
        (
            "browser_snapshot",
            json!({ "target": "e5", "maxChars": 1_000_000, "mode": "full", "filename": "x.md" }),
            json!({ "ref": "e5", "maxChars": 1_000_000, "mode": "full" }),
        ),
        ("browser_snapshot", json!({ "ref": "", "cursor": "", "depth": null }), json!({})),
        (
            "browser_click",
            json!({ "target": "[ref=e5]", "element": "Save", "modifiers": "ctrl", "button": "Right" }),
            json!({ "ref": "e5", "element": "Save", "button": "right", "modifiers": ["Control"] }),
        ),
        ("browser_click", json!({ "ref": "#save > a[href]" }), json!({ "ref": "#save > a[href]" })),
        ("browser_hover", json!({ "selector": "f1e3" }), json!({ "ref": "f1e3" })),
        (
            "browser_type",
            json!({ "ref": "ref=e2", "text": "", "submit": "false" }),
            json!({ "ref": "e2", "text": "", "submit": false }),
        ),
        ("browser_type", json!({ "ref": "e2", "text": 42 }), json!({ "ref": "e2", "text": "42" })),
        ("browser_select_option", json!({ "ref": "e3", "values": "Blue" }), json!({ "ref": "e3", "values": ["Blue"] })),
        (
            "browser_select_option",
            json!({ "target": "e3", "value": [1, "b"] }),
            json!({ "ref": "e3", "values": ["1", "b"] }),
        ),
        (
            "browser_fill_form",
            json!({ "fields": [{ "name": "Name", "type": "textbox", "target": "ref=e1", "value": "Ada" }, { "ref": "e2", "value": true }] }),
            json!({ "fields": [
                { "ref": "e1", "value": "Ada", "type": "textbox", "name": "Name" }, { "ref": "e2", "value": true }
            ] }),
        ),
        (
            "browser_fill_form",
            json!({ "fields": r#"{ "ref": "e3", "value": ["a", 2] }"#, "submit": "true" }),
            json!({ "fields": [{ "ref": "e3", "value": ["a", "2"] }], "submit": true }),
        ),
        (
            "browser_drag",
            json!({ "startElement": "A", "startRef": "e1", "endElement": "B", "endTarget": "[ref=e2]" }),
            json!({ "startRef": "e1", "endRef": "e2", "startElement": "A", "endElement": "B" }),
        ),
        (
            "browser_extract",
            json!({ "schema": r#"{ "type": "array" }"#, "fields": "name" }),
            json!({ "schema": { "type": "array" }, "fields": ["name"] }),
        ),
        (
            "browser_batch",
            json!({ "steps": [{ "name": "browser_wait", "arguments": { "time": "1" } }, { "tool": "browser_click", "args": { "target": "e1" } }] }),
            json!({ "steps": [
                { "tool": "browser_wait_for", "args": { "time": 1 } }, { "tool": "browser_click", "args": { "ref": "e1" } }
            ] }),
        ),
        (
            "browser_ask_user",
            json!({ "question": "Which?", "options": "A" }),
            json!({ "message": "Which?", "options": ["A"], "timeout": 300_000 }),
        ),
        ("browser_file_upload", json!({ "paths": "a.txt" }), json!({ "paths": ["a.txt"] })),
        ("browser_press_key", json!({ "key": "ctrl+a", "repeat": 2.0 }), json!({ "key": "Control+a", "repeat": 2 })),
        ("browser_press_key", json!({ "key": 7 }), json!({ "key": "7" })),
        (
            "browser_handle_dialog",
            json!({ "accept": "yes", "promptText": "" }),
            json!({ "accept": true, "promptText": "" }),
        ),
        ("browser_wait", json!({ "time": "3" }), json!({ "time": 3 })),
        (
            "browser_wait_for",
            json!({ "textGone": "Loading", "text": "", "timeout": 9000, "networkIdle": false }),
            json!({ "textGone": "Loading", "timeout": 9000 }),
        ),
        (
            "browser_take_screenshot",
            json!({ "format": "jpg", "quality": "80", "filename": "a.jpg" }),
            json!({ "type": "jpeg", "quality": 80 }),
        ),
        (
            "browser_tabs",
            json!({ "action": "create", "url": "https://a.b/" }),
            json!({ "action": "new", "url": "https://a.b/" }),
        ),
        ("browser_tabs", json!({ "action": "select", "index": "1" }), json!({ "action": "select", "index": 1 })),
        ("browser_console_messages", json!({ "onlyErrors": true }), json!({ "level": "error" })),
        ("browser_console_messages", json!({ "level": "warn", "onlyErrors": false }), json!({ "level": "warning" })),
        ("browser_evaluate", json!({ "expression": "1 + 1" }), json!({ "function": "1 + 1" })),
        ("browser_status", json!({ "verbose": true }), json!({})),
    ];
    for (tool, given, expected) in table {
        assert_eq!(normalised(tool, given.clone()), Ok(expected), "{tool} {given}");
    }
}

#[test]
fn the_order_of_what_is_given_does_not_matter() {
    let one = normalised("browser_click", json!({ "button": "left", "ref": "e1" })).expect("fits").to_string();
    let other = normalised("browser_click", json!({ "target": "e1", "button": "left" })).expect("fits").to_string();
    assert_eq!(one, other, "a repeat has the same digest");
}

#[test]
fn what_comes_beside_a_missing_argument_is_called_unknown_only_where_it_is() {
    for (tool, given, unknown) in [
        ("browser_type", json!({ "text": "x" }), None),
        ("browser_type", json!({ "text": "x", "tabId": 3, "uid": "e1" }), Some("browser_type does not know: uid.")),
        ("browser_network_request", json!({ "part": "headers" }), None),
        ("browser_select_option", json!({ "value": "x" }), None),
    ] {
        let said = normalised(tool, given).expect_err("it misses one");
        assert_eq!(said.contains("does not know"), unknown.is_some(), "{said}");
        assert!(unknown.is_none_or(|unknown| said.contains(unknown)), "{said}");
    }
}

#[test]
fn a_wrong_argument_is_named_with_what_is_expected_and_what_came() {
    let table = [
        ("browser_navigate", json!({}), "needs the argument url, text that is not empty, but it is missing."),
        ("browser_navigate", json!({ "uri": "x" }), "does not know: uri."),
        (
            "browser_navigate",
            json!({ "url": "" }),
            "The argument url of browser_navigate must be text that is not empty, but it is \"\".",
        ),
        ("browser_navigate", json!({ "url": "/path" }), "must be an absolute address, but it is \"/path\"."),
        (
            "browser_navigate",
            json!({ "url": "a.b", "timeout": "soon" }),
            "timeout of browser_navigate must be a whole number from 0 to 840000, but it is \"soon\".",
        ),
        (
            "browser_navigate",
            json!({ "url": "a.b", "waitUntil": "later" }),
            "must be one of load, domcontentloaded, commit, but it is \"later\".",
        ),
        (
            "browser_click",
            json!({ "ref": 5 }),
            "ref of browser_click must be a ref from a snapshot (e12) or a CSS selector, but it is 5.",
        ),
        (
            "browser_click",
            json!({ "ref": "e1", "doubleClick": "maybe" }),
            "must be true or false, but it is \"maybe\".",
        ),
        ("browser_click", json!({ "ref": "e1", "modifiers": ["Hyper"] }), "must be a list of Alt, Control"),
        ("browser_type", json!({ "ref": "e1", "text": { "a": 1 } }), "must be text, but it is {\"a\":1}."),
        ("browser_press_key", json!({ "key": "hyper+a" }), "must be a key or modifiers and a key"),
        ("browser_select_option", json!({ "ref": "e1", "values": [{}] }), "must be a list of texts, but it is [{}]."),
        ("browser_fill_form", json!({ "fields": [] }), "needs at least one field"),
        ("browser_fill_form", json!({ "fields": "x" }), "must be a list of objects with ref, value, but it is \"x\"."),
        (
            "browser_fill_form",
            json!({ "fields": [{ "ref": "e1", "value": "a" }, { "ref": "e2" }] }),
            "needs fields[1].value, text, a number, true, false or a list of texts, but it is missing.",
        ),
        ("browser_fill_form", json!({ "fields": [{ "ref": 1, "value": "a" }] }), "The argument fields[0].ref of"),
        ("browser_extract", json!({ "schema": "{" }), "must be a JSON object, but it is \"{\"."),
        ("browser_batch", json!({ "steps": [] }), "needs at least one step"),
        ("browser_batch", json!({ "steps": [{ "tool": "browser_clik" }] }), "Step 1: There is no tool"),
        ("browser_batch", json!({ "steps": [{ "tool": "browser_batch" }] }), "Step 1: browser_batch cannot be a step"),
        (
            "browser_batch",
            json!({ "steps": [{ "tool": "browser_reload" }, { "tool": "browser_click" }] }),
            "Step 2: browser_click needs the argument ref",
        ),
        (
            "browser_batch",
            json!({ "steps": [{ "tool": "browser_click", "args": { "ref": "e1", "tabId": 3 } }] }),
            "give tabId to browser_batch itself",
        ),
        ("browser_wait_for", json!({}), "needs something to wait for"),
        ("browser_wait_for", json!({ "time": 100_000 }), "must be a number from 0 to 840, but it is 100000."),
        ("browser_wait_for", json!({ "time": -1 }), "must be a number from 0 to 840, but it is -1."),
        ("browser_snapshot", json!({ "depth": 1.5 }), "must be a whole number of 1 or more, but it is 1.5."),
        (
            "browser_tabs",
            json!({ "action": "steal" }),
            "must be one of list, new, close, select, claim, release, share, handoff, but it is \"steal\".",
        ),
        ("browser_tabs", json!({ "action": "select" }), "needs tabId or index"),
        ("browser_tabs", json!({ "action": "claim" }), "needs tabId to claim a tab"),
        ("browser_tabs", json!({ "action": "handoff", "tabId": 3 }), "needs to, the name of the client"),
        ("browser_browsers", json!({ "action": "use" }), "needs browserId"),
        ("browser_browsers", json!({ "action": "name", "browserId": "x" }), "needs a name"),
        ("browser_handle_dialog", json!({}), "needs the argument accept, true or false"),
    ];
    for (tool, given, part) in table {
        let error = normalised(tool, given.clone()).expect_err(tool);
        assert!(error.starts_with("invalid_params: ") && error.contains(part), "{tool} {given}: {error}");
    }
}

#[test]
fn an_error_does_not_repeat_a_long_value() {
    let error = normalised("browser_click", json!({ "ref": ["é".repeat(5000)] })).expect_err("wrong");
    assert!(error.len() < 500 && error.contains('…'), "{error}");
}
