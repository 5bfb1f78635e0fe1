//! The health question: whoever hears messages answers it, so an actor that does not is stuck, and is replaced.

use std::pin::pin;
use std::time::Duration;

use actix::dev::ToEnvelope;
use actix::prelude::Message;
use actix::{Actor, Handler, WeakAddr};

use crate::config::limits;

/// Are you well? Who hears this is.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct CheckHealth;

/// Gives an actor the handler for [`CheckHealth`].
macro_rules! answers_the_health_question {
    ($actor:ty) => {
        impl actix::Handler<crate::supervise::health::CheckHealth> for $actor {
            type Result = ();

            fn handle(&mut self, _: crate::supervise::health::CheckHealth, _: &mut Self::Context) {}
        }
    };
}
pub(crate) use answers_the_health_question;

/// Asks an actor `every` so often, and resolves when it has let the time pass
/// [`limits::HEALTH_MISSES`] times over one question. An actor that is gone is somebody else's news.
///
/// The questions are counted, not the time: a process that was stopped or a machine that slept comes back to one
/// miss, however long that was.
pub async fn until_stuck<A>(addr: WeakAddr<A>, every: Duration)
where
    A: Actor + Handler<CheckHealth>,
    A::Context: ToEnvelope<A, CheckHealth>,
{
    loop {
        tokio::time::sleep(every).await;
        let Some(asked) = addr.upgrade() else { break };
        let mut answer = pin!(asked.send(CheckHealth));
        drop(asked);
        let mut misses = 0;
        while tokio::time::timeout(every, answer.as_mut()).await.is_err() {
            misses += 1;
            if misses == limits::HEALTH_MISSES {
                return;
            }
        }
    }
    std::future::pending().await
}
