//! Looks at the head of each WebSocket frame before the codec does, and lets no flawed one through.
//!
//! The codec of actix-http does not get past a head that breaks the protocol: it fails on the same bytes at every
//! poll, which would keep the hub's one thread busy for as long as the connection lives. And it takes a frame in
//! whole, however long, before it says that it is too long. So both are decided here, on the first bytes of a frame.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::Stream;

/// The longest head of a masked frame: two bytes, a length of eight, a mask of four (RFC 6455, 5.2).
const HEAD_MOST: usize = 14;

/// Why a connection can be read no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// A frame says that it is longer than the cap.
    TooLong,
    /// What comes is no WebSocket frame of a client.
    NoFrame,
}

/// What the gate found, for the one who reads behind it.
pub type Finding = Rc<Cell<Option<Flaw>>>;

/// The bytes of a connection up to its first flawed frame. What comes after that is taken in and thrown away, so that
/// the peer can hear why it is turned away.
pub struct Gate<S> {
    bytes: S,
    heads: Heads,
    finding: Finding,
}

impl<S> Gate<S> {
    /// A gate before `bytes` that lets frames of at most `cap` bytes through.
    pub fn new(bytes: S, cap: usize, finding: Finding) -> Self {
        Self { bytes, heads: Heads { cap, head: [0; HEAD_MOST], known: 0, body_left: 0 }, finding }
    }
}

impl<S> Stream for Gate<S>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            let Poll::Ready(item) = Pin::new(&mut this.bytes).poll_next(cx) else { return Poll::Pending };
            match item {
                Some(Ok(_)) if this.finding.get().is_some() => {}
                Some(Ok(bytes)) => match this.heads.pass(&bytes) {
                    Ok(()) => return Poll::Ready(Some(Ok(bytes))),
                    Err(flaw) => {
                        this.finding.set(Some(flaw));
                        return Poll::Ready(Some(Err(PayloadError::Overflow)));
                    }
                },
                // Connections break; that is an end like another, and no message.
                Some(Err(error)) => {
                    log::debug!("a connection broke: {error}");
                    return Poll::Ready(None);
                }
                None => return Poll::Ready(None),
            }
        }
    }
}

/// Where in the row of frames the bytes are.
struct Heads {
    cap: usize,
    head: [u8; HEAD_MOST],
    known: usize,
    body_left: usize,
}

impl Heads {
    fn pass(&mut self, mut bytes: &[u8]) -> Result<(), Flaw> {
        while !bytes.is_empty() {
            if self.body_left > 0 {
                let skipped = self.body_left.min(bytes.len());
                self.body_left -= skipped;
                bytes = &bytes[skipped..];
            } else {
                self.head[self.known] = bytes[0];
                self.known += 1;
                bytes = &bytes[1..];
                self.check()?;
            }
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), Flaw> {
        let [first, second, ..] = self.head;
        let is_known_opcode = matches!(first & 0x0f, 0..=2 | 8..=10);
        if first & 0x70 != 0 || !is_known_opcode || (self.known > 1 && second & 0x80 == 0) {
            return Err(Flaw::NoFrame);
        }
        let wide = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        if self.known < 2 || self.known < 2 + wide + 4 {
            return Ok(());
        }
        let length = match wide {
            0 => u64::from(second & 0x7f),
            _ => self.head[2..2 + wide].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        };
        self.body_left = usize::try_from(length).ok().filter(|length| *length <= self.cap).ok_or(Flaw::TooLong)?;
        self.known = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads() -> Heads {
        Heads { cap: 70_000, head: [0; HEAD_MOST], known: 0, body_left: 0 }
    }

    fn frame(first: u8, length: &[u8], body: usize) -> Vec<u8> {
        [&[first], length, &[1, 2, 3, 4], &*vec![0xff; body]].concat()
    }

    #[test]
    fn whole_frames_pass_however_they_are_cut() {
        let row = [
            frame(0x81, &[0x80 | 5], 5),
            frame(0x89, &[0x80], 0),
            frame(0x01, &[0x80 | 126, 0x01, 0x00], 256),
            frame(0x80, &[0x80 | 127, 0, 0, 0, 0, 0, 1, 0, 0], 65_536),
            frame(0x88, &[0x80 | 2], 2),
        ]
        .concat();
        for cut in [1, 3, 7, 1000, row.len()] {
            let mut heads = heads();
            assert!(row.chunks(cut).all(|chunk| heads.pass(chunk) == Ok(())), "chunks of {cut}");
            assert_eq!((heads.known, heads.body_left), (0, 0));
        }
    }

    #[test]
    fn a_flawed_head_is_found_before_its_body() {
        for (head, flaw) in [
            (vec![0x81, 0x02], Flaw::NoFrame),
            (vec![0xf1], Flaw::NoFrame),
            (vec![0x83], Flaw::NoFrame),
            (frame(0x81, &[0x80 | 127, 0, 0, 1, 0, 0, 0, 0, 0], 0), Flaw::TooLong),
            (frame(0x81, &[0x80 | 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 0), Flaw::TooLong),
        ] {
            assert_eq!(heads().pass(&head), Err(flaw), "{head:?}");
        }
    }
}
