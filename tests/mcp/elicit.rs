//! A question to the person: in the host where it can ask, and in the browser.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::fake::Fake;
use crate::wire::Host;

/// The browser's window stands open and nobody answers there.
const OPEN: &str = "https://never.test/";

async fn host_that_can_ask(backend: &Arc<Fake>) -> Host {
    Host::hello_with(backend, "a", &[], json!({ "elicitation": {} })).await
}

async fn ask(host: &mut Host, message: &str) {
    let arguments = json!({ "message": message, "options": ["Yes", "No"] });
    host.request(1, "tools/call", json!({ "name": "browser_ask_user", "arguments": arguments })).await;
}

/// The question that the host is asked to put.
async fn asked(host: &mut Host, message: &str) -> Value {
    let request = host.next().await;
    assert_eq!(request["method"], "elicitation/create", "{request}");
    assert_eq!(request["params"]["message"], message);
    let answer = &request["params"]["requestedSchema"]["properties"]["answer"];
    assert_eq!((&answer["type"], &answer["enum"]), (&json!("string"), &json!(["Yes", "No"])));
    request["id"].clone()
}

async fn reply(host: &mut Host, id: Value, result: Value) {
    host.send(json!({ "jsonrpc": "2.0", "id": id, "result": result })).await;
}

fn answer_of(response: &Value) -> &Value {
    assert_eq!(response["id"], 1, "{response}");
    &response["result"]["structuredContent"]["value"]["answer"]
}

#[tokio::test]
async fn an_answer_in_the_host_counts_and_the_browsers_question_is_withdrawn() {
    for (reply_of_host, answer) in [
        (json!({ "action": "accept", "content": { "answer": "Yes" } }), json!("Yes")),
        (json!({ "action": "decline" }), Value::Null),
    ] {
        let backend = Arc::new(Fake::default());
        let mut host = host_that_can_ask(&backend).await;
        ask(&mut host, OPEN).await;
        let id = asked(&mut host, OPEN).await;
        backend.begun.notified().await;
        reply(&mut host, id, reply_of_host).await;
        assert_eq!(*answer_of(&host.next().await), answer);
        backend.dropped.notified().await;
    }
}

#[tokio::test]
async fn an_answer_that_was_not_offered_is_none_and_leaves_the_browsers_question_open() {
    for content in [json!({ "answer": "zzz" }), json!({ "answer": 1 }), json!({})] {
        let backend = Arc::new(Fake::default());
        let mut host = host_that_can_ask(&backend).await;
        ask(&mut host, OPEN).await;
        let id = asked(&mut host, OPEN).await;
        backend.begun.notified().await;
        reply(&mut host, id, json!({ "action": "accept", "content": content })).await;
        host.request(2, "tools/list", json!({})).await;
        assert_eq!(host.next().await["id"], 2, "nothing is answered: {content}");
    }
}

#[tokio::test]
async fn an_answer_in_the_browser_counts_and_the_hosts_question_is_withdrawn() {
    const MESSAGE: &str = "https://gate.test/";
    let backend = Arc::new(Fake::default());
    let mut host = host_that_can_ask(&backend).await;
    ask(&mut host, MESSAGE).await;
    let id = asked(&mut host, MESSAGE).await;
    backend.begun.notified().await;
    backend.gate.notify_one();
    let (mut told, mut is_answered) = (Value::Null, false);
    while told.is_null() || !is_answered {
        let message = host.next().await;
        if message["method"] == "notifications/cancelled" {
            told = message["params"]["requestId"].clone();
        } else {
            assert_eq!(message["id"], 1, "{message}");
            is_answered = true;
        }
    }
    assert_eq!(told, id, "the host is told which question is over");
}

#[tokio::test]
async fn where_one_of_them_cannot_ask_the_other_one_does() {
    // No browser is there: the host has the answer.
    let backend = Arc::new(Fake::default());
    let mut host = host_that_can_ask(&backend).await;
    ask(&mut host, "https://gone.test/").await;
    let id = asked(&mut host, "https://gone.test/").await;
    reply(&mut host, id, json!({ "action": "accept", "content": { "answer": "No" } })).await;
    assert_eq!(*answer_of(&host.next().await), "No");

    // The person put the question aside in the host: the browser's is still open.
    let mut host = host_that_can_ask(&backend).await;
    let value = json!({ "text": "The person answered: \"Yes\"", "value": { "answer": "Yes" } });
    ask(&mut host, OPEN).await;
    let id = asked(&mut host, OPEN).await;
    backend.begun.notified().await;
    reply(&mut host, id, json!({ "action": "cancel" })).await;
    host.request(2, "tools/list", json!({})).await;
    assert_eq!(host.next().await["id"], 2, "nothing is answered yet");

    // A host that cannot ask is not asked.
    backend.answers.lock().unwrap().insert("browser_ask_user", value);
    let mut host = Host::hello(&backend, "b", &[]).await;
    ask(&mut host, "Really?").await;
    assert_eq!(*answer_of(&host.next().await), "Yes");
}
