//! An MCP host in small: spawns a stdio server as hosts do, speaks JSON-RPC by lines, and keeps ids apart.

use std::collections::HashMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::oneshot;

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>;

/// A spawned MCP server.
pub struct McpProcess {
    pub child: Child,
    stdin: tokio::sync::Mutex<Option<ChildStdin>>,
    waiting: Waiting,
    next_id: Mutex<u64>,
    pub notifications: Arc<Mutex<Vec<Value>>>,
}

impl McpProcess {
    /// Spawns a server; `env` is added to this process's environment.
    pub fn spawn(program: &Path, args: &[&str], env: &[(&str, String)]) -> Self {
        let mut child = Command::new(program)
            .args(args)
            .envs(env.iter().map(|(name, value)| (*name, value.as_str())))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the MCP server starts");
        let stdout = child.stdout.take().unwrap();
        let stdin = child.stdin.take();
        let (waiting, notifications) = (Waiting::default(), Arc::new(Mutex::new(Vec::new())));
        let (answers, news) = (waiting.clone(), notifications.clone());
        tokio::spawn(async move {
            let mut lines = BufReader::new(stdout).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let message: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("not JSON ({e}): {line}"));
                match message["id"].as_u64() {
                    Some(id) if message.get("method").is_none() => {
                        let port = answers.lock().unwrap().remove(&id);
                        let _ = port.unwrap_or_else(|| panic!("an answer that nobody asked for: {line}")).send(message);
                    }
                    _ => news.lock().unwrap().push(message),
                }
            }
            answers.lock().unwrap().clear();
        });
        Self { child, stdin: tokio::sync::Mutex::new(stdin), waiting, next_id: Mutex::new(1), notifications }
    }

    /// Spawns a server and introduces the host to it.
    pub async fn start(program: &Path, args: &[&str], env: &[(&str, String)], name: &str) -> Self {
        let server = Self::spawn(program, args, env);
        server.initialize(name).await;
        server
    }

    /// The handshake of MCP.
    pub async fn initialize(&self, name: &str) -> Value {
        let params = json!({
            "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": name, "version": "1.0" },
        });
        let answer = self.request("initialize", params).await;
        self.send(json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
        answer
    }

    /// Sends a message as it is.
    pub async fn send(&self, message: Value) {
        self.send_line(&message.to_string()).await;
    }

    /// Sends a line as it is.
    pub async fn send_line(&self, line: &str) {
        if let Some(stdin) = self.stdin.lock().await.as_mut() {
            let _ = stdin.write_all(format!("{line}\n").as_bytes()).await;
        }
    }

    /// Sends a request; the receiver hears the whole response.
    pub async fn ask(&self, method: &str, params: Value) -> (u64, oneshot::Receiver<Value>) {
        let id = {
            let mut next = self.next_id.lock().unwrap();
            *next += 1;
            *next
        };
        let (tx, rx) = oneshot::channel();
        self.waiting.lock().unwrap().insert(id, tx);
        self.send(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).await;
        (id, rx)
    }

    /// Sends a request and waits for its result; a JSON-RPC error fails the test.
    pub async fn request(&self, method: &str, params: Value) -> Value {
        let (_, answer) = self.ask(method, params).await;
        let answer = tokio::time::timeout(std::time::Duration::from_secs(90), answer).await;
        let answer = answer.unwrap_or_else(|_| panic!("no answer to {method}")).expect("the server lives");
        assert!(answer.get("error").is_none(), "{method}: {}", answer["error"]);
        answer["result"].clone()
    }

    /// Calls a tool and returns its result, be it an error or not.
    pub async fn call(&self, tool: &str, arguments: Value) -> Value {
        self.request("tools/call", json!({ "name": tool, "arguments": arguments })).await
    }

    /// Calls a tool that must succeed, and returns its text.
    pub async fn text(&self, tool: &str, arguments: Value) -> String {
        let result = self.call(tool, arguments).await;
        assert_ne!(result["isError"], true, "{tool}: {}", text_of(&result));
        text_of(&result)
    }

    /// Calls a tool that must fail, and returns its text.
    pub async fn error(&self, tool: &str, arguments: Value) -> String {
        let result = self.call(tool, arguments).await;
        assert_eq!(result["isError"], true, "{tool} succeeded: {}", text_of(&result));
        text_of(&result)
    }

    /// Closes the server's input, as a host that ends does.
    pub async fn close_input(&self) {
        self.stdin.lock().await.take();
    }

    /// Closes the server's input, as a host that ends does, and waits until the server is gone.
    pub async fn close(mut self) -> std::process::ExitStatus {
        self.close_input().await;
        let end = tokio::time::timeout(std::time::Duration::from_secs(20), self.child.wait()).await;
        end.expect("the server ends with its input").unwrap()
    }
}

/// The text parts of a tool's result.
pub fn text_of(result: &Value) -> String {
    let parts = result["content"].as_array().cloned().unwrap_or_default();
    parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n")
}
