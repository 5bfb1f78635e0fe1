//! A way to a hub that can be lost without a trace: from then on nothing comes through, and nobody is told.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_tungstenite::MaybeTlsStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::client::Socket;

/// A way to a hub.
pub struct Proxy {
    target: u16,
    port: u16,
    is_lost: watch::Sender<bool>,
}

impl Proxy {
    /// A way to the hub on this port.
    pub async fn to(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, is_lost) = (listener.local_addr().unwrap().port(), watch::Sender::new(false));
        let lost = is_lost.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                tokio::spawn(carry(near_in, far_out, lost.subscribe()));
                tokio::spawn(carry(far_in, near_out, lost.subscribe()));
            }
        });
        Self { target, port, is_lost }
    }

    /// Dials a route of the hub this way, as [`super::client::dial`] does directly.
    pub async fn dial(&self, route: &str, headers: &[(&'static str, String)]) -> Socket {
        // The hub is addressed by its own port, wherever its bytes go through.
        let mut request = format!("ws://127.0.0.1:{}{route}", self.target).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        tokio_tungstenite::client_async(request, MaybeTlsStream::Plain(stream)).await.unwrap().0
    }

    /// The way is lost: bytes vanish in both directions, and both ends believe that they are connected.
    pub fn lose(&self) {
        self.is_lost.send_replace(true);
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut lost: watch::Receiver<bool>) {
    let mut bytes = vec![0; 64 * 1024];
    loop {
        let is_lost = *lost.borrow();
        match from.read(&mut bytes).await {
            Ok(0) | Err(_) if is_lost => {
                // Not even the end comes through.
                std::future::pending::<()>().await;
            }
            Ok(0) | Err(_) => return,
            Ok(n) if !*lost.borrow_and_update() => {
                if to.write_all(&bytes[..n]).await.is_err() {
                    return;
                }
            }
            Ok(_) => {}
        }
    }
}
