//! The stand-in browser of the bench: on a thread of its own, as a browser has a process of its own. It answers at once,
//! and finds the next hub by itself as the extension does: by a look every 25 ms.

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tabhub::daemon::hub_json;
use tabhub::protocol::{Answer, BrowserEpoch, BrowserId, Event, Frame, PROTOCOL};
use tokio::sync::{oneshot, watch};
use tokio_tungstenite::tungstenite::Message;

use crate::home::Home;
use crate::support::browser::{origin, say_hello};
use crate::support::client::{Socket, dial, receive};
use crate::support::hub::SECRET;

/// The pace at which the extension looks for a hub that was there a moment ago.
const LOOK: Duration = Duration::from_millis(25);

/// A stand-in browser; it goes when it is dropped.
pub struct Standin {
    runs: watch::Receiver<u64>,
    over: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Standin {
    /// Starts it, and waits until it is connected.
    pub async fn start(home: &Home) -> Self {
        let hub_json = home.settings().paths.hub_json();
        let (told, runs) = watch::channel(0);
        let (over, is_over) = oneshot::channel::<()>();
        let run = move || {
            crate::runtime().block_on(async move {
                tokio::select! {
                    () = live(hub_json, told) => {}
                    _ = is_over => {}
                }
            });
        };
        let thread = std::thread::Builder::new().name("standin".to_owned()).spawn(run).unwrap();
        let mut standin = Self { runs, over: Some(over), thread: Some(thread) };
        standin.runs.wait_for(|runs| *runs > 0).await.unwrap();
        standin
    }

    /// How often it has come to a hub. Its answers tell the same, so that it can be seen which hub they came through.
    pub fn runs(&self) -> u64 {
        *self.runs.borrow()
    }
}

impl Drop for Standin {
    fn drop(&mut self) {
        drop(self.over.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The number of the connection through which an answer of a stand-in came.
pub fn run_of(answer: &RawValue) -> u64 {
    serde_json::from_str::<Value>(answer.get()).unwrap()["run"].as_u64().unwrap()
}

async fn live(hub_json: PathBuf, told: watch::Sender<u64>) {
    let (id, epoch) = (BrowserId::mint(), BrowserEpoch::mint());
    for run in 1.. {
        let socket = loop {
            match connect(&hub_json, id, epoch).await {
                Some(socket) => break socket,
                None => tokio::time::sleep(LOOK).await,
            }
        };
        told.send_replace(run);
        serve(socket, run).await;
        tokio::time::sleep(LOOK).await;
    }
}

async fn connect(hub_json: &Path, id: BrowserId, epoch: BrowserEpoch) -> Option<Socket> {
    let port = hub_json::read(hub_json).ok()?.port;
    let mut socket = dial(port, "/ws/browser", &[origin()]).await.ok()?;
    say_hello(&mut socket, port, SECRET, id, epoch, PROTOCOL).await;
    let is_welcome = matches!(receive(&mut socket).await?, Frame::Welcome(_));
    // As the extension does once it is welcomed; until then its calls wait.
    let tabs =
        Frame::Event(Event::Tabs { tabs: Vec::new(), focused: false, focused_at: None, at_work: Some(Vec::new()) });
    socket.send(Message::text(tabs.encode().unwrap())).await.ok()?;
    is_welcome.then_some(socket)
}

async fn serve(mut socket: Socket, run: u64) {
    let payload = json!({ "ok": true, "result": { "run": run, "page": { "tabId": 1, "url": "about:blank" } } });
    let payload = RawValue::from_string(payload.to_string()).unwrap();
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        let answer = match Frame::decode(&text).unwrap() {
            Frame::Call(call) => Frame::Answer(Answer { id: call.id, client: call.client, payload: payload.clone() }),
            Frame::Ping(id) => Frame::Pong(id),
            _ => continue,
        };
        if socket.send(Message::text(answer.encode().unwrap())).await.is_err() {
            return;
        }
    }
}
