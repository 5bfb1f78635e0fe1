//! Processes: the hub as a daemon, instances and the command line, with the real binary in folders of their own.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/home.rs"]
mod home;

#[path = "../support/links.rs"]
mod links;

#[path = "../support/standin_hub.rs"]
mod standin_hub;

#[path = "../support/native.rs"]
mod native_browser;

mod command_line;
mod daemon;
mod http;
mod install;
mod link;
mod logs;
mod native;
mod release;
mod settings;
mod stdio;
mod trouble;
mod up;
mod within;
