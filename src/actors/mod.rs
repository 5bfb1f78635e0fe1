//! Everything that decides: the actors of `actors.md`, one folder each.

pub mod browser_session;
pub mod call;
pub mod client_registry;
pub mod client_session;
pub mod house;
pub mod link;
pub mod router;
pub mod status;
pub mod supervisor;

pub use call::{CallKey, CallProgress, RoutedCall};
pub use house::House;
