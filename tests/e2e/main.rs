//! End to end: real headless Chromium with the real extension, a real hub, clients on real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

mod tools;
