//! The MCP server as a host meets it: rmcp's own client, in memory, over a backend that only pretends.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod browsermcp;
mod calls;
mod elicit;
mod fake;
mod prompts;
mod resources;
mod subscriptions;
mod wire;
