//! What both sockets share: whole texts out of WebSocket messages, frames out, the heartbeat.

use std::cell::Cell;
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use actix::{Actor, AsyncContext};
use actix_http::ws::Item;
use actix_web_actors::ws;

use super::gate::{Finding, Flaw, Gate};
use crate::actors::house::Tuning;
use crate::actors::link::Hangup;
use crate::protocol::{Bye, ErrorCode, Frame, HubError};

/// How long a peer has to take its goodbye and close by itself.
pub const CLOSE_PATIENCE: Duration = Duration::from_secs(2);

/// What a WebSocket message meant.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// A whole text.
    Text(String),
    /// Nothing yet, or nothing for us.
    Nothing,
    /// The peer closes.
    Closing,
    /// More than the cap.
    TooLarge,
    /// Something that is no text.
    Garbage,
    /// Bytes that are no WebSocket frames: nothing more can be read.
    Broken,
}

/// Joins continuation frames, which actix-web-actors leaves in pieces, up to a cap.
#[derive(Debug)]
pub struct Assembler {
    cap: usize,
    parts: Vec<u8>,
    finding: Finding,
}

impl Assembler {
    /// An assembler for texts of at most `cap` bytes.
    #[must_use]
    pub fn new(cap: usize) -> Self {
        Self { cap, parts: Vec::new(), finding: Finding::default() }
    }

    /// The gate that the connection's bytes must pass before they are messages for this assembler.
    pub fn gate<S>(&self, bytes: S) -> Gate<S> {
        Gate::new(bytes, self.cap, Finding::clone(&self.finding))
    }

    /// What a peer hears whose text was over the cap.
    #[must_use]
    pub fn too_large(&self) -> HubError {
        HubError::new(ErrorCode::InvalidParams, format!("A frame was larger than {} bytes.", self.cap))
    }

    /// Takes a message.
    pub fn take(&mut self, item: Result<ws::Message, ws::ProtocolError>) -> Heard {
        use actix_web_actors::ws::ProtocolError;
        match item {
            Ok(ws::Message::Text(text)) => Heard::Text(text.into()),
            Ok(ws::Message::Continuation(item)) => self.join(item),
            Ok(ws::Message::Close(_)) => Heard::Closing,
            Ok(ws::Message::Binary(_)) => Heard::Garbage,
            Ok(ws::Message::Ping(_) | ws::Message::Pong(_) | ws::Message::Nop) => Heard::Nothing,
            Err(ProtocolError::Overflow) => Heard::TooLarge,
            Err(error) => match (self.finding.get(), error) {
                (Some(Flaw::TooLong), _) => Heard::TooLarge,
                (Some(Flaw::NoFrame), _) => Heard::Broken,
                // The peer went away without a goodbye; the stream ends next.
                (None, ProtocolError::Io(_)) => Heard::Closing,
                (None, _) => Heard::Garbage,
            },
        }
    }

    fn join(&mut self, item: Item) -> Heard {
        let (bytes, is_last) = match item {
            Item::FirstText(bytes) => {
                self.parts.clear();
                (bytes, false)
            }
            Item::FirstBinary(_) => return Heard::Garbage,
            Item::Continue(bytes) => (bytes, false),
            Item::Last(bytes) => (bytes, true),
        };
        if self.parts.len() + bytes.len() > self.cap {
            self.parts = Vec::new();
            return Heard::TooLarge;
        }
        self.parts.extend_from_slice(&bytes);
        if !is_last {
            return Heard::Nothing;
        }
        String::from_utf8(std::mem::take(&mut self.parts)).map_or(Heard::Garbage, Heard::Text)
    }
}

/// Writes a frame.
pub fn write<A>(frame: &Frame, ctx: &mut ws::WebsocketContext<A>)
where
    A: Actor<Context = ws::WebsocketContext<A>>,
{
    match frame.encode() {
        Ok(text) => ctx.text(text),
        Err(error) => log::error!("a frame of type {} cannot be written: {error}", frame.kind()),
    }
}

/// Says goodbye, closes, and stops the socket's actor once the peer has had its time to close, too.
pub fn close<A>(bye: Bye, code: ws::CloseCode, ctx: &mut ws::WebsocketContext<A>)
where
    A: Actor<Context = ws::WebsocketContext<A>>,
{
    let description = Some(bye.code.clone());
    write(&Frame::Bye(bye), ctx);
    ctx.close(Some(ws::CloseReason { code, description }));
    ctx.run_later(CLOSE_PATIENCE, |_, ctx| actix::ActorContext::stop(ctx));
}

