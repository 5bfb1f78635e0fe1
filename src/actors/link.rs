//! A connection as its session holds it: where to write, within a bound of frames and of bytes, and how to end it when
//! nothing can be written any more.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix::prelude::{Message, Recipient, SendError};

use crate::protocol::{Bye, Frame};

/// What a session sends through its edge to its peer.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub enum ToPeer {
    /// Write this frame; its bytes are charged until it has left.
    Frame(Box<Frame>, Charge),
    /// Say goodbye and close.
    Close(Bye),
}

/// Why a frame cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwritten {
    /// The peer does not read: what waits for it is over a bound.
    Full,
    /// The connection is gone.
    Closed,
}

/// One connection.
#[derive(Debug, Clone)]
pub struct Link {
    out: Recipient<ToPeer>,
    outbox: Budget,
    hangup: Hangup,
}

impl Link {
    /// A connection whose frames wait in `out`, at most so many bytes of them as `outbox` has room for.
    #[must_use]
    pub fn new(out: Recipient<ToPeer>, outbox: Budget, hangup: Hangup) -> Self {
        Self { out, outbox, hangup }
    }

    /// Writes a frame.
    ///
    /// # Errors
    /// When the peer does not read, or the connection is gone.
    pub fn write(&self, frame: Frame) -> Result<(), Unwritten> {
        let charge = self.outbox.charge(frame.weight()).ok_or(Unwritten::Full)?;
        self.out.try_send(ToPeer::Frame(Box::new(frame), charge)).map_err(|error| match error {
            SendError::Full(_) => Unwritten::Full,
            SendError::Closed(_) => Unwritten::Closed,
        })
    }

    /// Whether a frame more would be far from any bound. Who has much to say at one moment says the rest later.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.outbox.has_room()
    }

    /// Whether nothing waits to leave. What may as well be told later, and then all at once, waits for this.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.outbox.held() == 0
    }

    /// Says goodbye and closes. A peer that does not read cannot be told, and one that is gone needs no telling.
    pub fn close(&self, bye: Bye) {
        let _ = self.out.try_send(ToPeer::Close(bye));
    }

    /// Ends the connection at once, without a word: not even a goodbye reaches a peer that does not read.
    pub fn hang_up(&self) {
        self.hangup.now();
    }
}

/// Ends one connection at once, without a word.
#[derive(Clone)]
pub struct Hangup(Arc<dyn Fn() + Send + Sync>);

impl Hangup {
    /// A way to end one connection.
    #[must_use]
    pub fn new(end: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(end))
    }

    /// Ends the connection.
    pub fn now(&self) {
        (self.0)();
    }
}

impl fmt::Debug for Hangup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hangup")
    }
}

/// Room for so many bytes, which those who wait share.
#[derive(Debug, Clone)]
pub struct Budget {
    held: Arc<AtomicUsize>,
    most: usize,
    /// The larger room that this one is a part of.
    whole: Option<Box<Budget>>,
}

/// Bytes that wait; dropping it makes room for others.
#[derive(Debug)]
pub struct Charge {
    held: Arc<AtomicUsize>,
    bytes: usize,
    _whole: Option<Box<Charge>>,
}

impl Budget {
    /// Room for `most` bytes.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { held: Arc::default(), most, whole: None }
    }

    /// Room for `most` bytes within this one.
    #[must_use]
    pub fn part(&self, most: usize) -> Self {
        Self { whole: Some(Box::new(self.clone())), ..Self::new(most) }
    }

    /// Takes room for so many bytes; `None` when there is not enough. Where nothing waits there is always enough, so
    /// that whatever the wire allows can go.
    #[must_use]
    pub fn charge(&self, bytes: usize) -> Option<Charge> {
        let is_first = self.held() == 0;
        let (charge, fits) = self.take(bytes);
        (is_first || fits).then_some(charge)
    }

    /// Whether less than half of the room is taken, here and in the whole, or nothing waits here at all.
    #[must_use]
    pub fn has_room(&self) -> bool {
        let is_free = |budget: &Budget| budget.held() < budget.most / 2;
        self.held() == 0 || (is_free(self) && self.whole.as_deref().is_none_or(is_free))
    }

    /// How many bytes wait.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    fn take(&self, bytes: usize) -> (Charge, bool) {
        let fits = self.held.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) <= self.most;
        let whole = self.whole.as_ref().map(|whole| whole.take(bytes));
        let fits = fits && whole.as_ref().is_none_or(|(_, fits)| *fits);
        let _whole = whole.map(|(charge, _)| Box::new(charge));
        (Charge { held: Arc::clone(&self.held), bytes, _whole }, fits)
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_bounded_and_the_first_one_always_finds_room() {
        let budget = Budget::new(100);
        let large = budget.charge(1_000).expect("nothing waits");
        assert!(budget.charge(1).is_none());
        drop(large);
        let half = budget.charge(50).expect("there is room");
        let rest = budget.charge(50).expect("there is room");
        assert!(budget.charge(1).is_none());
        drop(half);
        assert!(budget.charge(51).is_none() && budget.charge(50).is_some(), "what was refused takes no room");
        drop(rest);
        assert_eq!(budget.held(), 0);
    }

    #[test]
    fn who_waits_already_gets_no_more_when_all_together_have_too_much() {
        let whole = Budget::new(100);
        let (one, two, three) = (whole.part(80), whole.part(80), whole.part(80));
        let _first = one.charge(80).expect("nothing waits");
        let second = two.charge(15).expect("there is room");
        assert!(two.charge(10).is_none(), "all together have too much");
        assert!(!two.has_room() && three.has_room());
        let _third = three.charge(50).expect("it has nothing waiting");
        assert_eq!(whole.held(), 145);
        drop(second);
        assert_eq!((whole.held(), two.held()), (130, 0));
    }
}
