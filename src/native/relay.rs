//! The relay: reads the browser's messages, keeps one link to the hub, and tells the extension where the hub is.

use std::io;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;

use super::envelope::{self, FromExtension, Joiner, News, Order};
use super::framing::{self, Decoder, Heard, TooLong};
use super::hub_link::{self, HubLink};
use crate::config::{Paths, limits};

/// What is read from the browser at once.
const CHUNK: usize = 64 * 1024;
/// Messages for the browser that may wait; the hub is not read while there are more.
const OUTBOX: usize = 16;

/// Why the relay ended before the end of its input.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// What came cannot be of a browser.
    #[error(transparent)]
    NotABrowser(#[from] TooLong),
    /// The pipes are broken.
    #[error("the browser's pipe broke: {0}")]
    Pipe(#[from] io::Error),
}

/// What goes to the browser.
enum Out {
    About(News),
    Frame(String),
}

/// Relays until the end of the input.
///
/// # Errors
/// When what comes is not native messaging, or a pipe breaks.
pub async fn serve(
    paths: Paths,
    mut input: impl AsyncRead + Unpin,
    output: impl AsyncWrite + Unpin + Send + 'static,
) -> Result<(), RelayError> {
    let (outbox, due) = mpsc::channel(OUTBOX);
    let mut writer = tokio::spawn(write(output, due));
    let mut relay =
        Relay { paths, outbox, joiner: Joiner::default(), link: None, opening: None, search: Search::new() };
    let (mut decoder, mut chunk) = (Decoder::new(limits::NATIVE_IN_BYTES), vec![0; CHUNK]);
    loop {
        relay.look().await;
        tokio::select! {
            read = input.read(&mut chunk) => {
                let bytes = read?;
                if bytes == 0 {
                    if decoder.is_amid_a_frame() {
                        log::warn!("the browser ended in the middle of a message");
                    }
                    break;
                }
                decoder.push(&chunk[..bytes]);
                while let Some(heard) = decoder.take()? {
                    relay.hear(heard).await;
                }
            }
            frame = next_frame(relay.outbox.clone(), relay.link.as_mut()) => match frame {
                Some((permit, Ok(frame))) => drop(permit.send(Out::Frame(frame))),
                Some((_, Err(reason))) => relay.lose(reason).await,
                None => break,
            },
            (number, opened) = opened(&mut relay.opening) => relay.opened(number, opened).await,
            () = tokio::time::sleep(relay.search.pause()), if relay.is_searching() => {}
            _ = &mut writer => return Ok(()),
        }
    }
    drop(relay);
    // What was said before the end is still written, if somebody reads it.
    let _ = tokio::time::timeout(Duration::from_millis(100), writer).await;
    Ok(())
}

async fn write(mut output: impl AsyncWrite + Unpin, mut due: mpsc::Receiver<Out>) -> io::Result<()> {
    while let Some(out) = due.recv().await {
        match out {
            Out::About(news) => output.write_all(&framing::encode(&serde_json::to_string(&news)?)).await?,
            Out::Frame(frame) => {
                for message in envelope::messages(&frame) {
                    output.write_all(&framing::encode(&message)).await?;
                }
            }
        }
        output.flush().await?;
    }
    Ok(())
}

/// The hub's next frame with room for it; never without a link. `None` when nobody writes any more.
async fn next_frame(
    outbox: mpsc::Sender<Out>,
    link: Option<&mut HubLink>,
) -> Option<(mpsc::OwnedPermit<Out>, Result<String, String>)> {
    let Some(link) = link else { return std::future::pending().await };
    let permit = outbox.reserve_owned().await.ok()?;
    Some((permit, link.recv().await))
}

type Opening = BoxFuture<'static, (u64, Result<(HubLink, News), String>)>;

/// The link that is being opened; never without one.
async fn opened(opening: &mut Option<Opening>) -> (u64, Result<(HubLink, News), String>) {
    let Some(future) = opening else { return std::future::pending().await };
    let opened = future.await;
    *opening = None;
    opened
}

struct Relay {
    paths: Paths,
    outbox: mpsc::Sender<Out>,
    joiner: Joiner,
    link: Option<HubLink>,
    opening: Option<Opening>,
    search: Search,
}

impl Relay {
    fn is_searching(&self) -> bool {
        self.link.is_none() && self.opening.is_none()
    }

    /// Tells where the hub is, when that has changed and the extension has no link.
    async fn look(&mut self) {
        if !self.is_searching() {
            return;
        }
        let news = hub_link::look(&self.paths);
        if self.search.told.as_ref() != Some(&news) {
            self.search.told = Some(news.clone());
            self.tell(news).await;
        }
    }

    async fn hear(&mut self, heard: Heard) {
        let text = match heard {
            Heard::Text(text) => text,
            // One bad message is no reason to lose a browser.
            Heard::Empty => return log::warn!("an empty message of the browser is passed over"),
            Heard::NotText => return log::warn!("a message of the browser that is no UTF-8 is passed over"),
        };
        match envelope::read(&text) {
            Ok(FromExtension::Frame(frame)) => self.pass_on(frame).await,
            Ok(FromExtension::About(Order::Part { text, last })) => match self.joiner.take(&text, last) {
                Some(Some(frame)) => self.pass_on(frame).await,
                Some(None) => {}
                None => self.lose("A frame was larger than the hub takes.".to_owned()).await,
            },
            Ok(FromExtension::About(Order::Open { link })) => self.open(link),
            Ok(FromExtension::About(Order::Close)) => self.give_up(),
            Err(error) => log::warn!("a message of the browser is passed over: {error}"),
        }
    }

    fn open(&mut self, number: u64) {
        self.give_up();
        self.opening = Some(Box::pin(HubLink::open(number, self.paths.clone())));
    }

    async fn opened(&mut self, number: u64, opened: Result<(HubLink, News), String>) {
        match opened {
            Ok((link, news)) => {
                self.link = Some(link);
                self.tell(news).await;
            }
            Err(reason) => {
                log::warn!("{reason}");
                self.search.begin();
                self.tell(News::Closed { link: number, reason }).await;
            }
        }
    }

    /// A frame for the hub. One for a link that is over is lost, which the extension's journal makes good.
    async fn pass_on(&mut self, frame: String) {
        if let Some(Err(reason)) = self.link.as_ref().map(|link| link.send(frame)) {
            self.lose(reason).await;
        }
    }

    /// The link is over, and not because the extension said so.
    async fn lose(&mut self, reason: String) {
        if let Some(link) = self.link.take() {
            log::info!("link {}: {reason}", link.number());
            self.give_up();
            self.tell(News::Closed { link: link.number(), reason }).await;
        }
    }

    fn give_up(&mut self) {
        self.link = None;
        self.opening = None;
        self.joiner = Joiner::default();
        self.search.begin();
    }

    async fn tell(&self, news: News) {
        // Whoever waits for this is told by the end of the writer.
        let _ = self.outbox.send(Out::About(news)).await;
    }
}

/// The search for a hub: eager after a loss, since the next one is mostly there within a tenth of a second.
struct Search {
    since: Instant,
    told: Option<News>,
}

impl Search {
    fn new() -> Self {
        Self { since: Instant::now(), told: None }
    }

    /// Begins anew: whatever was told is told again.
    fn begin(&mut self) {
        *self = Self::new();
    }

    fn pause(&self) -> Duration {
        match self.since.elapsed().as_millis() {
            0..300 => Duration::from_millis(10),
            300..2_000 => Duration::from_millis(25),
            _ => Duration::from_millis(250),
        }
    }
}
