//! The connection of a stand-in browser: finds the hub, proves both sides, obeys the newest welcome, and breaks in
//! every way that a connection can break.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tabhub::protocol::event::CallAtWork;
use tabhub::protocol::hello::{BrowserHello, BrowserInfo};
use tabhub::protocol::proof::{self, Challenge, Prover};
use tabhub::protocol::{BrowserEpoch, Event, Frame, Hello, PROTOCOL};
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;
use tokio_tungstenite::MaybeTlsStream;
use tokio_tungstenite::tungstenite::Message;

use super::{Core, State, Step, calls};
use crate::support::browser::origin;
use crate::support::client::{Socket, dial};

/// What the browser's parts want of the connection.
pub(super) enum Out {
    /// Write this frame.
    Text(String),
    /// Write half of this frame and hang up.
    HalfOf(String),
    /// End without a WebSocket's goodbye.
    HangUp,
    /// Break, so that what is under way may be lost.
    Reset,
    /// Leave it open, unheard, for as long as the hub keeps it.
    Leave,
}

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// Frames that wait for the socket.
const OUTBOX: usize = 1024;

/// Looks for the hub and serves it, again and again, until the browser is closed.
pub(super) async fn live(core: Arc<Core>) {
    let mut over = core.is_over.subscribe();
    loop {
        if *over.borrow() {
            return;
        }
        if let Some(port) = (core.find)() {
            let worker = *core.worker.borrow();
            let epoch = core.state().epoch;
            let mut deaths = core.worker.subscribe();
            let greeted = tokio::select! {
                greeted = tokio::time::timeout(HANDSHAKE, greet(&core, port, epoch)) => greeted.ok().flatten(),
                _ = deaths.wait_for(|now| *now != worker) => None,
            };
            if let Some(socket) = greeted {
                serve(&core, worker, socket).await;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(core.setup.redial) => {}
            _ = over.wait_for(|over| *over) => return,
        }
    }
}

/// The handshake; `None` when what listens there is no hub of ours.
async fn greet(core: &Core, port: u16, epoch: BrowserEpoch) -> Option<Socket> {
    let mut socket = dial(port, "/ws/browser", &[origin()]).await.ok()?;
    let Frame::Hello(_, Hello::Hub(hub)) = next(&mut socket).await? else { return None };
    let (nonce, secret) = (proof::nonce(), &core.setup.secret);
    let challenge = Challenge { port, hub_nonce: &hub.nonce, peer_nonce: &nonce };
    let hello = BrowserHello {
        protocol: PROTOCOL,
        version: "0.1.0".to_owned(),
        capabilities: vec!["journal".to_owned()],
        nonce: nonce.clone(),
        port,
        proof: proof::prove(secret, Prover::Browser, challenge),
        browser: BrowserInfo {
            id: core.setup.id,
            name: core.setup.name.clone(),
            version: "1".to_owned(),
            epoch,
            given_name: None,
            sharing: tabhub::protocol::hello::Sharing::OwnTabs,
        },
    };
    let hello = Frame::Hello(None, Hello::Browser(hello)).encode().unwrap();
    socket.send(Message::text(hello)).await.ok()?;
    let Frame::Welcome(welcome) = next(&mut socket).await? else { return None };
    proof::verify(secret, Prover::Hub, challenge, &welcome.proof).then_some(socket)
}

async fn next(socket: &mut Socket) -> Option<Frame> {
    loop {
        match socket.next().await?.ok()? {
            Message::Text(text) => return Frame::decode(&text).ok(),
            Message::Close(_) => return None,
            _ => {}
        }
    }
}

/// One connection from its welcome to its end.
async fn serve(core: &Arc<Core>, worker: u64, mut socket: Socket) {
    let (link, mut outbox) = mpsc::channel(OUTBOX);
    let Some(serial) = core.of_worker(worker, |state| {
        state.link = Some(link);
        state.links += 1;
        state.record.welcomes += 1;
        state.links
    }) else {
        return;
    };
    core.publish_with_calls();
    let welcomed = Arc::clone(core);
    tokio::spawn(async move { welcomed.pass(worker, Step::Welcomed, None).await });
    let mut reading = core.is_reading.subscribe();
    loop {
        let is_reading = *reading.borrow_and_update();
        tokio::select! {
            biased;
            out = outbox.recv() => match out {
                Some(Out::Text(text)) => if socket.send(Message::text(text)).await.is_err() { break },
                Some(Out::HalfOf(text)) => {
                    write_half(&mut socket, &text).await;
                    break;
                }
                Some(Out::HangUp) | None => break,
                Some(Out::Reset) => {
                    if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
                        let _ = rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO));
                    }
                    break;
                }
                Some(Out::Leave) => {
                    // Kept until the hub ends it; what comes is for nobody.
                    tokio::spawn(async move { while let Some(Ok(_)) = socket.next().await {} });
                    return;
                }
            },
            message = socket.next(), if is_reading => match message {
                Some(Ok(Message::Text(text))) => hear(core, worker, &text),
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
            _ = reading.changed() => {}
        }
    }
    // Closed before the newest connection is looked for, unless a newer one is there already.
    drop(socket);
    core.of_worker(worker, |state| {
        if state.links == serial {
            state.link = None;
        }
    });
}

/// The bytes of a WebSocket frame up to its middle (RFC 6455, section 5.2; a mask of zeros leaves the text readable).
async fn write_half(socket: &mut Socket, text: &str) {
    let mut bytes = vec![0x81, 0x80 | 127];
    bytes.extend(u64::try_from(text.len()).unwrap().to_be_bytes());
    bytes.extend([0; 4]);
    bytes.extend(&text.as_bytes()[..text.len() / 2]);
    let _ = socket.get_mut().write_all(&bytes).await;
    let _ = socket.get_mut().flush().await;
}

fn hear(core: &Arc<Core>, worker: u64, text: &str) {
    match Frame::decode(text).unwrap() {
        Frame::Call(call) => calls::on_call(core, worker, call),
        Frame::Cancel(id, client) => calls::on_cancel(core, id, client),
        Frame::Ping(id) => core.say(Out::Text(Frame::Pong(id).encode().unwrap())),
        Frame::Event(Event::ClientGone { client_id }) => {
            core.of_worker(worker, |state| state.tabs.forget(client_id));
            core.publish();
        }
        Frame::Event(Event::Sync) => core.publish_with_calls(),
        _ => {}
    }
}

impl State {
    fn say(&self, out: Out) {
        if let Some(link) = &self.link {
            let _ = link.try_send(out);
        }
    }
}

impl Core {
    /// Says something on the newest connection; without one it is lost, which the journal makes good.
    pub(super) fn say(&self, out: Out) {
        self.state().say(out);
    }

    /// Tells the hub all tabs.
    pub(super) fn publish(&self) {
        self.tell(|_| None);
    }

    /// Tells the hub all tabs, and the calls that it may not know of.
    pub(super) fn publish_with_calls(&self) {
        self.tell(|state| Some(state.at_work.clone()));
    }

    fn tell(&self, at_work: impl FnOnce(&State) -> Option<Vec<CallAtWork>>) {
        // Under the lock: no answer comes between the look and the word.
        let state = self.state();
        let (tabs, at_work) = (state.tabs.infos(), at_work(&state));
        let frame = Frame::Event(Event::Tabs { tabs, focused: false, focused_at: None, at_work });
        state.say(Out::Text(frame.encode().unwrap()));
    }
}
