//! One connection to a hub: the upgrade with this side's proof, the hello, the hub's proof, then frames.
//!
//! Invariant: nothing that a peer says is believed before its proof holds, since anybody may listen on a port.

use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::{HeaderValue, header};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

use super::hub_json::{HubFile, HubFileError};
use super::suspended;
use crate::config::limits;
use crate::protocol::hello::Welcome;
use crate::protocol::proof::{self, Challenge, Prover};
use crate::protocol::{ErrorCode, Frame, MIN_PROTOCOL, PROTOCOL};

/// Why a hub that `hub.json` tells of is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum Miss {
    /// `hub.json` tells nothing.
    #[error(transparent)]
    NoFile(#[from] HubFileError),
    /// It has ended.
    #[error("the hub of hub.json (process {pid}, port {port}) is gone")]
    Gone {
        /// The port of `hub.json`.
        port: u16,
        /// The hub that was there.
        pid: u32,
    },
    /// Somebody else listens there now.
    #[error("what listens on port {port} is not the hub that hub.json tells of: {what}")]
    Stranger {
        /// The port of `hub.json`.
        port: u16,
        /// How it was told.
        what: String,
    },
    /// It took the connection, and then said nothing.
    #[error("the hub (process {pid}, port {port}) does not answer{how}", how = suspended::hint(*pid))]
    Silent {
        /// The port of `hub.json`.
        port: u16,
        /// The hub that holds its tongue.
        pid: u32,
    },
    /// It is about to end.
    #[error("the hub is shutting down")]
    Stopping,
    /// It speaks a protocol that this build has forgotten.
    #[error(
        "the hub (tabhub {version}) speaks protocol {protocol}, this tabhub {MIN_PROTOCOL} to {PROTOCOL}; the hub is the older side"
    )]
    Older {
        /// The hub's build.
        version: String,
        /// Its protocol.
        protocol: u32,
    },
    /// It does not speak this build's protocol any more.
    #[error("{message}")]
    Newer {
        /// What it said.
        message: String,
    },
}

/// The conversation is over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Lost(pub String);

/// What is read at once. The library fills as much with zeros before each read, so its default of 128 KiB costs more than
/// the read itself.
const READ_BUFFER: usize = 16 * 1024;

/// The half of a connection that frames are written to.
pub type Writer = SplitSink<WebSocketStream<TcpStream>, Message>;

/// A connection that the hub has welcomed.
#[derive(Debug)]
pub struct HubSocket {
    stream: WebSocketStream<TcpStream>,
}

/// A connection that is open, with the hello still to be said.
#[derive(Debug)]
pub struct Open {
    socket: HubSocket,
    hub: HubFile,
    nonce: String,
}

/// The protocol in which to speak to this hub: the newest that both know.
#[must_use]
pub fn common_protocol(hub: &HubFile) -> u32 {
    hub.protocol.min(PROTOCOL)
}

/// A WebSocket to the hub.
pub type Stream = WebSocketStream<TcpStream>;

/// Opens a connection to the hub and proves the token.
///
/// # Errors
/// When nobody listens there, or somebody else does.
pub async fn open(hub: &HubFile) -> Result<Open, Miss> {
    let (stream, nonce) = dial(hub, "/ws/instance", Prover::Instance).await?;
    Ok(Open { socket: HubSocket { stream }, hub: hub.clone(), nonce })
}

/// Opens the extension's own route for the native messaging host, which proves the token instead of an Origin. What the
/// hub says there is for the extension, which checks the hub's proof itself.
///
/// # Errors
/// When nobody listens there, or somebody else does.
pub async fn open_for_browser(hub: &HubFile) -> Result<Stream, Miss> {
    dial(hub, "/ws/browser", Prover::NativeHost).await.map(|(stream, _)| stream)
}

async fn dial(hub: &HubFile, route: &str, prover: Prover) -> Result<(Stream, String), Miss> {
    let port = hub.port;
    let stranger = |what: String| Miss::Stranger { port, what };
    let gone = |_| Miss::Gone { port, pid: hub.pid };
    let stream = TcpStream::connect(("127.0.0.1", port)).await.map_err(gone)?;
    // Frames are small and each is waited for.
    let _ = stream.set_nodelay(true);
    let nonce = proof::nonce();
    let challenge = Challenge { port, hub_nonce: "", peer_nonce: &nonce };
    let authorization = format!("Tabhub {nonce}.{}", proof::prove(&hub.token, prover, challenge));
    let mut request =
        format!("ws://127.0.0.1:{port}{route}").into_client_request().map_err(|error| stranger(error.to_string()))?;
    let value = HeaderValue::from_str(&authorization).map_err(|error| stranger(error.to_string()))?;
    request.headers_mut().insert(header::AUTHORIZATION, value);
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .max_message_size(Some(limits::BROWSER_FRAME_BYTES))
        .max_frame_size(Some(limits::BROWSER_FRAME_BYTES));
    match tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await {
        Ok((stream, _)) => Ok((stream, nonce)),
        Err(WsError::Http(response)) => Err(stranger(format!("it answers HTTP {}", response.status().as_u16()))),
        Err(WsError::Io(_) | WsError::ConnectionClosed) => Err(stranger("it hangs up".to_owned())),
        Err(error) => Err(stranger(error.to_string())),
    }
}

