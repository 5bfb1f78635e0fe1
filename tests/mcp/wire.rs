//! What crosses the wire line by line: cancellation, progress, ids, requests of the wrong form.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf};
use tokio::time::timeout;

use crate::fake::{Fake, server};

/// No wait of these tests is near this long unless something is broken.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Host {
    lines: tokio::io::Lines<BufReader<ReadHalf<DuplexStream>>>,
    writer: WriteHalf<DuplexStream>,
}

impl Host {
    pub async fn hello(backend: &Arc<Fake>, name: &str, vars: &[(&str, &str)]) -> Self {
        Self::hello_with(backend, name, vars, json!({})).await
    }

    /// A host that can do more than the least.
    pub async fn hello_with(backend: &Arc<Fake>, name: &str, vars: &[(&str, &str)], capabilities: Value) -> Self {
        let (reader, writer) = tokio::io::split(server(backend, vars));
        let mut host = Self { lines: BufReader::new(reader).lines(), writer };
        let client = json!({ "name": name, "version": "1" });
        let params = json!({ "protocolVersion": "2025-06-18", "capabilities": capabilities, "clientInfo": client });
        host.send(json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params })).await;
        assert_eq!(host.next().await["result"]["protocolVersion"], "2025-06-18");
        host.send(json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
        host
    }

    /// A host of the era without `initialize`: each request says who it is.
    pub fn modern(backend: &Arc<Fake>) -> Self {
        let (reader, writer) = tokio::io::split(server(backend, &[]));
        Self { lines: BufReader::new(reader).lines(), writer }
    }

    pub async fn modern_request(&mut self, id: u64, method: &str, mut params: Value) {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { "name": "modern", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        self.request(id, method, params).await;
    }

    pub async fn send(&mut self, message: Value) {
        self.writer.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    pub async fn request(&mut self, id: u64, method: &str, params: Value) {
        self.send(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).await;
    }

    async fn navigate(&mut self, id: u64, url: &str) {
        self.request(id, "tools/call", json!({ "name": "browser_navigate", "arguments": { "url": url } })).await;
    }

    pub async fn next(&mut self) -> Value {
        let line = timeout(PATIENCE, self.lines.next_line()).await.expect("an answer in time").unwrap().unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

#[tokio::test]
async fn a_cancelled_call_ends_in_the_backend_too() {
    let backend = Arc::new(Fake::default());
    let mut host = Host::hello(&backend, "a", &[]).await;
    host.navigate(1, "https://never.test/").await;
    timeout(PATIENCE, backend.begun.notified()).await.unwrap();
    let params = json!({ "requestId": 1, "reason": "the person pressed escape" });
    host.send(json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params })).await;
    timeout(PATIENCE, backend.dropped.notified()).await.expect("the backend's future is dropped");
    host.navigate(2, "https://a.test/").await;
    assert_eq!(host.next().await["id"], 2, "a cancelled request gets no answer, the next one does");
}

#[tokio::test]
async fn a_host_that_leaves_takes_its_calls_with_it() {
    let backend = Arc::new(Fake::default());
    let mut host = Host::hello(&backend, "a", &[]).await;
    host.navigate(1, "https://never.test/").await;
    timeout(PATIENCE, backend.begun.notified()).await.unwrap();
    drop(host);
    timeout(PATIENCE, backend.dropped.notified()).await.expect("the backend's future is dropped");
}

#[tokio::test]
async fn a_late_call_is_answered_with_its_deadline() {
    let backend = Arc::new(Fake::default());
    let mut host = Host::hello(&backend, "a", &[("TABHUB_CALL_TIMEOUT", "0.2")]).await;
    host.navigate(1, "https://never.test/").await;
    let answer = host.next().await;
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert!(
        text.starts_with("deadline_exceeded: No answer to browser_navigate came from the hub within 0.2 s"),
        "{text}"
    );
    timeout(PATIENCE, backend.dropped.notified()).await.expect("the backend's future is dropped");
}

#[tokio::test]
async fn progress_is_delivered_in_order_and_silence_gets_a_sign_of_life() {
    let backend = Arc::new(Fake::default());
    let mut host = Host::hello(&backend, "a", &[]).await;
    let arguments = json!({ "url": "https://steps.test/" });
    let params = json!({ "name": "browser_navigate", "arguments": arguments, "_meta": { "progressToken": "p1" } });
    host.request(1, "tools/call", params).await;
    let mut numbers = Vec::new();
    for message in ["step 1", "step 2", "still working on browser_navigate"] {
        let news = host.next().await;
        assert_eq!(
            (&news["method"], &news["params"]["progressToken"]),
            (&json!("notifications/progress"), &json!("p1"))
        );
        assert!(news["params"]["message"].as_str().unwrap().starts_with(message), "{news}");
        numbers.push(news["params"]["progress"].as_f64().unwrap());
    }
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
    backend.gate.notify_one();
    assert_eq!(host.next().await["id"], 1);
}

#[tokio::test]
async fn equal_ids_of_two_hosts_do_not_cross() {
    let backend = Arc::new(Fake::default());
    let (mut one, mut other) = (Host::hello(&backend, "one", &[]).await, Host::hello(&backend, "other", &[]).await);
    for id in 1..=20 {
        one.navigate(id, "https://one.test/").await;
        other.navigate(id, "https://other.test/").await;
    }
    for _ in 1..=20 {
        for (host, url) in [(&mut one, "https://one.test/"), (&mut other, "https://other.test/")] {
            let answer = host.next().await;
            assert_eq!(answer["result"]["_meta"]["tabhub/answer"]["page"]["url"], url);
        }
    }
}

#[tokio::test]
async fn a_request_of_the_wrong_form_is_answered_and_the_server_lives_on() {
    let backend = Arc::new(Fake::default());
    let mut host = Host::hello(&backend, "a", &[]).await;
    for (id, params) in
        [(1, json!({ "name": 5 })), (2, json!({ "name": "browser_click", "arguments": "e1" })), (3, json!({}))]
    {
        host.request(id, "tools/call", params).await;
        let answer = host.next().await;
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(id), &json!(-32602)), "{answer}");
    }
    host.request(4, "tools/fly", json!({})).await;
    assert_eq!(host.next().await["error"]["code"], -32601);
    host.writer.write_all(b"not json\n\n").await.unwrap();
    host.request(5, "tools/call", json!({ "name": "browser_status" })).await;
    assert_eq!(host.next().await["id"], 5);
}

#[tokio::test]
async fn each_set_lists_its_own_tools() {
    for (set, first, has_schema) in [("core", "browser_navigate", false), ("full", "browser_navigate", true)] {
        let mut host = Host::hello(&Arc::new(Fake::default()), "a", &[("TABHUB_TOOLS", set)]).await;
        host.request(1, "tools/list", json!({})).await;
        let tools = host.next().await["result"]["tools"].clone();
        assert_eq!(tools[0]["name"], first);
        assert_eq!(tools[0].get("outputSchema").is_some(), has_schema, "{set}");
        if set == "core" {
            assert!(tools.to_string().len() < 14 * 1024, "{}", tools.to_string().len());
        }
    }
}
