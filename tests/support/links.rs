//! Links of instances inside the test's process, where many are needed or a call is to be watched closely.

#![allow(dead_code, reason = "each test binary uses its own part of this")]

use std::time::Duration;

use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use tabhub::instance::{Farewell, HubPlace, Link, LinkConfig, Phase};
use tabhub::mcp::{Backend, CallRequest};
use tabhub::protocol::{CallId, ClientId, Deadline, HubError};

use crate::home::Home;
use crate::support::{eventually, within};

/// A link as an instance has it.
pub fn link_to(home: &Home, place: HubPlace) -> Link {
    link_as(home, place, ClientId::mint())
}

/// The same under a given id.
pub fn link_as(home: &Home, place: HubPlace, client_id: ClientId) -> Link {
    let finder = home.finder();
    Link::start(LinkConfig { finder, client_id, grace_secs: None, farewell: Farewell::Done, place }).0
}

/// A link that is connected.
pub async fn connected_link(home: &Home) -> Link {
    let link = link_to(home, HubPlace::Daemon);
    until(&link, Phase::is_connected).await;
    link
}

/// A call with a minute's time.
pub fn request(tool: &'static str) -> CallRequest {
    request_within(tool, Duration::from_secs(60))
}

/// A call with this much time.
pub fn request_within(tool: &'static str, time: Duration) -> CallRequest {
    request_with(tool, json!({ "ref": "e1" }), time)
}

/// A call with arguments of its own.
pub fn request_with(tool: &'static str, params: serde_json::Value, time: Duration) -> CallRequest {
    CallRequest {
        id: CallId::mint(),
        tool,
        params: to_raw_value(&params).unwrap(),
        deadline: Deadline::after(time),
        progress: None,
    }
}

/// What comes of a call.
pub type Outcome = Result<Box<RawValue>, HubError>;

/// Calls and waits for what comes of it.
pub async fn call(link: &Link, request: CallRequest) -> Outcome {
    within("an answer", link.call(request)).await
}

/// A call that goes on while the test does something else.
pub fn start_call(link: &Link, request: CallRequest) -> tokio::task::JoinHandle<Outcome> {
    let link = link.clone();
    tokio::spawn(async move { link.call(request).await })
}

/// The result of a call that succeeded.
pub fn result(outcome: Outcome) -> serde_json::Value {
    serde_json::from_str(outcome.unwrap().get()).unwrap()
}

/// Waits until the link is as wanted.
pub async fn until(link: &Link, wanted: impl Fn(Phase) -> bool) {
    eventually("the link came into its state", async || wanted(link.phase())).await;
}
