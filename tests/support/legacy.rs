//! A stand-in of the unmodified Browser MCP extension: it dials `/` with that extension's Origin, answers the frames of
//! that protocol for one small page, and counts its snapshots as that extension does.

use std::sync::{Arc, Mutex};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::client::{Socket, dial};
use super::{eventually, within};

/// The Origin of the extension in the store.
pub const ORIGIN: &str = "chrome-extension://bjfgambnhccakkhmkepdoekmckoijdlc";
/// What its browser says of itself.
pub const USER_AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

/// What the stand-in does with a frame.
#[derive(Debug, Clone)]
pub enum Said {
    /// Answers with this result.
    Result(Value),
    /// Answers with this error.
    Error(Value),
    /// Says these texts as they are.
    Texts(Vec<String>),
    /// Says nothing.
    Nothing,
}

/// A frame that came.
#[derive(Debug, Clone)]
pub struct Got {
    pub id: String,
    pub kind: String,
    pub payload: Value,
    pub text: String,
}

enum Order {
    Text(String),
    Message(Message),
    Vanish,
}

/// A connected stand-in extension.
pub struct FakeExtension {
    got: Arc<Mutex<Vec<Got>>>,
    closed: Arc<Mutex<Option<CloseCode>>>,
    orders: mpsc::Sender<Order>,
    task: tokio::task::JoinHandle<()>,
}

/// The one page of the stand-in. As in that extension, each snapshot makes all earlier refs stale, and a navigation lets
/// their generations begin anew.
#[derive(Debug)]
pub struct Tab {
    pub url: String,
    generation: u32,
    /// What was done in it.
    pub done: Vec<String>,
}

impl Default for Tab {
    fn default() -> Self {
        Self { url: "https://shop.test/".to_owned(), generation: 0, done: Vec::new() }
    }
}

impl Tab {
    /// What the tab does with a frame.
    pub fn react(&mut self, got: &Got) -> Said {
        let told = |name: &str| got.payload[name].as_str().unwrap_or_default().to_owned();
        let refs: Vec<String> = ["ref", "startRef", "endRef"].map(told).into_iter().filter(|r| !r.is_empty()).collect();
        if let Some(stale) = refs.iter().find(|r| !r.starts_with(&format!("s{}e", self.generation))) {
            return Said::Error(json!(format!("Stale aria-ref, expected s{}e, got {stale}", self.generation)));
        }
        match got.kind.as_str() {
            "getUrl" => return Said::Result(json!(self.url)),
            "getTitle" => return Said::Result(json!(format!("Title of {}", self.url))),
            "browser_snapshot" => {
                self.generation += 1;
                let g = self.generation;
                return Said::Result(json!(format!("- document [ref=s{g}e2]:\n  - button \"Buy\" [ref=s{g}e5]")));
            }
            "browser_navigate" => {
                self.url = told("url");
                self.generation = 0;
            }
            "browser_screenshot" => return Said::Result(json!("iVBORw0KGgo=")),
            "browser_get_console_logs" => {
                return Said::Result(json!([{ "type": "log", "timestamp": 1, "message": "hi" }]));
            }
            _ => {}
        }
        self.done.push(format!("{} {}", got.kind, got.payload));
        Said::Result(Value::Null)
    }
}

