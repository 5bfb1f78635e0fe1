//! Starts an actor so that its end is noticed, and told apart: a panic is not a stop, and being stuck is neither.
//!
//! The actor's context runs as one task whose `JoinHandle` is awaited. That tells a panic from a stop without code
//! in the actor, and nothing has to run while the actor unwinds. An actor that leaves the health question unanswered
//! for too long is ended by ending its task.

use std::any::Any;
use std::time::Duration;

use actix::{Actor, Addr, AsyncContext, Context, Handler};

use super::gauge::Gauge;
use super::health::{CheckHealth, until_stuck};

/// How an actor ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It stopped by itself.
    Stopped,
    /// It panicked, with this message.
    Panicked(String),
    /// It did not answer the health question, and was ended.
    Stuck,
    /// Its arbiter ended under it.
    Aborted,
}

/// How an actor is kept.
#[derive(Debug, Clone)]
pub struct Care {
    /// How many messages its mailbox holds.
    pub mailbox: usize,
    /// How often it is asked whether it is well.
    pub health_interval: Duration,
    /// How many actors there are: one that never ends would be seen here.
    pub actors: Gauge,
}

/// Starts `actor` and watches over it; `on_end` runs once, when it has ended.
pub fn spawn_watched<A>(actor: A, care: Care, on_end: impl FnOnce(Ended) + 'static) -> Addr<A>
where
    A: Actor<Context = Context<A>> + Handler<CheckHealth>,
{
    let mut context = Context::new();
    context.set_mailbox_capacity(care.mailbox);
    let addr = context.address();
    let mut task = actix::spawn(context.into_future(actor));
    let (watched, counted) = (addr.downgrade(), care.actors.count());
    actix::spawn(async move {
        let ended = tokio::select! {
            ended = &mut task => match ended {
                Ok(()) => Ended::Stopped,
                Err(error) if error.is_panic() => Ended::Panicked(panic_text(error.into_panic().as_ref())),
                Err(_) => Ended::Aborted,
            },
            () = until_stuck(watched, care.health_interval) => {
                task.abort();
                // It may panic while it is dropped; it is over in any case.
                let _ = task.await;
                Ended::Stuck
            }
        };
        on_end(ended);
        drop(counted);
    });
    addr
}

/// The message of a panic, as far as it is text.
#[must_use]
pub fn panic_text(panic: &(dyn Any + Send)) -> String {
    if let Some(text) = panic.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic without a message".to_owned()
    }
}
