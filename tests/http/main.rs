//! MCP over Streamable HTTP on real sockets, with an in-process hub and a stand-in browser, in both eras of the protocol.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

mod alone;
mod apart;
mod crowd;
mod lives;
mod news;
mod safety;
mod sessions;
mod streams;
