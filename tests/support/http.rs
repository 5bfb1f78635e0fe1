//! A host that speaks MCP over Streamable HTTP, byte by byte, so that a test may do what no library does.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::hub::TOKEN;
use super::within;

/// The protocol without sessions.
pub const MODERN: &str = "2026-07-28";
/// The last protocol with sessions.
pub const LEGACY: &str = "2025-11-25";

static IDS: AtomicU64 = AtomicU64::new(1);

/// One request that is to be sent.
#[derive(Debug, Clone)]
pub struct Request {
    pub port: u16,
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    /// A request as hosts send it, with the token.
    pub fn new(port: u16, method: &'static str, path: &str) -> Self {
        let headers = [
            ("host", format!("127.0.0.1:{port}")),
            ("authorization", format!("Bearer {TOKEN}")),
            ("accept", "application/json, text/event-stream".to_owned()),
            ("content-type", "application/json".to_owned()),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
        Self { port, method, path: path.to_owned(), headers, body: String::new() }
    }

    /// With this header instead of the one of its name; without it if the value is empty.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        if !value.is_empty() {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// With this body.
    pub fn body(mut self, body: impl ToString) -> Self {
        self.body = body.to_string();
        self
    }

    /// Sends it on a connection of its own.
    pub async fn send(self) -> Reply {
        let socket = connect(self.port).await;
        self.send_on(socket).await
    }

    /// Sends it on a connection that is there already, as a host does that keeps its own.
    pub async fn send_on(self, mut socket: BufReader<TcpStream>) -> Reply {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        let is_chunked = self.headers.iter().any(|(name, _)| name == "transfer-encoding");
        if self.method == "POST" && !is_chunked {
            head += &format!("content-length: {}\r\n", self.body.len());
        }
        head += "\r\n";
        socket.write_all(head.as_bytes()).await.unwrap();
        // A server that has answered already need not read the body.
        let _ = socket.write_all(self.body.as_bytes()).await;
        within("the head of a response", Reply::read(socket)).await
    }
}

/// A new connection to HTTP's port.
pub async fn connect(port: u16) -> BufReader<TcpStream> {
    let socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    socket.set_nodelay(true).unwrap();
    BufReader::new(socket)
}

/// A response whose body is read as it comes. Dropping it closes the connection.
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    socket: BufReader<TcpStream>,
    left: Left,
}

enum Left {
    Bytes(usize),
    Chunks,
    Nothing,
}

/// One server-sent event.
#[derive(Debug, Clone)]
pub struct SseEvent {
    pub id: Option<String>,
    pub data: String,
}

