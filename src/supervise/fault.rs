//! Faults on purpose, in the test build only (feature `faults`): an actor is told to panic and does.

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
