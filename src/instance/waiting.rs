//! The waiting part of the link's task: while there is no hub, calls come, go and run out of time.

use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::link::Order;
use super::reconnect::Backoff;
use super::state::News;
use super::task::{Closed, Desk, GREETING};
use crate::daemon::{Connected, Step};
use crate::protocol::{CallId, Deadline};

/// What came of a wait without a hub.
pub(super) enum Waited<T> {
    /// What was waited for.
    Came(T),
    /// A call came meanwhile.
    Called,
    /// This instance is to end.
    Closed(Closed),
}

/// Whether a call that comes ends a wait.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OnCall {
    Wake,
    GoOn,
}

impl Desk {
    /// Waits for a hub that somebody else starts, for a call that needs one, or until `at_most` is over. Nothing is
    /// started meanwhile.
    pub async fn rest(&mut self, at_most: Option<Duration>) -> ControlFlow<Closed, Option<Connected>> {
        let shared = Arc::clone(&self.shared);
        let is_greeting = AtomicBool::new(false);
        let mut look = pin!(async {
            let mut backoff = Backoff::new(shared.config.finder.settings.reconnect_max);
            loop {
                tokio::time::sleep(backoff.next_pause()).await;
                let hello = |protocol| shared.hello(protocol);
                // Attempts that find nobody are no news worth keeping: the state stays as it is.
                let mut on_step = |step, _: &str| is_greeting.store(step == Step::Registering, Ordering::Relaxed);
                if let Ok(connected) = shared.config.finder.connect(&hello, &mut on_step).await {
                    shared.hear(News::Step(Step::Discovering), &connected.why);
                    shared.hear(News::Step(Step::Connecting), &connected.why);
                    shared.hear(News::Step(Step::Registering), "");
                    return connected;
                }
                is_greeting.store(false, Ordering::Relaxed);
            }
        });
        let looked = {
            let look_for_a_while = async {
                tokio::select! {
                    connected = look.as_mut() => Some(connected),
                    () = sleep_or_stay(at_most) => None,
                }
            };
            self.wait(look_for_a_while, OnCall::Wake).await
        };
        if let Waited::Came(Some(connected)) = looked {
            return ControlFlow::Continue(Some(connected));
        }
        // A hub that has heard the hello would wait for this instance to come back, so its welcome is waited for.
        let greeted = match is_greeting.load(Ordering::Relaxed) {
            true => tokio::time::timeout(GREETING, look).await.ok(),
            false => None,
        };
        match (looked, greeted) {
            (Waited::Closed(closed), greeted) => {
                if let Some(connected) = greeted {
                    self.part(connected).await;
                }
                ControlFlow::Break(closed)
            }
            (_, greeted) => ControlFlow::Continue(greeted),
        }
    }

    /// Waits for `what`, while calls come, go and run out of time.
    pub async fn wait<T>(&mut self, what: impl Future<Output = T>, on_call: OnCall) -> Waited<T> {
        let mut what = pin!(what);
        loop {
            tokio::select! {
                came = &mut what => return Waited::Came(came),
                order = self.orders.recv() => match order {
                    Some(Order::Call(id, call)) => {
                        self.pending.insert(id, call);
                        if on_call == OnCall::Wake {
                            return Waited::Called;
                        }
                    }
                    Some(Order::Wake) if on_call == OnCall::Wake => return Waited::Called,
                    Some(Order::Wake) => {}
                    Some(Order::Cancel(id)) => {
                        if self.pending.was_sent(id) {
                            self.cancelled.push(id);
                        }
                        drop(self.pending.remove(id));
                    }
                    Some(Order::Identify) => {} // The hello will tell.
                    Some(Order::Close(done)) => return Waited::Closed(Some(done)),
                    None => return Waited::Closed(None),
                },
                () = until(self.pending.next_deadline()) => drop(self.expire()),
            }
        }
    }

    pub fn expire(&mut self) -> Vec<CallId> {
        let phase = self.shared.phase().name();
        let situation =
            self.shared.last_error().map_or_else(|| phase.to_owned(), |e| format!("{phase}: {}", e.message));
        self.pending.expire(&situation)
    }
}

/// Waits for a deadline; for ever if there is none.
async fn until(deadline: Option<Deadline>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.instant()).await,
        None => std::future::pending().await,
    }
}

/// Waits for a while; for ever if there is no end to it.
async fn sleep_or_stay(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}
