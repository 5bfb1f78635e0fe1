//! The limit that the machine sets: a plain WebSocket echo over two loopback hops, each end on its own thread. It
//! carries as many bytes as a call does, and does nothing with them.

use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;

use futures_util::{SinkExt, StreamExt};

use crate::support::client::{Socket, dial, socket_config};

/// A plain echo behind a plain relay.
pub struct Echo {
    relay: u16,
}

impl Echo {
    /// Starts both.
    pub fn start() -> Self {
        Self { relay: serve("relay", Some(serve("echo", None))) }
    }

    /// A new line through both.
    pub async fn connect(&self) -> Plain {
        Plain { socket: dial(self.relay, "/", &[]).await.unwrap(), text: "x".repeat(CALL_BYTES) }
    }
}

/// About the length of a small call's frame.
const CALL_BYTES: usize = 260;

/// A line through the echo.
pub struct Plain {
    pub socket: Socket,
    text: String,
}

impl Plain {
    /// There and back over both hops.
    pub async fn round(&mut self) {
        self.socket.send(Message::text(self.text.as_str())).await.unwrap();
        assert_eq!(self.socket.next().await.unwrap().unwrap().into_text().unwrap().as_str(), self.text);
    }
}

/// Answers every message: by itself, or by what the next one behind it answers.
fn serve(name: &str, behind: Option<u16>) -> u16 {
    let (tx, rx) = std::sync::mpsc::channel();
    let run = move || {
        crate::runtime().block_on(async move {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            tx.send(listener.local_addr().unwrap().port()).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                tokio::spawn(async move {
                    let socket = tokio_tungstenite::accept_async_with_config(stream, Some(socket_config())).await;
                    let next = match behind {
                        Some(port) => Some(dial(port, "/", &[]).await.unwrap()),
                        None => None,
                    };
                    answer(socket.unwrap(), next).await;
                });
            }
        });
    };
    std::thread::Builder::new().name(name.to_owned()).spawn(run).unwrap();
    rx.recv().unwrap()
}

async fn answer(mut socket: tokio_tungstenite::WebSocketStream<tokio::net::TcpStream>, mut next: Option<Socket>) {
    while let Some(Ok(message)) = socket.next().await {
        let answer = match &mut next {
            Some(next) => {
                next.send(message).await.unwrap();
                next.next().await.unwrap().unwrap()
            }
            None => message,
        };
        if socket.send(answer).await.is_err() {
            return;
        }
    }
}
