//! The way to the hub: where it is, and one open link to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::stream::SplitStream;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use super::envelope::News;
use crate::config::{Paths, limits};
use crate::daemon::hub_json::{self, HubFile};
use crate::daemon::{locks, pairing_secret, socket};

/// How long a hub may take to open its door.
const PATIENCE: Duration = Duration::from_secs(3);

/// What has stayed the same for so long, while one hub follows another, is how it is.
const SETTLED: Duration = Duration::from_millis(300);
/// How often that is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Where the hub is, if one runs. Two small files are read: this is asked many times a second while a hub is missed.
pub fn look(paths: &Paths) -> News {
    let secret = secret(paths);
    match find(paths) {
        Ok(hub) => News::Hub { pid: hub.pid, port: hub.port, secret },
        Err(reason) => News::NoHub { reason, secret },
    }
}

fn find(paths: &Paths) -> Result<HubFile, String> {
    if !locks::is_held(&paths.hub_lock()) {
        return Err("No hub runs. The next AI host that needs one starts it.".to_owned());
    }
    hub_json::read(&paths.hub_json()).map_err(|error| format!("A hub runs, and cannot be found: {error}."))
}

fn secret(paths: &Paths) -> String {
    pairing_secret::read(&paths.pairing_secret()).unwrap_or_default()
}

/// An open link to the hub.
#[derive(Debug)]
pub struct HubLink {
    number: u64,
    frames: SplitStream<socket::Stream>,
    outbox: mpsc::Sender<String>,
    waiting: Arc<AtomicUsize>,
}

impl HubLink {
    /// Opens a link, and tells to which hub; an error says, in a sentence, why there is none.
    pub async fn open(number: u64, paths: Paths) -> (u64, Result<(Self, News), String>) {
        let opened = tokio::time::timeout(PATIENCE, Self::dial(&paths)).await;
        match opened.unwrap_or_else(|_| Err("The hub does not answer.".to_owned())) {
            Ok((hub, stream)) => {
                let news = News::Opened { link: number, pid: hub.pid, port: hub.port, secret: secret(&paths) };
                (number, Ok((Self::over(number, stream), news)))
            }
            Err(reason) => (number, Err(reason)),
        }
    }

    /// A hub that is being killed holds its lock for a moment longer than its socket, and one that has just been born has its
    /// lock before its own `hub.json` stands there: what does not lead anywhere is no answer before it has stayed so.
    async fn dial(paths: &Paths) -> Result<(HubFile, socket::Stream), String> {
        let (mut seen, mut since) = (find(paths), Instant::now());
        loop {
            let why = match &seen {
                Ok(hub) => match socket::open_for_browser(hub).await {
                    Ok(stream) => return Ok((hub.clone(), stream)),
                    Err(miss) => format!("The link to the hub was not opened: {miss}."),
                },
                Err(reason) => reason.clone(),
            };
            loop {
                tokio::time::sleep(LOOK_AGAIN).await;
                let now = find(paths);
                if now != seen {
                    (seen, since) = (now, Instant::now());
                    break;
                }
                if since.elapsed() > SETTLED {
                    return Err(why);
                }
            }
        }
    }

    fn over(number: u64, stream: socket::Stream) -> Self {
        let (mut sink, frames) = stream.split();
        let waiting = Arc::new(AtomicUsize::new(0));
        let (outbox, mut due) = mpsc::channel::<String>(limits::OUTBOX_FRAMES);
        let counter = Arc::clone(&waiting);
        // Ends with the link: its other half of the socket then notices, too.
        tokio::spawn(async move {
            while let Some(frame) = due.recv().await {
                let bytes = frame.len();
                if sink.send(Message::text(frame)).await.is_err() {
                    return;
                }
                counter.fetch_sub(bytes, Ordering::Relaxed);
            }
            // A hub that is gone needs no leave.
            let _ = sink.close().await;
        });
        Self { number, frames, outbox, waiting }
    }

    /// The link's number.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The hub's next frame; an error says, in a sentence, how the link ended. Dropping the future loses nothing.
    pub async fn recv(&mut self) -> Result<String, String> {
        loop {
            match self.frames.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
                Some(Ok(Message::Close(_))) | None => return Err("The hub closed the link.".to_owned()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(format!("The link to the hub broke: {error}.")),
            }
        }
    }

    /// A frame for the hub. It waits for nobody: a hub that does not read must not keep the browser from being read.
    ///
    /// # Errors
    /// When the hub does not read, in a sentence; the link is to be given up.
    pub fn send(&self, frame: String) -> Result<(), String> {
        let bytes = frame.len();
        let waiting = self.waiting.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if waiting > limits::NATIVE_QUEUE_BYTES || self.outbox.try_send(frame).is_err() {
            return Err("The hub does not read what it is sent.".to_owned());
        }
        Ok(())
    }
}
