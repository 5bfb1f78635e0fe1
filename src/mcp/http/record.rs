//! What was said on the stream of one request of a session, kept until it was heard: a client whose connection broke
//! comes back with `Last-Event-ID` and hears the rest.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_util::Stream;
use rmcp::model::RequestId;
use rmcp::transport::streamable_http_server::session::ServerSseMessage;

/// Events of one stream that are kept. A call has one answer; more than this is news of progress, which only grows.
const MOST_EVENTS: usize = 256;

/// The stream of one request.
#[derive(Debug)]
pub(super) struct Record {
    /// The request, as its client numbers it.
    pub request: RequestId,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    events: Vec<ServerSseMessage>,
    /// How many were dropped before the first that is kept.
    dropped: usize,
    is_over: bool,
    /// How many connections listen.
    listeners: usize,
    wakers: Vec<Waker>,
}

impl Record {
    pub fn new(request: RequestId) -> Arc<Self> {
        Arc::new(Self { request, told: Mutex::default() })
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(mut told: MutexGuard<'_, Told>) {
        let wakers = std::mem::take(&mut told.wakers);
        drop(told);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// One more event.
    pub fn tell(&self, event: ServerSseMessage) {
        let mut told = self.told();
        if told.events.len() >= MOST_EVENTS {
            told.events.remove(0);
            told.dropped += 1;
        }
        told.events.push(event);
        Self::wake(told);
    }

    /// There will be no more events.
    pub fn end(&self) {
        let mut told = self.told();
        told.is_over = true;
        Self::wake(told);
    }

    pub fn is_over(&self) -> bool {
        self.told().is_over
    }

    pub fn is_heard(&self) -> bool {
        self.told().listeners > 0
    }

    /// Where in this record the event with this id is, if it is of this record.
    pub fn place_of(&self, event_id: &str) -> Option<usize> {
        let told = self.told();
        let place = told.events.iter().position(|event| event.event_id.as_deref() == Some(event_id))?;
        Some(told.dropped + place)
    }

    /// Listens from this place on.
    pub fn listen(self: &Arc<Self>, next: usize) -> Listener {
        self.told().listeners += 1;
        Listener { record: Arc::clone(self), next }
    }
}

/// One connection that listens.
#[derive(Debug)]
pub(super) struct Listener {
    record: Arc<Record>,
    next: usize,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.record.told().listeners -= 1;
    }
}

impl Stream for Listener {
    type Item = ServerSseMessage;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<ServerSseMessage>> {
        let mut told = self.record.told();
        let place = self.next.saturating_sub(told.dropped);
        if let Some(event) = told.events.get(place).cloned() {
            let next = told.dropped + place + 1;
            drop(told);
            self.next = next;
            return Poll::Ready(Some(event));
        }
        if told.is_over {
            return Poll::Ready(None);
        }
        told.wakers.retain(|waker| !waker.will_wake(context.waker()));
        told.wakers.push(context.waker().clone());
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;

    use super::*;

    fn event(id: usize) -> ServerSseMessage {
        ServerSseMessage::priming(format!("{id}/7"), std::time::Duration::ZERO)
    }

    async fn rest(listener: Listener) -> Vec<String> {
        listener.map(|event| event.event_id.unwrap_or_default()).collect().await
    }

    #[tokio::test]
    async fn who_comes_back_hears_what_was_said_meanwhile_and_what_is_said_later() {
        let record = Record::new(RequestId::Number(1));
        let first = record.listen(0);
        record.tell(event(0));
        drop(first);
        assert!(!record.is_heard());
        record.tell(event(1));
        let place = record.place_of("0/7").expect("it is known");
        let again = tokio::spawn(rest(record.listen(place + 1)));
        tokio::task::yield_now().await;
        record.tell(event(2));
        record.end();
        assert_eq!(again.await.expect("it ends"), ["1/7", "2/7"]);
        assert_eq!(record.place_of("0/8"), None, "an event of another stream");
    }

    #[tokio::test]
    async fn of_very_many_events_the_last_ones_are_kept() {
        let record = Record::new(RequestId::Number(1));
        (0..MOST_EVENTS + 10).for_each(|id| record.tell(event(id)));
        record.end();
        let heard = rest(record.listen(0)).await;
        assert_eq!((heard.len(), heard[0].as_str()), (MOST_EVENTS, "10/7"));
    }
}
