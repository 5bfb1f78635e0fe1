//! Many lean clients on one thread, each with a connection of its own: through the hub to the stand-in browser, or
//! through the plain echo.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use serde_json::value::RawValue;
use tabhub::daemon::HubFile;
use tabhub::protocol::frame::CallBody;
use tabhub::protocol::{Call, CallId, ClientId, Frame, Hello, now_ms};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message;

use crate::echo::{Echo, Plain};
use crate::support::client::{Socket, authorization, dial, hello, receive, send};

/// Connections that are made at once.
const AT_ONCE: usize = 50;

/// Where the clients of a fleet are connected.
#[derive(Clone)]
pub enum Port {
    Hub(Box<HubFile>),
    Echo(std::sync::Arc<Echo>),
}

/// Many clients on one thread.
pub struct Fleet {
    port: Port,
    thread: Handle,
    clients: Vec<mpsc::Sender<Order>>,
}

enum Order {
    /// One call.
    Once(oneshot::Sender<Duration>),
    /// One call after another until then.
    Until(Instant, oneshot::Sender<Vec<Duration>>),
}

impl Fleet {
    /// A fleet without clients.
    pub fn new(port: Port) -> Self {
        let (tx, rx) = std::sync::mpsc::channel();
        let run = move || {
            let runtime = crate::runtime();
            tx.send(runtime.handle().clone()).unwrap();
            runtime.block_on(std::future::pending::<()>());
        };
        std::thread::Builder::new().name("clients".to_owned()).spawn(run).unwrap();
        Self { port, thread: rx.recv().unwrap(), clients: Vec::new() }
    }

    /// Connects clients until there are so many.
    pub async fn grow(&mut self, to: usize) {
        while self.clients.len() < to {
            let first = self.clients.len();
            let last = (first + AT_ONCE).min(to);
            let connected = (first..last).map(|n| {
                let (port, (tx, rx)) = (self.port.clone(), mpsc::channel(1));
                let (ready, is_ready) = oneshot::channel();
                self.thread.spawn(async move {
                    let line = Line::connect(port, n).await;
                    let _ = ready.send(());
                    line.serve(rx).await;
                });
                self.clients.push(tx);
                is_ready
            });
            for ready in join_all(connected.collect::<Vec<_>>()).await {
                ready.expect("a client connects");
            }
        }
    }

    /// How long one call of one client takes.
    pub async fn call(&self, client: usize) -> Duration {
        let (done, is_done) = oneshot::channel();
        self.clients[client].send(Order::Once(done)).await.unwrap();
        is_done.await.expect("the client lives")
    }

    /// How long each call takes while all clients call, each as fast as it is answered.
    pub async fn all_call_for(&self, time: Duration) -> Vec<Duration> {
        let end = Instant::now() + time;
        let mut all = VecDeque::new();
        for client in &self.clients {
            let (done, is_done) = oneshot::channel();
            client.send(Order::Until(end, done)).await.unwrap();
            all.push_back(is_done);
        }
        join_all(all).await.into_iter().flat_map(|times| times.expect("the client lives")).collect()
    }
}

/// One client's connection.
enum Line {
    Hub { socket: Box<Socket>, id: ClientId },
    Echo(Box<Plain>),
}

impl Line {
    async fn connect(port: Port, n: usize) -> Self {
        match port {
            Port::Echo(echo) => Line::Echo(Box::new(echo.connect().await)),
            Port::Hub(hub) => {
                let proof = authorization(hub.port, &hub.token);
                let mut socket = dial(hub.port, "/ws/instance", &[proof]).await.unwrap();
                let id = ClientId::mint();
                send(&mut socket, &Frame::Hello(Some(id), Hello::Instance(hello(&format!("client {n}"))))).await;
                assert!(matches!(receive(&mut socket).await, Some(Frame::Welcome(_))), "a welcome");
                Line::Hub { socket: Box::new(socket), id }
            }
        }
    }

    async fn serve(mut self, mut orders: mpsc::Receiver<Order>) {
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    Some(Order::Once(done)) => {
                        let began = Instant::now();
                        self.round().await;
                        let _ = done.send(began.elapsed());
                    }
                    Some(Order::Until(end, done)) => {
                        let mut times = Vec::new();
                        while Instant::now() < end {
                            let began = Instant::now();
                            self.round().await;
                            times.push(began.elapsed());
                        }
                        let _ = done.send(times);
                    }
                    None => return,
                },
                () = self.idle() => {}
            }
        }
    }

    /// One call from its frame to its answer.
    async fn round(&mut self) {
        let (socket, client) = match self {
            Line::Echo(plain) => return plain.round().await,
            Line::Hub { socket, id } => (socket, *id),
        };
        let id = CallId::mint();
        let body = CallBody {
            tool: "browser_hover".to_owned(),
            params: RawValue::from_string(r#"{"ref":"e1"}"#.to_owned()).unwrap(),
            client_name: String::new(),
            attempt: 1,
            browser_epoch: None,
            expires_at: now_ms() + 60_000,
            read_only: false,
        };
        socket.send(text(&Frame::Call(Call { id, client: Some(client), body }))).await.unwrap();
        loop {
            let message = socket.next().await.expect("the hub lives").unwrap();
            match Frame::decode(&message.into_text().unwrap()).unwrap() {
                Frame::Answer(answer) if answer.id == id => {
                    assert!(answer.outcome().unwrap().is_ok(), "{}", answer.payload);
                    return;
                }
                Frame::Ping(id) => socket.send(text(&Frame::Pong(id))).await.unwrap(),
                _ => {}
            }
        }
    }

    /// Hears what the hub says meanwhile.
    async fn idle(&mut self) {
        match self {
            Line::Echo(_) => std::future::pending().await,
            Line::Hub { socket, .. } => {
                // A hub that is gone is missed by the next call.
                let Some(Ok(message)) = socket.next().await else { return std::future::pending().await };
                if let Ok(Frame::Ping(id)) = Frame::decode(&message.into_text().unwrap()) {
                    socket.send(text(&Frame::Pong(id))).await.unwrap();
                }
            }
        }
    }
}

fn text(frame: &Frame) -> Message {
    Message::text(frame.encode().unwrap())
}
