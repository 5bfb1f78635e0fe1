//! A stand-in browser that outlives its hubs: it finds each next one by itself, and keeps a journal by the extension's
//! rules, so that what ran twice can be told from what was only asked twice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tabhub::config::Paths;
use tabhub::daemon::hub_json;
use tabhub::protocol::event::TabInfo;
use tabhub::protocol::{
    BrowserEpoch, BrowserId, Call, CallId, ClientId, ErrorCode, Event, Frame, Hello, HubError, PROTOCOL,
};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinHandle};
use tokio_tungstenite::tungstenite::Message;

use super::browser::{answer, hello_to, origin};
use super::client::{Socket, dial};
use super::hub::SECRET;

/// How often it looks for the next hub.
const LOOK_AGAIN: Duration = Duration::from_millis(3);

/// Frames that may wait for the hub to read them: more than all its calls.
const OUTBOX: usize = 8192;

/// (client, id): a call's key from end to end.
pub type Key = (ClientId, CallId);
type Outcome = Result<Value, HubError>;
/// How long a call takes; `None` never ends by itself.
type Plan = Box<dyn Fn(&Call) -> Option<Duration> + Send + Sync>;

enum Entry {
    Running { params: String, work: AbortHandle },
    Done { params: String, outcome: Outcome },
}

/// What it has seen and done.
#[derive(Default)]
pub struct Book {
    journal: HashMap<Key, Entry>,
    /// Every call frame, in the order in which they came.
    pub calls: Vec<Call>,
    /// How often each call ran.
    pub runs: HashMap<Key, usize>,
    /// What it was told to stop.
    pub cancels: Vec<Key>,
    /// Clients that it was told are gone for good.
    pub gone: Vec<ClientId>,
    /// The port of each hub that welcomed it.
    pub welcomes: Vec<u16>,
    tabs: Vec<TabInfo>,
}

struct Shared {
    paths: Paths,
    id: BrowserId,
    epoch: BrowserEpoch,
    plan: Plan,
    book: Mutex<Book>,
    out: Mutex<Option<mpsc::Sender<Frame>>>,
}

/// A stand-in browser that outlives its hubs.
pub struct Wanderer {
    pub epoch: BrowserEpoch,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Wanderer {
    /// One that answers at once.
    pub fn start(paths: Paths) -> Self {
        Self::start_with(paths, |_| Some(Duration::ZERO))
    }

    /// One whose calls take as long as `plan` says.
    pub fn start_with(paths: Paths, plan: impl Fn(&Call) -> Option<Duration> + Send + Sync + 'static) -> Self {
        let epoch = BrowserEpoch::mint();
        let shared = Arc::new(Shared {
            paths,
            id: BrowserId::mint(),
            epoch,
            plan: Box::new(plan),
            book: Mutex::default(),
            out: Mutex::default(),
        });
        let task = tokio::spawn(wander(Arc::clone(&shared)));
        Self { epoch, shared, task }
    }

    /// What it has seen and done.
    pub fn book(&self) -> MutexGuard<'_, Book> {
        self.shared.book.lock().unwrap()
    }

    /// Whether a hub has welcomed it and is still there.
    pub fn is_connected(&self) -> bool {
        self.shared.out.lock().unwrap().is_some()
    }

    /// Waits until a hub has welcomed it.
    pub async fn connected(&self) {
        super::eventually("the stand-in browser is connected", async || self.is_connected()).await;
    }

    /// Tells its tabs, now and to every hub to come.
    pub fn tell_tabs(&self, tabs: Vec<TabInfo>) {
        self.book().tabs.clone_from(&tabs);
        self.shared.say(Frame::Event(Event::Tabs {
            tabs,
            focused: false,
            focused_at: None,
            at_work: Some(Vec::new()),
        }));
    }

    /// The call frames of this tool, in the order in which they came.
    pub fn calls(&self, tool: &str) -> Vec<Call> {
        self.book().calls.iter().filter(|call| call.body.tool == tool).cloned().collect()
    }

    /// Calls that may change something and ran more than once: there must be none.
    pub fn ran_twice(&self) -> Vec<Key> {
        let book = self.book();
        let reads = |key: &Key| book.calls.iter().any(|call| call.body.read_only && Some(*key) == key_of(call));
        book.runs.iter().filter(|(key, times)| **times > 1 && !reads(key)).map(|(key, _)| *key).collect()
    }
}

impl Drop for Wanderer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn key_of(call: &Call) -> Option<Key> {
    call.client.map(|client| (client, call.id))
}

