//! The hub as a process: who runs, how it is found, started and stopped, and what it keeps on disk.
//!
//! Invariant: nothing here knows of actors, and nothing here ever ends a process that it does not know by its lock.

pub mod connect;
pub mod control;
pub mod error;
pub mod extension_dir;
pub mod files;
pub mod http_token;
pub mod hub_json;
pub mod keeper;
pub mod last_exit;
pub mod locks;
pub mod open_files;
pub mod pairing_secret;
pub mod port_owner;
pub mod socket;
pub mod spawn;
pub mod stop;
mod suspended;

pub use connect::{Connected, Finder, Step};
pub use error::DaemonError;
pub use hub_json::HubFile;
pub use socket::HubSocket;