/// Closes after the peer's own goodbye.
pub fn end<A>(ctx: &mut ws::WebsocketContext<A>)
where
    A: Actor<Context = ws::WebsocketContext<A>>,
{
    ctx.close(None);
    ctx.run_later(CLOSE_PATIENCE, |_, ctx| actix::ActorContext::stop(ctx));
}

/// The presence of a peer: when it was last heard, and how to hang up on it.
#[derive(Debug)]
pub struct Presence(Rc<Peer>);

#[derive(Debug)]
struct Peer {
    last_heard: Cell<Instant>,
    hangup: Hangup,
}

impl Presence {
    /// A peer that was heard just now.
    #[must_use]
    pub fn new(hangup: Hangup) -> Self {
        Self(Rc::new(Peer { last_heard: Cell::new(Instant::now()), hangup }))
    }

    /// The peer is heard.
    pub fn hear(&self) {
        self.0.last_heard.set(Instant::now());
    }

    /// How to hang up on the peer.
    #[must_use]
    pub fn hangup(&self) -> Hangup {
        self.0.hangup.clone()
    }
}

/// A socket that ends by a panic says nothing to its peer, and who else can hang up on it keeps the connection open.
impl Drop for Presence {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.hangup.now();
        }
    }
}

/// Pings with application frames (a WebSocket ping does not keep an extension's worker alive), and hangs up on a peer
/// that was silent for too long.
pub fn heartbeat<A>(ctx: &mut ws::WebsocketContext<A>, presence: &Presence, tuning: &Tuning)
where
    A: Actor<Context = ws::WebsocketContext<A>>,
{
    let mut beat: u64 = 0;
    ctx.run_interval(tuning.ping_interval, move |_, ctx| {
        beat += 1;
        write(&Frame::Ping(beat.to_string()), ctx);
    });
    actix::spawn(watch_silence(Rc::downgrade(&presence.0), tuning.ping_interval, tuning.silence_limit));
}

/// Not a timer of the socket's actor: while its peer does not read, the actor does not run. Ends with the socket.
async fn watch_silence(peer: Weak<Peer>, every: Duration, limit: Duration) {
    loop {
        let began = Instant::now();
        tokio::time::sleep(every).await;
        let Some(peer) = peer.upgrade() else { return };
        // A process that was stopped, or a machine that slept, has not read what its peers said meanwhile: it was
        // the silent one, and gives them until the next beat.
        let is_late = began.elapsed() > 2 * every;
        if !is_late && peer.last_heard.get().elapsed() > limit {
            log::warn!("a peer was silent for {limit:?}: its connection is ended");
            peer.hangup.now();
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::web::Bytes;

    fn part(item: Item) -> Result<ws::Message, ws::ProtocolError> {
        Ok(ws::Message::Continuation(item))
    }

    #[test]
    fn continuation_frames_become_one_text() {
        let mut assembler = Assembler::new(100);
        assert_eq!(assembler.take(part(Item::FirstText(Bytes::from("he")))), Heard::Nothing);
        assert_eq!(assembler.take(part(Item::Continue(Bytes::from("ll")))), Heard::Nothing);
        assert_eq!(assembler.take(part(Item::Last(Bytes::from("o")))), Heard::Text("hello".to_owned()));
    }

    #[test]
    fn the_cap_holds_over_all_parts_together() {
        let mut assembler = Assembler::new(3);
        assert_eq!(assembler.take(part(Item::FirstText(Bytes::from("ab")))), Heard::Nothing);
        assert_eq!(assembler.take(part(Item::Continue(Bytes::from("cd")))), Heard::TooLarge);
        assert_eq!(assembler.take(Err(ws::ProtocolError::Overflow)), Heard::TooLarge);
        let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        assert_eq!(assembler.take(Err(ws::ProtocolError::Io(broken))), Heard::Closing);
    }

    #[test]
    fn binary_and_broken_text_are_garbage() {
        let mut assembler = Assembler::new(100);
        assert_eq!(assembler.take(Ok(ws::Message::Binary(Bytes::from("x")))), Heard::Garbage);
        assert_eq!(assembler.take(part(Item::FirstText(Bytes::from_static(&[0xff])))), Heard::Nothing);
        assert_eq!(assembler.take(part(Item::Last(Bytes::new()))), Heard::Garbage);
    }
}
