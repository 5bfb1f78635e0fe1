//! The limit that the machine sets: a plain WebSocket echo over two loopback hops, each end on its own thread.

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;

use crate::support::client::{Socket, dial};

/// A plain echo behind a plain relay.
pub struct Echo {
    socket: Socket,
}

impl Echo {
    /// Starts both and connects.
    pub async fn start() -> Self {
        let echo = serve(None);
        let relay = serve(Some(echo));
        Self { socket: dial(relay, "/", &[]).await.unwrap() }
    }

    /// There and back over both hops.
    pub async fn round(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
        assert_eq!(self.socket.next().await.unwrap().unwrap().into_text().unwrap().as_str(), text);
    }
}

/// Answers every message: by itself, or by what the next one behind it answers.
fn serve(behind: Option<u16>) -> u16 {
    let (tx, rx) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async move {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            tx.send(listener.local_addr().unwrap().port()).unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
            let mut next = match behind {
                Some(port) => Some(dial(port, "/", &[]).await.unwrap()),
                None => None,
            };
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
        });
    });
    rx.recv().unwrap()
}
