//! Native messaging: what stands between Chrome, which starts it and speaks by pipes, and the hub.
//!
//! Invariant: the hub's frames and the extension's pass untouched. The extension and the hub prove themselves to each other
//! through here as they do over a WebSocket; this side only finds the hub and opens its door with the token.

pub mod envelope;
pub mod framing;
mod hub_link;
pub mod relay;

pub use relay::{RelayError, serve};
