//! A reply port travels with its call; the answer goes straight back through it. Dropping it answers, too.
//!
//! So no caller ever hangs on an actor that died with the call in its hands: it hears [`Dropped`].

use tokio::sync::oneshot;

/// The side that answers.
#[derive(Debug)]
pub struct ReplyPort<T>(oneshot::Sender<T>);

/// The other side went away without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the actor that held the call died")]
pub struct Dropped;

/// The side that waits.
pub struct Reply<T>(oneshot::Receiver<T>);

/// A port and the side that waits on it.
#[must_use]
pub fn reply_port<T>() -> (ReplyPort<T>, Reply<T>) {
    let (tx, rx) = oneshot::channel();
    (ReplyPort(tx), Reply(rx))
}

impl<T> ReplyPort<T> {
    /// Answers. A caller that has left meanwhile is no error.
    pub fn answer(self, value: T) {
        let _ = self.0.send(value);
    }

    /// Whether the caller has left, so that nobody waits for the answer any more.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        self.0.is_closed()
    }
}

impl<T> Reply<T> {
    /// Waits for the answer.
    ///
    /// # Errors
    /// [`Dropped`] when the other side went away without one.
    pub async fn wait(self) -> Result<T, Dropped> {
        self.0.await.map_err(|_| Dropped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix::test]
    async fn a_dropped_port_answers_that_it_was_dropped() {
        let (port, reply) = reply_port::<u8>();
        drop(port);
        assert_eq!(reply.wait().await, Err(Dropped));
    }

    #[actix::test]
    async fn a_port_knows_that_its_caller_left() {
        let (port, reply) = reply_port::<u8>();
        assert!(!port.is_abandoned());
        drop(reply);
        assert!(port.is_abandoned());
        port.answer(1);
    }
}
