//! Calls through rmcp's client: names, arguments, errors, panics, order.

use std::sync::Arc;
use std::time::Duration;

use rmcp::ServiceError;
use serde_json::json;
use tokio::time::timeout;

use crate::fake::{Fake, call, client, text};

#[tokio::test]
async fn hello_and_the_list_are_answered_without_the_backend() {
    let backend = Arc::new(Fake::default());
    let host = client(&backend).await;
    let tools = host.list_all_tools().await.unwrap();
    assert!(tools.len() >= 17);
    let info = host.peer_info().unwrap();
    assert_eq!(info.server_info.as_ref().unwrap().name, "tabhub");
    assert!(info.instructions.as_ref().is_some_and(|text| text.contains("browser_snapshot") && text.len() < 700));
    let offered = &info.capabilities;
    assert!(offered.tools.is_some() && offered.resources.is_some() && offered.prompts.is_some());
    assert!(offered.completions.is_some() && serde_json::to_value(offered).unwrap()["logging"].is_object());
    assert!(backend.calls.lock().unwrap().is_empty());
    assert_eq!(*backend.hosts.lock().unwrap(), [("claude-code".to_owned(), "2.1".to_owned())]);
}

#[tokio::test]
async fn both_families_names_and_parameters_reach_the_backend_as_one() {
    let backend = Arc::new(Fake::default());
    let host = client(&backend).await;
    for (tool, arguments) in [
        ("browser_navigate_back", json!({})),
        ("browser_wait", json!({ "time": "0" })),
        ("browser_take_screenshot", json!({ "filename": "x.png" })),
        ("browser_console_messages", json!({})),
        ("browser_click", json!({ "target": "e1", "element": "Save" })),
        ("browser_close", json!({})),
        ("browser_tab_list", json!({})),
        ("browser_tab_new", json!({ "url": "https://a.test/" })),
        ("browser_tab_select", json!({ "index": 1 })),
        ("browser_tab_close", json!({ "index": "0" })),
    ] {
        host.call_tool(call(tool, arguments)).await.unwrap();
    }
    let expected = [
        ("browser_go_back", json!({})),
        ("browser_wait_for", json!({ "time": 0 })),
        ("browser_screenshot", json!({})),
        ("browser_get_console_logs", json!({})),
        ("browser_click", json!({ "ref": "e1", "element": "Save" })),
        ("browser_tabs", json!({ "action": "close" })),
        ("browser_tabs", json!({ "action": "list" })),
        ("browser_tabs", json!({ "action": "new", "url": "https://a.test/" })),
        ("browser_tabs", json!({ "action": "select", "index": 1 })),
        ("browser_tabs", json!({ "action": "close", "index": 0 })),
    ];
    assert_eq!(*backend.calls.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_call_may_take_as_long_as_its_arguments_ask_for() {
    let backend = Arc::new(Fake::default());
    let host = client(&backend).await;
    for (tool, arguments) in [
        ("browser_click", json!({ "ref": "e1" })),
        ("browser_wait_for", json!({ "time": 100 })),
        ("browser_navigate", json!({ "url": "https://a.test/", "timeout": 200_000 })),
    ] {
        host.call_tool(call(tool, arguments)).await.unwrap();
    }
    let left = backend.left.lock().unwrap().clone();
    for (left, secs) in left.iter().zip([60, 160, 210]) {
        assert!((secs * 1000 - 2000..=secs * 1000).contains(left), "{left} of {secs} s");
    }
}

#[tokio::test]
async fn a_tool_that_does_not_exist_is_a_protocol_error_with_the_nearest_names() {
    let backend = Arc::new(Fake::default());
    let host = client(&backend).await;
    let error = host.call_tool(call("browser_clik", json!({}))).await.unwrap_err();
    let ServiceError::McpError(error) = error else { panic!("{error}") };
    assert_eq!(error.code.0, -32602);
    assert!(error.message.starts_with("invalid_params: "), "{}", error.message);
    assert!(error.message.contains("browser_click"), "{}", error.message);
}

#[tokio::test]
async fn wrong_arguments_are_a_result_that_the_model_can_read() {
    let backend = Arc::new(Fake::default());
    let host = client(&backend).await;
    let result = host.call_tool(call("browser_click", json!({ "element": "Save" }))).await.unwrap();
    assert_eq!(result.is_error, Some(true));
    assert!(text(&result).starts_with("invalid_params: browser_click needs the argument ref"), "{}", text(&result));
    assert_eq!(result.structured_content.as_ref().unwrap()["error"]["code"], "invalid_params");
    assert!(backend.calls.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_error_of_the_house_keeps_its_word_and_its_next_step() {
    let host = client(&Arc::new(Fake::default())).await;
    let result = host.call_tool(call("browser_navigate", json!({ "url": "https://gone.test/" }))).await.unwrap();
    assert_eq!(result.is_error, Some(true));
    assert!(text(&result).starts_with("browser_gone: The browser left. Call again"), "{}", text(&result));
}

#[tokio::test]
async fn a_panic_is_an_error_answer_and_the_server_lives_on() {
    let host = client(&Arc::new(Fake::default())).await;
    for _ in 0..2 {
        let panics = host.call_tool(call("browser_navigate", json!({ "url": "https://panic.test/" })));
        let error = timeout(Duration::from_secs(20), panics).await.expect("an answer").unwrap_err();
        let ServiceError::McpError(error) = error else { panic!("{error}") };
        assert_eq!(error.code.0, -32603);
        assert!(error.message.starts_with("internal: "), "{}", error.message);
    }
    let result = host.call_tool(call("browser_navigate", json!({ "url": "https://a.test/" }))).await.unwrap();
    assert_eq!(text(&result), "- Page URL: https://a.test/\n- Page Title: T\nDone.");
}

#[tokio::test]
async fn a_slow_call_holds_nobody_up() {
    let backend = Arc::new(Fake::default());
    let host = Arc::new(client(&backend).await);
    let slow = tokio::spawn({
        let host = host.clone();
        async move { host.call_tool(call("browser_navigate", json!({ "url": "https://gate.test/" }))).await }
    });
    backend.begun.notified().await;
    let quick = host.call_tool(call("browser_navigate", json!({ "url": "https://quick.test/" }))).await.unwrap();
    assert!(text(&quick).contains("quick.test") && !slow.is_finished());
    backend.gate.notify_one();
    assert!(text(&slow.await.unwrap().unwrap()).contains("gate.test"));
}

#[tokio::test]
async fn a_page_travels_beside_the_text_for_programs_and_a_value_in_the_open() {
    let backend = Arc::new(Fake::default());
    backend.answers.lock().unwrap().insert("browser_evaluate", json!({ "value": [1, 2] }));
    let host = client(&backend).await;
    let page = host.call_tool(call("browser_navigate", json!({ "url": "https://a.test/" }))).await.unwrap();
    assert_eq!(page.structured_content, None, "a host would show only this, and drop the page");
    assert_eq!(page.meta.unwrap()["tabhub/answer"]["page"]["tabId"], 1);
    let value = host.call_tool(call("browser_evaluate", json!({ "function": "() => [1, 2]" }))).await.unwrap();
    assert_eq!(text(&value), "### Result\n[1,2]");
    assert_eq!(value.structured_content.unwrap(), json!({ "value": [1, 2] }));
}