async fn wander(shared: Arc<Shared>) {
    let mut port = 0;
    loop {
        port = hub_json::read(&shared.paths.hub_json()).map_or(port, |hub| hub.port);
        if let Some(socket) = welcome(&shared, port).await {
            serve(&shared, socket).await;
            *shared.out.lock().unwrap() = None;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Dials a hub and proves itself; `None` when there is none, or it dies meanwhile.
async fn welcome(shared: &Shared, port: u16) -> Option<Socket> {
    let mut socket = dial(port, "/ws/browser", &[origin()]).await.ok()?;
    let Frame::Hello(_, Hello::Hub(hub)) = next(&mut socket).await? else { panic!("the hub speaks first") };
    let hello = hello_to(&hub, port, SECRET, shared.id, shared.epoch, PROTOCOL);
    socket.send(Message::text(hello.encode().unwrap())).await.ok()?;
    match next(&mut socket).await? {
        Frame::Welcome(_) => {}
        Frame::Bye(_) => return None,
        other => panic!("not a welcome: {other:?}"),
    }
    shared.book.lock().unwrap().welcomes.push(port);
    Some(socket)
}

async fn next(socket: &mut Socket) -> Option<Frame> {
    loop {
        match socket.next().await?.ok()? {
            Message::Text(text) => return Some(Frame::decode(&text).unwrap()),
            Message::Close(_) => return None,
            _ => {}
        }
    }
}

/// Serves one hub until it is gone.
async fn serve(shared: &Arc<Shared>, mut socket: Socket) {
    let (out, mut outbox) = mpsc::channel(OUTBOX);
    let tabs = shared.book.lock().unwrap().tabs.clone();
    out.try_send(Frame::Event(Event::Tabs { tabs, focused: false, focused_at: None, at_work: Some(Vec::new()) }))
        .unwrap();
    *shared.out.lock().unwrap() = Some(out);
    loop {
        tokio::select! {
            frame = next(&mut socket) => match frame {
                Some(frame) => shared.hear(frame),
                None => return,
            },
            Some(frame) = outbox.recv() => {
                if socket.send(Message::text(frame.encode().unwrap())).await.is_err() {
                    return;
                }
            }
        }
    }
}

impl Shared {
    fn say(&self, frame: Frame) {
        if let Some(out) = self.out.lock().unwrap().as_ref() {
            // A hub that is gone is told the rest by the journal.
            let sent = out.try_send(frame);
            assert!(!matches!(sent, Err(mpsc::error::TrySendError::Full(_))), "the hub reads what it is sent");
        }
    }

    fn hear(self: &Arc<Self>, frame: Frame) {
        match frame {
            Frame::Call(call) => self.take(call),
            Frame::Cancel(id, client) => {
                let key = (client.expect("the hub names the client"), id);
                self.book.lock().unwrap().cancels.push(key);
                self.stop(key);
            }
            Frame::Event(Event::ClientGone { client_id }) => self.book.lock().unwrap().gone.push(client_id),
            Frame::Ping(id) => self.say(Frame::Pong(id)),
            _ => {}
        }
    }

    /// The rules of the extension's journal: a repeat joins what runs, gets the kept answer, runs if it is new in this
    /// run of the browser, and is otherwise told that nobody knows.
    fn take(self: &Arc<Self>, call: Call) {
        let key = key_of(&call).expect("the hub names the client");
        let params = call.body.params.get().to_owned();
        let (attempt, claimed, reads) = (call.body.attempt, call.body.browser_epoch, call.body.read_only);
        let mut book = self.book.lock().unwrap();
        book.calls.push(call.clone());
        let known = match book.journal.get(&key) {
            Some(Entry::Running { params: known, .. } | Entry::Done { params: known, .. }) if *known != params => {
                Some(Err(HubError::new(ErrorCode::InvalidParams, "Another call under this id.")))
            }
            Some(Entry::Running { .. }) if !reads => return,
            Some(Entry::Done { outcome, .. }) if !reads => Some(outcome.clone()),
            None if attempt > 1 && claimed != Some(self.epoch) && !reads => {
                Some(Err(HubError::new(ErrorCode::OutcomeUnknown, "Nobody knows whether it ran.")))
            }
            _ => None,
        };
        if let Some(outcome) = known {
            drop(book);
            return self.say(answer(key.1, Some(key.0), outcome));
        }
        *book.runs.entry(key).or_default() += 1;
        let shared = Arc::clone(self);
        let (pause, text) = ((self.plan)(&call), format!("{} {params}", call.body.tool));
        let result = json!({ "text": text, "client": call.client, "params": call.body.params });
        let work = tokio::spawn(async move {
            match pause {
                Some(pause) if pause.is_zero() => {}
                Some(pause) => tokio::time::sleep(pause).await,
                None => std::future::pending().await,
            }
            shared.finish(key, Ok(result));
        });
        book.journal.insert(key, Entry::Running { params, work: work.abort_handle() });
    }

    fn stop(&self, key: Key) {
        let is_running = match self.book.lock().unwrap().journal.get(&key) {
            Some(Entry::Running { work, .. }) => {
                work.abort();
                true
            }
            _ => false,
        };
        if is_running {
            self.finish(key, Err(HubError::new(ErrorCode::Cancelled, "It was stopped.")));
        }
    }

    fn finish(&self, key: Key, outcome: Outcome) {
        let mut book = self.book.lock().unwrap();
        if let Some(Entry::Running { params, .. }) = book.journal.get(&key) {
            let done = Entry::Done { params: params.clone(), outcome: outcome.clone() };
            book.journal.insert(key, done);
            drop(book);
            self.say(answer(key.1, Some(key.0), outcome));
        }
    }
}
