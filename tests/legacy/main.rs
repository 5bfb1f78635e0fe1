//! The port for the unmodified Browser MCP extension, with a stand-in of that extension on real sockets: its frames, its
//! one tab under several clients, and what happens when something breaks.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/home.rs"]
mod home;

mod clients;
mod frames;
mod port;
mod real;
mod trouble;

use tabhub::actors::house::Tuning;
use tabhub::config::Settings;

use crate::support::hub::TestHub;

/// A hub with a port for that extension.
async fn hub() -> TestHub {
    tuned(|_| {}).await
}

/// The same with other times and bounds.
async fn tuned(tune: impl FnOnce(&mut Tuning)) -> TestHub {
    TestHub::start_tuned(|settings: &mut Settings| settings.legacy_port = Some(0), tune).await
}

/// That port.
fn legacy(hub: &TestHub) -> u16 {
    hub.legacy_port.expect("a port for the Browser MCP extension")
}
