//! The stdio MCP server's side: the link that finds, starts and heals the hub, and carries calls across its death.

mod alarm;
mod attempt;
pub mod direct;
pub mod link;
mod local_status;
mod outbox;
pub mod own_hub;
pub mod reconnect;
pub mod state;
mod task;
mod waiting;

pub use link::{Farewell, HubPlace, Link, LinkConfig};
pub use state::Phase;
