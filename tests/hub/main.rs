//! The hub in the test's process, with stand-ins on real sockets: routing, order, guard, restarts.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

mod at_work;
mod bad_input;
mod browsers;
mod clients;
mod guard;
mod links;
mod queues;
mod restarts;
mod routing;
mod watching;
