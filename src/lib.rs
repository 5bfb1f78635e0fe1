//! tabhub: many AI hosts drive one real, logged-in browser at the same time.
//!
//! `actors.md` at the root of the repository is the map of the house.

pub mod actors;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod edges;
pub mod install;
pub mod instance;
pub mod mcp;
pub mod native;
pub mod protocol;
pub mod supervise;
