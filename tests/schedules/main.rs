//! Exactly once: each rule of design.md section 3 at one chosen moment, and thousands of seeded random schedules that
//! mix them, with the hub in the test's process, real links, and a stand-in browser that keeps the journal.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

mod callers;
mod campaign;
mod check;
mod plan;
mod rules;
mod world;
