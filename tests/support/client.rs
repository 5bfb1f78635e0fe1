//! A stand-in client: the instances' side of the wire, without an MCP host.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tabhub::protocol::frame::CallBody;
use tabhub::protocol::hello::InstanceHello;
use tabhub::protocol::now_ms;
use tabhub::protocol::proof::{self, Challenge, Prover};
use tabhub::protocol::{Answer, Bye, Call, CallId, ClientId, Event, Frame, Hello, HubError, PROTOCOL, Topics, VERSION};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::within;

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Heard = (Waiting, Arc<Mutex<Vec<Event>>>, Arc<Mutex<Vec<CallId>>>);
type Waiting = Arc<Mutex<HashMap<CallId, oneshot::Sender<Answer>>>>;

/// Dials a route of a hub with the given headers.
pub async fn dial(port: u16, route: &str, headers: &[(&'static str, String)]) -> Result<Socket, Error> {
    let mut request = format!("ws://127.0.0.1:{port}{route}").into_client_request()?;
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    // Without Nagle's delay, as every real peer of the hub.
    tokio_tungstenite::connect_async_with_config(request, Some(socket_config()), true).await.map(|(socket, _)| socket)
}

/// A buffer of the size that messages have: the library fills all of it with zeros before each read.
pub fn socket_config() -> WebSocketConfig {
    WebSocketConfig::default().read_buffer_size(16 * 1024)
}

/// The proof of the token, as instances send it.
pub fn authorization(port: u16, token: &str) -> (&'static str, String) {
    let nonce = proof::nonce();
    let challenge = Challenge { port, hub_nonce: "", peer_nonce: &nonce };
    ("authorization", format!("Tabhub {nonce}.{}", proof::prove(token, Prover::Instance, challenge)))
}

/// Writes a frame.
pub async fn send(socket: &mut Socket, frame: &Frame) {
    socket.send(Message::text(frame.encode().unwrap())).await.unwrap();
}

/// Reads the next frame; `None` when the connection is over.
pub async fn receive(socket: &mut Socket) -> Option<Frame> {
    loop {
        match within("a frame of the hub", socket.next()).await? {
            Ok(Message::Text(text)) => return Some(Frame::decode(&text).unwrap()),
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// Reads on until a goodbye; `None` when the connection ends without one.
pub async fn receive_bye(socket: &mut Socket) -> Option<Bye> {
    while let Some(frame) = receive(socket).await {
        if let Frame::Bye(bye) = frame {
            return Some(bye);
        }
    }
    None
}

/// This build's hello of an instance.
pub fn hello(name: &str) -> InstanceHello {
    InstanceHello {
        protocol: PROTOCOL,
        version: VERSION.to_owned(),
        capabilities: Vec::new(),
        name: Some(name.to_owned()),
        host_version: None,
        assigned: None,
        home: None,
        home_chosen: false,
        pid: std::process::id(),
        grace_secs: None,
        history: Vec::new(),
    }
}

/// A connected client.
pub struct FakeClient {
    pub id: ClientId,
    out: mpsc::Sender<Message>,
    waiting: Waiting,
    pub events: Arc<Mutex<Vec<Event>>>,
    answered: Arc<Mutex<Vec<CallId>>>,
    closed: Arc<tokio::sync::Notify>,
    pump: tokio::task::JoinHandle<()>,
}

impl FakeClient {
    /// A new client of this name.
    pub async fn connect(port: u16, name: &str) -> Self {
        Self::connect_as(port, name, ClientId::mint()).await
    }

    /// A client that comes back under its id.
    pub async fn connect_as(port: u16, name: &str, id: ClientId) -> Self {
        Self::connect_with(port, id, hello(name)).await
    }

    /// A client that comes back under its id; `None` when no hub takes it.
    pub async fn try_connect(port: u16, name: &str, id: ClientId) -> Option<Self> {
        let socket = dial(port, "/ws/instance", &[authorization(port, super::hub::TOKEN)]).await.ok()?;
        Self::greet(socket, id, hello(name)).await
    }

    /// A client with its own hello.
    pub async fn connect_with(port: u16, id: ClientId, hello: InstanceHello) -> Self {
        let socket = dial(port, "/ws/instance", &[authorization(port, super::hub::TOKEN)]).await.unwrap();
        Self::greet(socket, id, hello).await.expect("a welcome")
    }

    async fn greet(mut socket: Socket, id: ClientId, hello: InstanceHello) -> Option<Self> {
        let frame = Frame::Hello(Some(id), Hello::Instance(hello));
        socket.send(Message::text(frame.encode().unwrap())).await.ok()?;
        let Some(Frame::Welcome(_)) = receive(&mut socket).await else { return None };
        let (sink, stream) = socket.split();
        let (out, outbox) = mpsc::channel(64);
        let (waiting, events) = (Waiting::default(), Arc::new(Mutex::new(Vec::new())));
        let (answered, closed) = (Arc::default(), Arc::new(tokio::sync::Notify::new()));
        let heard = (waiting.clone(), events.clone(), Arc::clone(&answered));
        let pump = tokio::spawn(pump(sink, stream, outbox, heard, closed.clone()));
        Some(Self { id, out, waiting, events, answered, closed, pump })
    }

    /// Calls a tool and waits for what comes of it.
    pub async fn call(&self, tool: &str, params: Value) -> Result<Value, HubError> {
        self.call_as(CallId::mint(), 1, tool, params, Duration::from_secs(60)).await
    }

    /// Calls a tool under a given id.
    pub async fn call_as(
        &self,
        id: CallId,
        attempt: u32,
        tool: &str,
        params: Value,
        timeout: Duration,
    ) -> Result<Value, HubError> {
        let answer = self.start(id, attempt, tool, params, timeout).await;
        let answer = tokio::time::timeout(timeout + super::PATIENCE, answer).await;
        let answer = answer.expect("an answer in time").expect("the connection lives until the answer");
        answer.outcome().unwrap().map(|raw| serde_json::from_str(raw.get()).unwrap())
    }

    /// Sends a call; the receiver hears its answer.
    pub async fn start(
        &self,
        id: CallId,
        attempt: u32,
        tool: &str,
        params: Value,
        timeout: Duration,
    ) -> oneshot::Receiver<Answer> {
        let body = CallBody {
            tool: tool.to_owned(),
            params: RawValue::from_string(params.to_string()).unwrap(),
            client_name: String::new(),
            attempt,
            browser_epoch: None,
            expires_at: now_ms() + u64::try_from(timeout.as_millis()).unwrap(),
            read_only: false,
        };
        self.start_call(Call { id, client: None, body }).await
    }

    /// Sends a call as it is; the receiver hears its next answer, or that the connection is over.
    pub async fn start_call(&self, call: Call) -> oneshot::Receiver<Answer> {
        let (tx, rx) = oneshot::channel();
        self.waiting.lock().unwrap().insert(call.id, tx);
        if self.out.send(Message::text(Frame::Call(call).encode().unwrap())).await.is_err() {
            self.waiting.lock().unwrap().clear();
        }
        rx
    }

    /// Sends a frame as it is.
    pub async fn send(&self, frame: &Frame) {
        self.send_text(frame.encode().unwrap()).await;
    }

    /// Sends a text as it is.
    pub async fn send_text(&self, text: String) {
        let _ = self.out.send(Message::text(text)).await;
    }

    /// The connection breaks without a word.
    pub fn vanish(self) {
        self.pump.abort();
    }

    /// Says goodbye for good.
    pub async fn leave(self) {
        self.send(&Frame::Bye(Bye::new(Bye::DONE, ""))).await;
        self.wait_closed().await;
    }

    /// Waits until the hub has ended the connection.
    pub async fn wait_closed(&self) {
        within("the end of the connection", self.closed.notified()).await;
    }

    /// How often the hub has answered a call.
    pub fn answers(&self, id: CallId) -> usize {
        self.answered.lock().unwrap().iter().filter(|answered| **answered == id).count()
    }

    /// Says what it wants to hear of.
    pub async fn watch(&self, topics: Topics) {
        self.send(&Frame::Event(Event::Watch { topics })).await;
    }

    /// What it was told has changed, each time.
    pub fn news(&self) -> Vec<Topics> {
        let told = |event: &Event| match event {
            Event::Changed { topics, .. } => Some(topics.clone()),
            _ => None,
        };
        self.events.lock().unwrap().iter().filter_map(told).collect()
    }

    /// Waits until its news, all together, are just these, and takes them.
    pub async fn hears(&self, expected: &Topics) {
        super::eventually(&format!("it hears of {expected:?}"), async || {
            let mut all = Topics::default();
            self.news().iter().for_each(|topics| all.add(topics));
            assert_eq!(all.and(expected), all, "it hears of more than it should");
            all == *expected
        })
        .await;
        self.events.lock().unwrap().retain(|event| !matches!(event, Event::Changed { .. }));
    }

    /// The hub's goodbye, as an event that the pump kept.
    pub fn saw(&self, matches: impl Fn(&Event) -> bool) -> bool {
        self.events.lock().unwrap().iter().any(matches)
    }
}

async fn pump(
    mut sink: SplitSink<Socket, Message>,
    mut stream: SplitStream<Socket>,
    mut outbox: mpsc::Receiver<Message>,
    (waiting, events, answered): Heard,
    closed: Arc<tokio::sync::Notify>,
) {
    loop {
        tokio::select! {
            Some(message) = outbox.recv() => if sink.send(message).await.is_err() { break },
            message = stream.next() => match message {
                Some(Ok(Message::Text(text))) => match Frame::decode(&text).unwrap() {
                    Frame::Answer(answer) => {
                        answered.lock().unwrap().push(answer.id);
                        if let Some(port) = waiting.lock().unwrap().remove(&answer.id) {
                            let _ = port.send(answer);
                        }
                    }
                    Frame::Event(event) => events.lock().unwrap().push(event),
                    Frame::Ping(id) => {
                        let pong = Frame::Pong(id).encode().unwrap();
                        if sink.send(Message::text(pong)).await.is_err() {
                            break;
                        }
                    }
                    _ => {}
                },
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
        }
    }
    // Closed first: who sends later sees it, and who has sent is told by the end of the port.
    outbox.close();
    waiting.lock().unwrap().clear();
    closed.notify_one();
}

/// Arguments with nothing in them.
pub fn nothing() -> Value {
    json!({})
}