impl Reply {
    async fn read(mut socket: BufReader<TcpStream>) -> Self {
        let mut line = String::new();
        socket.read_line(&mut line).await.unwrap();
        let status = line.split(' ').nth(1).unwrap_or_else(|| panic!("no status line: {line:?}")).parse().unwrap();
        let mut headers = Vec::new();
        loop {
            line.clear();
            socket.read_line(&mut line).await.unwrap();
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut reply = Self { status, headers, socket, left: Left::Nothing };
        reply.left = match (reply.header("content-length"), reply.header("transfer-encoding")) {
            (Some(length), _) => Left::Bytes(length.parse().unwrap()),
            (None, Some("chunked")) => Left::Chunks,
            _ => Left::Nothing,
        };
        reply
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The next bytes of the body; `None` at its end, however it ended.
    pub async fn part(&mut self) -> Option<Vec<u8>> {
        match self.left {
            Left::Nothing => None,
            Left::Bytes(length) => {
                self.left = Left::Nothing;
                let mut body = vec![0; length];
                self.socket.read_exact(&mut body).await.ok()?;
                Some(body)
            }
            Left::Chunks => {
                let mut line = String::new();
                self.socket.read_line(&mut line).await.ok()?;
                let length = usize::from_str_radix(line.trim(), 16).ok()?;
                let mut chunk = vec![0; length + 2];
                self.socket.read_exact(&mut chunk).await.ok()?;
                chunk.truncate(length);
                if length == 0 {
                    self.left = Left::Nothing;
                    return None;
                }
                Some(chunk)
            }
        }
    }

    /// The connection, for the next request, once the body has been read to its end.
    pub async fn into_connection(mut self) -> BufReader<TcpStream> {
        while self.part().await.is_some() {}
        self.socket
    }

    /// The rest of the body.
    pub async fn text(mut self) -> String {
        let mut text = Vec::new();
        within("the end of a body", async {
            while let Some(part) = self.part().await {
                text.extend(part);
            }
        })
        .await;
        String::from_utf8(text).unwrap()
    }

    /// The rest of the body, as JSON.
    pub async fn json(self) -> Value {
        let text = self.text().await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// The next event of a stream, comments left out; `None` at its end.
    pub async fn event(&mut self) -> Option<SseEvent> {
        // A stream with nothing to say sends a comment now and then: it is the event that must come in time.
        within("an event", self.any_event()).await
    }

    async fn any_event(&mut self) -> Option<SseEvent> {
        // rmcp writes each event as one chunk.
        loop {
            let text = String::from_utf8(self.part().await?).unwrap();
            let field = |name: &str| {
                let lines = text.lines().filter_map(|line| line.strip_prefix(name));
                lines.map(str::trim_start).collect::<Vec<_>>()
            };
            let (id, data) = (field("id:"), field("data:"));
            if !data.is_empty() || !id.is_empty() {
                return Some(SseEvent { id: id.first().map(|id| (*id).to_owned()), data: data.join("\n") });
            }
        }
    }

    /// The next message of a stream; `None` at its end.
    pub async fn message(&mut self) -> Option<Value> {
        loop {
            let event = self.event().await?;
            if !event.data.is_empty() {
                return Some(serde_json::from_str(&event.data).unwrap());
            }
        }
    }

    /// Reads messages until one tells that this resource has changed.
    pub async fn until_updated(&mut self, uri: &str) {
        loop {
            let message = self.message().await.expect("the stream goes on");
            if message["method"] == "notifications/resources/updated" && message["params"]["uri"] == uri {
                return;
            }
        }
    }

    /// Reads messages until the one that answers this request.
    pub async fn answer(&mut self, id: u64) -> Value {
        if self.header("content-type").is_some_and(|kind| kind.starts_with("application/json")) {
            let part = within("a body", self.part()).await.expect("a body");
            return serde_json::from_slice(&part).unwrap();
        }
        loop {
            let message = self.message().await.expect("an answer before the end of the stream");
            if message["id"] == id && message.get("method").is_none() {
                return message;
            }
        }
    }
}

/// A new number for a request.
pub fn next_id() -> u64 {
    IDS.fetch_add(1, Ordering::Relaxed)
}

/// A JSON-RPC request.
pub fn rpc(id: u64, method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

/// The parameters of `initialize`.
pub fn hello(name: &str, capabilities: &Value) -> Value {
    json!({
        "protocolVersion": LEGACY,
        "capabilities": capabilities,
        "clientInfo": { "name": name, "version": "1.0" },
    })
}

/// A session (2025-11-25).
#[derive(Debug, Clone)]
pub struct Session {
    pub port: u16,
    pub path: String,
    pub id: String,
    pub token: String,
}

impl Session {
    /// Opens a session at `/mcp`.
    pub async fn open(port: u16, name: &str) -> Self {
        Self::open_at(port, "/mcp", name, &json!({})).await
    }

    /// Opens a session at this path, by a host that can do so much.
    pub async fn open_at(port: u16, path: &str, name: &str, capabilities: &Value) -> Self {
        Self::open_with(port, path, name, capabilities, TOKEN).await
    }

    /// The same with this token.
    pub async fn open_with(port: u16, path: &str, name: &str, capabilities: &Value, token: &str) -> Self {
        let id = next_id();
        let request = Request::new(port, "POST", path).body(rpc(id, "initialize", &hello(name, capabilities)));
        let mut reply = request.header("authorization", &format!("Bearer {token}")).send().await;
        assert_eq!(reply.status, 200);
        let session = reply.header("mcp-session-id").expect("a session").to_owned();
        let answer = reply.answer(id).await;
        assert_eq!(answer["result"]["protocolVersion"], LEGACY, "{answer}");
        let session = Self { port, path: path.to_owned(), id: session, token: token.to_owned() };
        let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        assert_eq!(session.post(&initialized).await.status, 202);
        session
    }

    /// A request of this session.
    pub fn request(&self, method: &'static str) -> Request {
        let request = Request::new(self.port, method, &self.path);
        let request = request.header("authorization", &format!("Bearer {}", self.token));
        request.header("mcp-session-id", &self.id).header("mcp-protocol-version", LEGACY)
    }

    /// Sends a message.
    pub async fn post(&self, message: &Value) -> Reply {
        self.request("POST").body(message).send().await
    }

    /// Sends a request and waits for its answer.
    pub async fn ask(&self, method: &str, params: &Value) -> Value {
        let id = next_id();
        self.post(&rpc(id, method, params)).await.answer(id).await
    }

    /// Calls a tool and waits for its answer.
    pub async fn call(&self, tool: &str, arguments: Value) -> Value {
        self.ask("tools/call", &json!({ "name": tool, "arguments": arguments })).await
    }

    /// Begins a call: the stream on which its answer will come, and its number.
    pub async fn begin(&self, tool: &str, arguments: Value) -> (Reply, u64) {
        let id = next_id();
        let message = rpc(id, "tools/call", &json!({ "name": tool, "arguments": arguments }));
        (self.post(&message).await, id)
    }

    /// Opens the stream that belongs to no request, or goes on with one that broke.
    pub async fn listen(&self, last_event_id: &str) -> Reply {
        self.request("GET").header("last-event-id", last_event_id).send().await
    }

    /// Ends the session.
    pub async fn delete(&self) -> u16 {
        self.request("DELETE").send().await.status
    }
}

/// A host of the protocol without sessions.
#[derive(Debug, Clone)]
pub struct Alone {
    pub port: u16,
    pub path: String,
    pub name: String,
    pub token: String,
}

impl Alone {
    /// A host of this name at `/mcp`.
    pub fn new(port: u16, name: &str) -> Self {
        Self { port, path: "/mcp".to_owned(), name: name.to_owned(), token: TOKEN.to_owned() }
    }

    /// The same in a workspace.
    pub fn at(port: u16, workspace: &str, name: &str) -> Self {
        Self { port, path: format!("/mcp/{workspace}"), name: name.to_owned(), token: TOKEN.to_owned() }
    }

    /// A request, with all that the protocol wants to be in it.
    pub fn request(&self, id: u64, method: &str, mut params: Value) -> Request {
        params["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!(MODERN);
        params["_meta"]["io.modelcontextprotocol/clientInfo"] = json!({ "name": self.name, "version": "1.0" });
        let can = &mut params["_meta"]["io.modelcontextprotocol/clientCapabilities"];
        *can = can.as_object().map_or(json!({}), |can| json!(can));
        let name = params["name"].as_str().unwrap_or_default().to_owned();
        let request = Request::new(self.port, "POST", &self.path).body(rpc(id, method, &params));
        let request = request.header("authorization", &format!("Bearer {}", self.token));
        request.header("mcp-protocol-version", MODERN).header("mcp-method", method).header("mcp-name", &name)
    }

    /// Sends a request and waits for its answer.
    pub async fn ask(&self, method: &str, params: Value) -> Value {
        let id = next_id();
        self.request(id, method, params).send().await.answer(id).await
    }

    /// Calls a tool and waits for its answer.
    pub async fn call(&self, tool: &str, arguments: Value) -> Value {
        self.ask("tools/call", json!({ "name": tool, "arguments": arguments })).await
    }
}

/// The text of a tool's answer.
pub fn text(answer: &Value) -> String {
    let blocks = answer["result"]["content"].as_array().unwrap_or_else(|| panic!("no result: {answer}"));
    blocks.iter().filter_map(|block| block["text"].as_str()).collect()
}
