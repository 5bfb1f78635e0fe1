//! Faults on purpose, in the test build only (feature `faults`): an actor is told to panic, or something goes wrong
//! at a named point. In a release every point is nothing at all.

#[cfg(feature = "faults")]
mod armed;
pub mod points;

use actix::dev::ToEnvelope;
use actix::{Actor, AsyncContext, Handler, Message};

use super::slot::{Slot, Undelivered};

#[cfg(feature = "faults")]
pub use armed::{ENV, Fault, SpecError};

/// A named place at which something can be made to go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Point(
    /// Its name, as a test and the environment of a test's process name it.
    pub &'static str,
);

/// What becomes of what is under way at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Fate {
    /// It goes on.
    Go,
    /// It is lost without a trace.
    Lost,
}

/// The faults that wait at the points of one house, or of one process. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Faults(#[cfg(feature = "faults")] std::sync::Arc<armed::Armed>);

#[cfg(not(feature = "faults"))]
impl Faults {
    /// No faults: this is a release.
    #[must_use]
    pub fn of_the_environment() -> Self {
        Self()
    }

    /// Passes a point inside an actor.
    #[inline(always)]
    pub fn at<A>(&self, _: Point, _: &mut A::Context) -> Fate
    where
        A: Actor,
        A::Context: AsyncContext<A>,
    {
        Fate::Go
    }

    /// Passes a point outside of actors.
    #[inline(always)]
    #[expect(clippy::unused_async, reason = "with faults it waits")]
    pub async fn pass(&self, _: Point) {}

    /// Sends a message past a point.
    ///
    /// # Errors
    /// As [`Slot::try_send`].
    #[inline(always)]
    pub fn send<A, M>(&self, _: Point, slot: &Slot<A>, message: M) -> Result<(), Undelivered<M>>
    where
        M: Message + Send + 'static,
        M::Result: Send,
        A: Actor + Handler<M>,
        A::Context: ToEnvelope<A, M>,
    {
        slot.try_send(message)
    }
}

#[cfg(feature = "faults")]
impl Faults {
    /// The faults that the environment of a test's process tells; none if it tells none.
    #[must_use]
    pub fn of_the_environment() -> Self {
        Self(std::sync::Arc::new(armed::Armed::of_the_environment()))
    }

    /// Arms faults by their text, in place of those that were armed: `point=fault[*times][@skip]`, several with `;`.
    /// The faults are `panic`, `lose`, `full`, `delay:MS` (the actor hears nothing for so long) and `jam:MS` (the
    /// whole thread stands still).
    ///
    /// # Errors
    /// When the text names no point or no fault.
    pub fn arm(&self, spec: &str) -> Result<(), SpecError> {
        self.0.arm(spec)
    }

    /// How often a point was passed since the start.
    #[must_use]
    pub fn hits(&self, point: Point) -> u64 {
        self.0.hits(point)
    }

    /// How often an armed fault has struck since the start.
    #[must_use]
    pub fn strikes(&self) -> u64 {
        self.0.strikes()
    }

    /// Passes a point inside an actor.
    ///
    /// # Panics
    /// When that is the fault that waits here.
    pub fn at<A>(&self, point: Point, ctx: &mut A::Context) -> Fate
    where
        A: Actor,
        A::Context: AsyncContext<A>,
    {
        match self.0.strike(point) {
            None | Some(Fault::Full) => Fate::Go,
            Some(Fault::Lose) => Fate::Lost,
            Some(Fault::Delay(time)) => {
                ctx.wait(actix::fut::wrap_future::<_, A>(tokio::time::sleep(time)));
                Fate::Go
            }
            Some(Fault::Panic) => panic!("a fault at {}", point.0),
            Some(Fault::Jam(time)) => {
                std::thread::sleep(time);
                Fate::Go
            }
        }
    }

    /// Passes a point outside of actors.
    ///
    /// # Panics
    /// When that is the fault that waits here.
    pub async fn pass(&self, point: Point) {
        match self.0.strike(point) {
            None | Some(Fault::Full | Fault::Lose) => {}
            Some(Fault::Delay(time)) => tokio::time::sleep(time).await,
            Some(Fault::Panic) => panic!("a fault at {}", point.0),
            Some(Fault::Jam(time)) => std::thread::sleep(time),
        }
    }

    /// Sends a message past a point.
    ///
    /// # Errors
    /// As [`Slot::try_send`], or as if the mailbox were full.
    ///
    /// # Panics
    /// When that is the fault that waits here.
    pub fn send<A, M>(&self, point: Point, slot: &Slot<A>, message: M) -> Result<(), Undelivered<M>>
    where
        M: Message + Send + 'static,
        M::Result: Send,
        A: Actor + Handler<M>,
        A::Context: ToEnvelope<A, M>,
    {
        match self.0.strike(point) {
            None | Some(Fault::Delay(_)) => slot.try_send(message),
            Some(Fault::Lose) => Ok(()),
            Some(Fault::Full) => Err(Undelivered::Full(message)),
            Some(Fault::Panic) => panic!("a fault at {}", point.0),
            Some(Fault::Jam(time)) => {
                std::thread::sleep(time);
                slot.try_send(message)
            }
        }
    }
}

/// Tells an actor to panic in its handler.
#[cfg(feature = "faults")]
#[derive(Debug, Clone, Copy, actix::Message)]
#[rtype(result = "()")]
pub struct PanicNow;

/// Gives an actor the handler for [`PanicNow`] in the test build, and nothing in a release.
macro_rules! may_be_told_to_panic {
    ($actor:ty) => {
        #[cfg(feature = "faults")]
        impl actix::Handler<crate::supervise::fault::PanicNow> for $actor {
            type Result = ();

            fn handle(&mut self, _: crate::supervise::fault::PanicNow, _: &mut Self::Context) {
                panic!("told to panic");
            }
        }
    };
}
pub(crate) use may_be_told_to_panic;