impl Open {
    /// Says hello and waits for the hub's proof.
    ///
    /// # Errors
    /// When the hub refuses, or cannot prove the token.
    pub async fn greet(self, hello: &Frame) -> Result<(HubSocket, Welcome), Miss> {
        let Open { mut socket, hub, nonce } = self;
        let port = hub.port;
        let stranger = |what: String| Miss::Stranger { port, what };
        socket.send(hello).await.map_err(|Lost(what)| stranger(what))?;
        loop {
            match socket.recv().await.map_err(|Lost(what)| stranger(what))? {
                Frame::Welcome(welcome) => {
                    let challenge = Challenge { port, hub_nonce: "", peer_nonce: &nonce };
                    if !proof::verify(&hub.token, Prover::Hub, challenge, &welcome.proof) {
                        return Err(stranger("it cannot prove the token of hub.json".to_owned()));
                    }
                    return Ok((socket, welcome));
                }
                Frame::Bye(bye) if bye.code == ErrorCode::HubStopping.word() => return Err(Miss::Stopping),
                Frame::Bye(bye) if bye.code == ErrorCode::VersionMismatch.word() => {
                    return Err(if hub.protocol > PROTOCOL {
                        Miss::Newer { message: bye.message }
                    } else {
                        Miss::Older { version: hub.version, protocol: hub.protocol }
                    });
                }
                Frame::Bye(bye) => return Err(stranger(format!("{}: {}", bye.code, bye.message))),
                Frame::Ping(id) => socket.send(&Frame::Pong(id)).await.map_err(|Lost(what)| stranger(what))?,
                other => {
                    return Err(stranger(format!("it answers a hello with {other:?}").chars().take(120).collect()));
                }
            }
        }
    }
}

/// Opens a connection and says hello, within `patience`.
///
/// # Errors
/// When the hub is not to be had.
pub async fn connect(hub: &HubFile, hello: &Frame, patience: Duration) -> Result<(HubSocket, Welcome), Miss> {
    let silent = |_| Miss::Silent { port: hub.port, pid: hub.pid };
    tokio::time::timeout(patience, async { open(hub).await?.greet(hello).await }).await.map_err(silent)?
}

impl HubSocket {
    /// Waits for the next frame. What this build does not know is passed over.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn recv(&mut self) -> Result<Frame, Lost> {
        next_frame(&mut self.stream).await
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn send(&mut self, frame: &Frame) -> Result<(), Lost> {
        self.stream.send(to_message(frame)?).await.map_err(|error| Lost(error.to_string()))
    }

    /// Takes leave of the hub.
    pub async fn close(mut self) {
        // A hub that is gone needs no leave.
        let _ = self.stream.close(None).await;
    }

    /// The two halves, for one that writes while it waits.
    pub fn split(self) -> (Writer, Reader) {
        let (writer, reader) = self.stream.split();
        (writer, Reader(reader))
    }
}

/// The half of a connection that frames are read from.
#[derive(Debug)]
pub struct Reader(SplitStream<WebSocketStream<TcpStream>>);

impl Reader {
    /// Waits for the next frame. Dropping the future loses nothing.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn recv(&mut self) -> Result<Frame, Lost> {
        next_frame(&mut self.0).await
    }
}

/// A frame as a message of the socket.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn to_message(frame: &Frame) -> Result<Message, Lost> {
    frame.encode().map(Message::text).map_err(|error| Lost(error.to_string()))
}

async fn next_frame(
    stream: &mut (impl futures_util::Stream<Item = Result<Message, WsError>> + Unpin),
) -> Result<Frame, Lost> {
    loop {
        match stream.next().await {
            Some(Ok(Message::Text(text))) => match Frame::decode(&text) {
                Ok(frame) => return Ok(frame),
                Err(error) => log::warn!("hub: {error}"),
            },
            Some(Ok(Message::Close(_))) | None => return Err(Lost("the hub closed the connection".to_owned())),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(Lost(format!("the connection to the hub broke: {error}"))),
        }
    }
}
