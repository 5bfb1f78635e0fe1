//! What this instance has to say to the hub, written by a task of its own, so that a hub that does not read never
//! keeps the link from answering its callers.

use std::time::Duration;

use futures_util::SinkExt as _;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::config::limits;
use crate::daemon::socket::{Lost, Writer, to_message};
use crate::protocol::Frame;

/// How long the last words may take to leave.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Frames on their way to the hub.
#[derive(Debug)]
pub struct Outbox {
    frames: mpsc::Sender<Frame>,
    task: JoinHandle<Lost>,
}

impl Outbox {
    /// Writes to this connection from now on.
    pub fn new(mut writer: Writer) -> Self {
        let (frames, mut queue) = mpsc::channel::<Frame>(limits::OUTBOX_FRAMES);
        let task = tokio::spawn(async move {
            while let Some(frame) = queue.recv().await {
                let sent = match to_message(&frame) {
                    Ok(message) => writer.send(message).await.map_err(|error| Lost(error.to_string())),
                    Err(lost) => Err(lost),
                };
                if let Err(lost) = sent {
                    return lost;
                }
            }
            // The other side may be gone already, and then there is nobody to close with.
            let _ = writer.close().await;
            Lost("this instance closed the connection".to_owned())
        });
        Self { frames, task }
    }

    /// Queues a frame.
    ///
    /// # Errors
    /// When the hub does not read, or the connection is lost.
    pub fn push(&self, frame: Frame) -> Result<(), Lost> {
        self.frames.try_send(frame).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Lost("the hub does not read what it is sent".to_owned()),
            mpsc::error::TrySendError::Closed(_) => Lost("the connection to the hub broke while writing".to_owned()),
        })
    }

    /// Waits until the connection can be written no more.
    pub async fn broken(&mut self) -> Lost {
        (&mut self.task).await.unwrap_or_else(|error| Lost(error.to_string()))
    }

    /// Writes what is queued and closes the connection.
    pub async fn finish(mut self) {
        let (closed, _) = mpsc::channel(1);
        self.frames = closed;
        if tokio::time::timeout(LAST_WORDS, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}