/// Dials as the extension does.
pub async fn knock(port: u16, headers: &[(&'static str, String)]) -> Result<Socket, Error> {
    dial(port, "/", headers).await
}

/// The extension's own headers.
pub fn headers() -> Vec<(&'static str, String)> {
    vec![("origin", ORIGIN.to_owned()), ("user-agent", USER_AGENT.to_owned())]
}

impl FakeExtension {
    /// A browser with that extension whose tab shows a shop.
    pub async fn connect(port: u16) -> (Self, Arc<Mutex<Tab>>) {
        let tab = Arc::new(Mutex::new(Tab::default()));
        let shown = Arc::clone(&tab);
        let extension = Self::connect_with(port, move |got| shown.lock().unwrap().react(got)).await;
        (extension, tab)
    }

    /// A browser with that extension that reacts as told.
    pub async fn connect_with(port: u16, react: impl FnMut(&Got) -> Said + Send + 'static) -> Self {
        Self::over(knock(port, &headers()).await.unwrap(), react)
    }

    /// The same over a connection that is there already.
    pub fn over(socket: Socket, react: impl FnMut(&Got) -> Said + Send + 'static) -> Self {
        let (got, closed) = (Arc::default(), Arc::default());
        let (orders, rx) = mpsc::channel(64);
        let task = tokio::spawn(run(socket, rx, Arc::clone(&got), Arc::clone(&closed), react));
        Self { got, closed, orders, task }
    }

    /// The frames that came.
    pub fn frames(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// The types of the frames that came.
    pub fn kinds(&self) -> Vec<String> {
        self.frames().into_iter().map(|got| got.kind).collect()
    }

    /// Waits for the first frame of this type.
    pub async fn wait_for(&self, kind: &str) -> Got {
        eventually(&format!("a frame {kind}"), || async { self.kinds().iter().any(|known| known == kind) }).await;
        self.frames().into_iter().find(|got| got.kind == kind).unwrap()
    }

    /// Answers a frame now.
    pub async fn answer(&self, frame: &str, result: Value) {
        self.say(said(frame, &Said::Result(result)).remove(0)).await;
    }

    /// Says a text as it is.
    pub async fn say(&self, text: impl Into<String>) {
        let _ = self.orders.send(Order::Text(text.into())).await;
    }

    /// Sends a message as it is.
    pub async fn send(&self, message: Message) {
        let _ = self.orders.send(Order::Message(message)).await;
    }

    /// The connection breaks without a word.
    pub async fn vanish(self) {
        let _ = self.orders.send(Order::Vanish).await;
        let _ = self.task.await;
    }

    /// Waits until the hub has ended the connection, and tells with which code.
    pub async fn closed(self) -> Option<CloseCode> {
        within("the end of the connection", self.task).await.unwrap();
        *self.closed.lock().unwrap()
    }

    /// Whether the connection is over.
    pub fn is_over(&self) -> bool {
        self.task.is_finished()
    }
}

fn said(frame: &str, said: &Said) -> Vec<String> {
    let payload = match said {
        Said::Result(Value::Null) => json!({ "requestId": frame }),
        Said::Result(result) => json!({ "requestId": frame, "result": result, "error": null }),
        Said::Error(error) => json!({ "requestId": frame, "error": error }),
        Said::Texts(texts) => return texts.clone(),
        Said::Nothing => return Vec::new(),
    };
    vec![json!({ "type": "messageResponse", "payload": payload }).to_string()]
}

async fn run(
    socket: Socket,
    mut orders: mpsc::Receiver<Order>,
    seen: Arc<Mutex<Vec<Got>>>,
    closed: Arc<Mutex<Option<CloseCode>>>,
    mut react: impl FnMut(&Got) -> Said + Send + 'static,
) {
    let (mut sink, mut stream) = socket.split();
    loop {
        let out: Vec<Message> = tokio::select! {
            order = orders.recv() => match order {
                Some(Order::Text(text)) => vec![Message::text(text)],
                Some(Order::Message(message)) => vec![message],
                Some(Order::Vanish) | None => return,
            },
            message = stream.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    let known = ["id", "type", "payload"];
                    assert!(frame.as_object().unwrap().keys().all(|key| known.contains(&key.as_str())), "{text}");
                    let got = Got {
                        id: frame["id"].as_str().unwrap().to_owned(),
                        kind: frame["type"].as_str().unwrap().to_owned(),
                        payload: frame["payload"].clone(),
                        text: text.to_string(),
                    };
                    seen.lock().unwrap().push(got.clone());
                    said(&got.id, &react(&got)).into_iter().map(Message::text).collect()
                }
                Some(Ok(Message::Close(frame))) => {
                    *closed.lock().unwrap() = frame.map(|frame| frame.code);
                    return;
                }
                Some(Err(_)) | None => return,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => vec![],
                Some(Ok(other)) => panic!("a message that the extension does not know: {other:?}"),
            },
        };
        for message in out {
            if sink.send(message).await.is_err() {
                return;
            }
        }
    }
}
