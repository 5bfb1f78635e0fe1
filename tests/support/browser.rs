//! A stand-in browser: the extension's side of the wire, without a browser. For speed and for faults.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tabhub::protocol::event::TabInfo;
use tabhub::protocol::hello::{BrowserHello, BrowserInfo, HubHello, Sharing};
use tabhub::protocol::proof::{self, Challenge, Prover};
use tabhub::protocol::{
    Answer, BrowserEpoch, BrowserId, Call, ClientId, EXTENSION_ID, Event, Frame, Hello, HubError, PROTOCOL, TabId,
    Topics,
};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use super::client::{Socket, dial, receive, send};
use super::hub::SECRET;

/// What the stand-in does with a call.
#[derive(Debug, Clone)]
pub enum Reaction {
    /// Answers with this result.
    Answer(Value),
    /// Answers with this error.
    Fail(HubError),
    /// Answers after a while.
    Later(Duration, Value),
    /// Says nothing.
    Silence,
}

/// What the stand-in's owner may make it do.
enum Order {
    Send(Box<Frame>),
    SendText(String),
    Vanish,
}

/// What the stand-in has seen.
#[derive(Debug, Default)]
pub struct Seen {
    pub calls: Vec<Call>,
    pub cancels: Vec<tabhub::protocol::CallId>,
    pub events: Vec<Event>,
    pub byes: Vec<tabhub::protocol::Bye>,
}

/// A connected stand-in browser.
pub struct FakeBrowser {
    pub id: BrowserId,
    pub epoch: BrowserEpoch,
    pub seen: Arc<Mutex<Seen>>,
    orders: mpsc::Sender<Order>,
    task: tokio::task::JoinHandle<()>,
}

/// A browser's own Origin.
pub fn origin() -> (&'static str, String) {
    ("origin", format!("chrome-extension://{EXTENSION_ID}"))
}

/// The browser's part of the handshake up to its hello.
pub async fn say_hello(
    socket: &mut Socket,
    port: u16,
    secret: &str,
    id: BrowserId,
    epoch: BrowserEpoch,
    protocol: u32,
) {
    let Some(Frame::Hello(_, Hello::Hub(hub))) = receive(socket).await else { panic!("the hub speaks first") };
    send(socket, &hello_to(&hub, port, secret, id, epoch, protocol)).await;
}

/// A browser's hello in answer to the hub's.
pub fn hello_to(hub: &HubHello, port: u16, secret: &str, id: BrowserId, epoch: BrowserEpoch, protocol: u32) -> Frame {
    let nonce = proof::nonce();
    let secret = proof::normalize_secret(secret);
    let challenge = Challenge { port, hub_nonce: &hub.nonce, peer_nonce: &nonce };
    let hello = BrowserHello {
        protocol,
        version: "0.1.0".to_owned(),
        capabilities: vec!["journal".to_owned()],
        nonce: nonce.clone(),
        port,
        proof: proof::prove(&secret, Prover::Browser, challenge),
        browser: BrowserInfo {
            id,
            name: "Standin".to_owned(),
            version: "1".to_owned(),
            epoch,
            given_name: None,
            sharing: Sharing::OwnTabs,
        },
    };
    Frame::Hello(None, Hello::Browser(hello))
}

/// Answers every call with its tool, its client and its arguments.
pub fn echo(call: &Call) -> Reaction {
    let params: Value = serde_json::from_str(call.body.params.get()).unwrap();
    Reaction::Answer(
        json!({ "tool": call.body.tool, "client": call.client, "name": call.body.client_name, "params": params }),
    )
}

impl FakeBrowser {
    /// A new browser that echoes.
    pub async fn connect(port: u16) -> Self {
        Self::connect_with(port, BrowserId::mint(), BrowserEpoch::mint(), echo).await
    }

    /// A browser that reacts as told.
    pub async fn connect_with(
        port: u16,
        id: BrowserId,
        epoch: BrowserEpoch,
        react: impl FnMut(&Call) -> Reaction + Send + 'static,
    ) -> Self {
        let mut socket = dial(port, "/ws/browser", &[origin()]).await.unwrap();
        say_hello(&mut socket, port, SECRET, id, epoch, PROTOCOL).await;
        assert!(matches!(receive(&mut socket).await, Some(Frame::Welcome(_))), "a welcome");
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (orders, rx) = mpsc::channel(64);
        let task = tokio::spawn(run(socket, rx, seen.clone(), react));
        let browser = Self { id, epoch, seen, orders, task };
        // As the extension does once it is welcomed.
        browser.tell_tabs(Vec::new()).await;
        browser
    }

    /// Sends a frame as it is.
    pub async fn send(&self, frame: Frame) {
        let _ = self.orders.send(Order::Send(Box::new(frame))).await;
    }

