//! What tests share: a hub inside the test's process, a stand-in browser and a stand-in client on real sockets.
//!
//! Each hub has its own folder and a port that the system chose, so that all tests run in parallel.
#![allow(dead_code, reason = "each test binary uses its own part of this")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

pub mod browser;
pub mod chromium;
pub mod client;
pub mod dice;
pub mod http;
pub mod hub;
pub mod instance_home;
pub mod journal;
pub mod legacy;
pub mod mcp;
pub mod proxy;
pub mod site;
pub mod wanderer;

use std::time::Duration;

/// The longest that anything in a test may take before it counts as hung; on a machine that has ten other things to do
/// what takes a second elsewhere took over twenty.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until `condition` holds; fails the test with `what` when it never does.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !condition().await {
        assert!(tokio::time::Instant::now() < deadline, "never came true: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits for `future` with the test's patience.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("took too long: {what}"))
}
