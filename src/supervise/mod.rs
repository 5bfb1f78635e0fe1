//! Life and death of actors, in general: watched spawns, restart policy, slots, reply ports.
//!
//! actix's own `Supervisor` does not restart an actor that panicked, and a dead address is dead for good. Here an
//! actor runs as a task whose end is awaited, its peers hold a [`Slot`] that always leads to the current one, and
//! whoever waits for an answer holds a port that answers even when the other side dies.

pub mod fault;
pub mod gauge;
pub mod health;
pub mod policy;
pub mod reply;
pub mod root;
pub mod slot;
pub mod watch;
pub mod watchdog;

pub use gauge::Gauge;
pub use policy::{Decision, RestartLog, RestartPolicy};
pub use reply::{Dropped, ReplyPort, reply_port};
pub use slot::{Slot, Undelivered};
pub use watch::{Care, Ended, spawn_watched};