    /// Sends a text as it is.
    pub async fn send_text(&self, text: impl Into<String>) {
        let _ = self.orders.send(Order::SendText(text.into())).await;
    }

    /// Tells its tabs.
    pub async fn tell_tabs(&self, tabs: Vec<TabInfo>) {
        self.send(Frame::Event(Event::Tabs { tabs, focused: false, focused_at: None, at_work: Some(Vec::new()) }))
            .await;
    }

    /// What it was told to tell of, each time.
    pub fn watched(&self) -> Vec<Topics> {
        let told = |event: &Event| match event {
            Event::Watch { topics } => Some(topics.clone()),
            _ => None,
        };
        self.seen.lock().unwrap().events.iter().filter_map(told).collect()
    }

    /// Waits until it was told to tell of just this.
    pub async fn is_to_watch(&self, topics: &Topics) {
        super::eventually("the browser is told what to watch", async || self.watched().last() == Some(topics)).await;
    }

    /// Says that something has changed.
    pub async fn tell_changed(&self, topics: Topics, clients: Vec<ClientId>) {
        self.send(Frame::Event(Event::Changed { topics, clients })).await;
    }

    /// The connection breaks without a word.
    pub async fn vanish(self) {
        let _ = self.orders.send(Order::Vanish).await;
        let _ = self.task.await;
    }

    /// Whether the hub has ended the connection.
    pub fn is_over(&self) -> bool {
        self.task.is_finished()
    }

    /// The calls that it has seen.
    pub fn calls(&self) -> Vec<Call> {
        self.seen.lock().unwrap().calls.clone()
    }
}

/// A tab of a client.
pub fn tab(id: i64, owner: Option<ClientId>, current: bool) -> TabInfo {
    TabInfo {
        tab_id: TabId(id),
        url: format!("http://127.0.0.1/{id}"),
        title: format!("Tab {id}"),
        active: false,
        owner,
        owner_name: owner.map(|_| "someone".to_owned()),
        current,
        readers: Vec::new(),
        shared_with_all: false,
    }
}

async fn run(
    socket: Socket,
    mut orders: mpsc::Receiver<Order>,
    seen: Arc<Mutex<Seen>>,
    mut react: impl FnMut(&Call) -> Reaction + Send + 'static,
) {
    let (mut sink, mut stream) = socket.split();
    let (later, mut due) = mpsc::channel::<Frame>(1024);
    let mut tabs = None;
    loop {
        let out = tokio::select! {
            order = orders.recv() => match order {
                Some(Order::Send(frame)) => {
                    let text = frame.encode().unwrap();
                    if matches!(*frame, Frame::Event(Event::Tabs { .. })) {
                        tabs = Some(text.clone());
                    }
                    Some(text)
                }
                Some(Order::SendText(text)) => Some(text),
                Some(Order::Vanish) | None => return,
            },
            Some(frame) = due.recv() => Some(frame.encode().unwrap()),
            message = stream.next() => match message {
                Some(Ok(Message::Text(text))) => match Frame::decode(&text).unwrap() {
                    Frame::Call(call) => {
                        let reaction = react(&call);
                        let (id, client) = (call.id, call.client);
                        seen.lock().unwrap().calls.push(call);
                        match reaction {
                            Reaction::Answer(value) => Some(answer(id, client, Ok(value)).encode().unwrap()),
                            Reaction::Fail(error) => Some(answer(id, client, Err(error)).encode().unwrap()),
                            Reaction::Later(pause, value) => {
                                let later = later.clone();
                                tokio::spawn(async move {
                                    tokio::time::sleep(pause).await;
                                    let _ = later.send(answer(id, client, Ok(value))).await;
                                });
                                None
                            }
                            Reaction::Silence => None,
                        }
                    }
                    Frame::Cancel(id, _) => {
                        seen.lock().unwrap().cancels.push(id);
                        None
                    }
                    Frame::Event(event) => {
                        let is_asked = matches!(event, Event::Sync);
                        seen.lock().unwrap().events.push(event);
                        if is_asked { tabs.clone() } else { None }
                    }
                    Frame::Bye(bye) => {
                        seen.lock().unwrap().byes.push(bye);
                        None
                    }
                    Frame::Ping(id) => Some(Frame::Pong(id).encode().unwrap()),
                    _ => None,
                },
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => None,
            },
        };
        if let Some(text) = out
            && sink.send(Message::text(text)).await.is_err()
        {
            return;
        }
    }
}

/// An answer frame.
pub fn answer(id: tabhub::protocol::CallId, client: Option<ClientId>, outcome: Result<Value, HubError>) -> Frame {
    let raw = outcome.map(|value| RawValue::from_string(value.to_string()).unwrap());
    Frame::Answer(Answer::new(id, client, raw.as_deref()).unwrap())
}
