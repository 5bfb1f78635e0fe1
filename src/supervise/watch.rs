//! Starts an actor so that its end is noticed, and told apart: a panic is not a stop.
//!
//! The actor's context runs as one task whose `JoinHandle` is awaited. That tells a panic from a stop without code
//! in the actor, and nothing has to run while the actor unwinds.

use std::any::Any;

use actix::{Actor, Addr, AsyncContext, Context};

/// How an actor ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It stopped by itself.
    Stopped,
    /// It panicked, with this message.
    Panicked(String),
    /// Its arbiter ended under it.
    Aborted,
}

/// Starts `actor` with a mailbox of `mailbox` messages; `on_end` runs once, when it has ended.
pub fn spawn_watched<A>(actor: A, mailbox: usize, on_end: impl FnOnce(Ended) + 'static) -> Addr<A>
where
    A: Actor<Context = Context<A>>,
{
    let mut context = Context::new();
    context.set_mailbox_capacity(mailbox);
    let addr = context.address();
    let task = actix::spawn(context.into_future(actor));
    actix::spawn(async move {
        on_end(match task.await {
            Ok(()) => Ended::Stopped,
            Err(error) if error.is_panic() => Ended::Panicked(panic_text(error.into_panic().as_ref())),
            Err(_) => Ended::Aborted,
        });
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
