//! A slot holds the current address of an actor across its restarts. Peers keep the slot, never the address.

use std::fmt;
use std::sync::Arc;

use actix::dev::ToEnvelope;
use actix::prelude::SendError;
use actix::{Actor, Addr, Handler, Message};
use futures_util::Stream;
use tokio::sync::watch;

/// The place of one actor, whichever run of it is there.
pub struct Slot<A: Actor>(Arc<watch::Sender<Option<Addr<A>>>>);

impl<A: Actor> Clone for Slot<A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<A: Actor> Default for Slot<A> {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl<A: Actor> fmt::Debug for Slot<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("filled", &self.0.borrow().is_some()).finish()
    }
}

/// A message that was not taken, handed back.
#[derive(Debug)]
pub enum Undelivered<M> {
    /// The actor is dead or not yet started.
    Dead(M),
    /// Its mailbox is full.
    Full(M),
}

impl<A: Actor> Slot<A> {
    /// A new run of the actor takes the place; everyone who watches is told.
    pub fn fill(&self, addr: Addr<A>) {
        self.0.send_replace(Some(addr));
    }

    /// The address of the current run.
    #[must_use]
    pub fn current(&self) -> Option<Addr<A>> {
        self.0.borrow().clone()
    }

    /// Tells of each new run of the actor, from the next one on.
    #[must_use]
    pub fn runs(&self) -> Runs<A> {
        Runs(self.0.subscribe())
    }

    /// Sends a message within the mailbox's bound.
    ///
    /// # Errors
    /// Hands the message back when the actor is dead or its mailbox is full.
    pub fn try_send<M>(&self, message: M) -> Result<(), Undelivered<M>>
    where
        M: Message + Send + 'static,
        M::Result: Send,
        A: Handler<M>,
        A::Context: ToEnvelope<A, M>,
    {
        match &*self.0.borrow() {
            None => Err(Undelivered::Dead(message)),
            Some(addr) => addr.try_send(message).map_err(|error| match error {
                SendError::Full(message) => Undelivered::Full(message),
                SendError::Closed(message) => Undelivered::Dead(message),
            }),
        }
    }

    /// Tells the news of a life or a death, past the mailbox's bound: it must never be lost to a full mailbox.
    /// A dead actor needs no news: its next run is told everything anew.
    pub fn tell<M>(&self, news: M)
    where
        M: Message + Send + 'static,
        M::Result: Send,
        A: Handler<M>,
        A::Context: ToEnvelope<A, M>,
    {
        if let Some(addr) = &*self.0.borrow() {
            tell(addr, news);
        }
    }
}

/// Tells one run of an actor the news of a life or a death, past the mailbox's bound, as [`Slot::tell`] does.
#[expect(clippy::disallowed_methods, reason = "the one place for news that no bound may hold back")]
pub fn tell<A, M>(addr: &Addr<A>, news: M)
where
    M: Message + Send + 'static,
    M::Result: Send,
    A: Handler<M>,
    A::Context: ToEnvelope<A, M>,
{
    addr.do_send(news);
}

/// A peer has a new run: it knows nothing yet of what it was told before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerRestarted;

impl<A: Actor> Slot<A> {
    /// The coming restarts as a stream for `ctx.add_stream`.
    pub fn restarts(&self) -> impl Stream<Item = PeerRestarted> + use<A> {
        futures_util::stream::unfold(
            self.runs(),
            |mut runs| async move { runs.next().await.map(|_| (PeerRestarted, runs)) },
        )
    }
}

/// The coming runs of an actor.
pub struct Runs<A: Actor>(watch::Receiver<Option<Addr<A>>>);

impl<A: Actor> Runs<A> {
    /// Waits for the next run; `None` when there will be no more.
    pub async fn next(&mut self) -> Option<Addr<A>> {
        loop {
            self.0.changed().await.ok()?;
            if let Some(addr) = self.0.borrow_and_update().clone() {
                return Some(addr);
            }
        }
    }
}
