//! A backend that does what its script says and keeps what it was asked.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rmcp::model::{CallToolRequestParams, CallToolResult, ClientConfig, Implementation, JsonObject};
use rmcp::service::RunningService;
use rmcp::{RoleClient, ServiceExt};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use tabhub::config::{Overrides, Settings};
use tabhub::mcp::backend::{Backend, CallRequest, Progress};
use tabhub::mcp::handler::Handler;
use tabhub::mcp::serve::serve;
use tabhub::mcp::watches::Watches;
use tabhub::protocol::{ErrorCode, HubError};
use tokio::io::DuplexStream;
use tokio::sync::Notify;

/// What a call of `browser_navigate` does, by its URL's host; so does `browser_ask_user`, by its message.
#[derive(Default)]
pub struct Fake {
    /// Tool and arguments of each call.
    pub calls: Mutex<Vec<(&'static str, Value)>>,
    /// Time that each call had left when it came, in milliseconds.
    pub left: Mutex<Vec<u64>>,
    /// Who introduced themselves.
    pub hosts: Mutex<Vec<(String, String)>>,
    /// Told when a call begins that never ends.
    pub begun: Notify,
    /// Told when such a call is dropped.
    pub dropped: Notify,
    /// Lets calls to `https://gate.test/` go on.
    pub gate: Notify,
    /// What other tools answer.
    pub answers: Mutex<BTreeMap<&'static str, Value>>,
    /// What other tools fail with: a word of the table of errors, and a sentence.
    pub refusals: Mutex<BTreeMap<&'static str, (&'static str, &'static str)>>,
    /// Who wants to hear of what; what is told here is told to them.
    pub watches: Arc<Watches>,
}

struct TellsWhenDropped<'a>(&'a Notify);

impl Drop for TellsWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Backend for Fake {
    async fn call(&self, request: CallRequest) -> Result<Box<RawValue>, HubError> {
        let params: Value = serde_json::from_str(request.params.get()).unwrap();
        self.calls.lock().unwrap().push((request.tool, params.clone()));
        self.left.lock().unwrap().push(u64::try_from(request.deadline.left().as_millis()).unwrap());
        // A question to the person has no URL; its message decides.
        let url = params["url"].as_str().or(params["message"].as_str()).unwrap_or_default().to_owned();
        let page = json!({ "page": { "tabId": 1, "url": url, "title": "T" }, "text": "Done." });
        match url.as_str() {
            "https://panic.test/" => panic!("on purpose"),
            "https://gone.test/" => Err(HubError::new(ErrorCode::BrowserGone, "The browser left.")),
            "https://never.test/" => {
                let _told = TellsWhenDropped(&self.dropped);
                self.begun.notify_one();
                std::future::pending().await
            }
            "https://gate.test/" => {
                self.begun.notify_one();
                self.gate.notified().await;
                Ok(to_raw_value(&page).unwrap())
            }
            "https://steps.test/" => {
                let sender = request.progress.expect("a host that asked for progress");
                for step in [1.0, 2.0] {
                    let message = format!("step {step}");
                    sender.send(Progress { progress: step, total: Some(2.0), message }).await.unwrap();
                }
                // Longer than a second without a word: the handler gives a sign of life.
                self.gate.notified().await;
                Ok(to_raw_value(&page).unwrap())
            }
            _ => {
                if let Some((word, message)) = self.refusals.lock().unwrap().get(request.tool) {
                    return Err(HubError::new(ErrorCode::from((*word).to_owned()), *message));
                }
                let answer = self.answers.lock().unwrap().get(request.tool).cloned();
                Ok(to_raw_value(&answer.unwrap_or(page)).unwrap())
            }
        }
    }

    fn identify(&self, name: &str, version: &str) {
        self.hosts.lock().unwrap().push((name.to_owned(), version.to_owned()));
    }

    fn watches(&self) -> Option<Arc<Watches>> {
        Some(self.watches.clone())
    }
}

/// Settings from the given environment, with a home that does not exist.
pub fn settings(vars: &[(&str, &str)]) -> Settings {
    let home = tempfile::tempdir().unwrap();
    let home: &Path = home.path();
    let env = |name: &str| match name {
        "TABHUB_HOME" => Some(home.display().to_string()),
        _ => vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()),
    };
    Settings::from_sources(Overrides::default(), env).unwrap()
}

/// The server's end of a connection in memory; the other end is returned.
pub fn server(backend: &Arc<Fake>, vars: &[(&str, &str)]) -> DuplexStream {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let handler = Handler::new(backend.clone(), Arc::new(settings(vars)));
    tokio::spawn(async move {
        let (reader, writer) = tokio::io::split(ours);
        serve(handler, reader, writer).await.unwrap();
    });
    theirs
}

/// rmcp's client, connected and past `initialize`.
pub async fn client(backend: &Arc<Fake>) -> RunningService<RoleClient, ClientConfig> {
    let config = ClientConfig::new(Default::default(), Implementation::new("claude-code", "2.1"));
    config.serve(server(backend, &[])).await.unwrap()
}

/// A call's parameters.
pub fn call(tool: &'static str, arguments: Value) -> CallToolRequestParams {
    CallToolRequestParams::new(tool).with_arguments(object(arguments))
}

/// A JSON object.
pub fn object(value: Value) -> JsonObject {
    value.as_object().cloned().unwrap()
}

/// A result's first text.
pub fn text(result: &CallToolResult) -> &str {
    &result.content[0].as_text().unwrap().text
}
