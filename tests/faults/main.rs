//! Injected faults. From outside: real processes are killed, suspended and robbed of their files. Within a hub: its
//! parts panic, hear nothing, lose messages and are flooded. Nobody who calls notices more than a short wait.
//! `TABHUB_TEST_LONG` asks for the long form of each.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/home.rs"]
mod home;

#[path = "../support/links.rs"]
mod links;

#[path = "../support/standin_hub.rs"]
mod standin_hub;

mod actors;
mod by_hand;
mod desk;
mod floods;
mod hosts_end;
mod hub_ends;
mod kill_storm;
mod no_hub;
mod points;
mod sockets;
mod start_race;
mod state_folder;
mod stuck;
mod versions;

/// `long` where the long form was asked for.
fn short_or_long<T>(short: T, long: T) -> T {
    if std::env::var_os("TABHUB_TEST_LONG").is_some() { long } else { short }
}
